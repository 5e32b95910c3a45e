/** The policies' texts of an archive that were met lately, those longest ago forgotten first. */

export class Texts {
  readonly #texts = new Map<string, string>()
  readonly #room: number
  #size = 0

  /** `room` in characters. */
  constructor(room: number) {
    this.#room = room
  }

  get(digest: string): string | undefined {
    return this.#texts.get(digest)
  }

  /** One that is added again is the newest again. */
  add(digest: string, text: string): void {
    this.#forget(digest)
    this.#texts.set(digest, text)
    this.#size += text.length
    for (const oldest of this.#texts.keys()) {
      if (this.#size <= this.#room || oldest === digest) return
      this.#forget(oldest)
    }
  }

  #forget(digest: string): void {
    this.#size -= this.#texts.get(digest)?.length ?? 0
    this.#texts.delete(digest)
  }
}
