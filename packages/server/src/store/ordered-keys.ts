/** Keys in ascending order, kept so while some come and go: what a listing pages through without sorting. */

export class OrderedKeys {
  readonly #keys: string[]

  constructor(keys: Iterable<string>) {
    this.#keys = [...keys].toSorted((a, b) => (a < b ? -1 : 1))
  }

  get keys(): readonly string[] {
    return this.#keys
  }

  /** A key that is not among them yet. */
  add(key: string): void {
    this.#keys.splice(placeOf(this.#keys, key), 0, key)
  }

  remove(key: string): void {
    const place = placeOf(this.#keys, key)
    if (this.#keys[place] === key) this.#keys.splice(place, 1)
  }
}

/** Where `key` stands, or would stand: how many keys come before it. */
export function placeOf(keys: readonly string[], key: string): number {
  let [from, to] = [0, keys.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((keys[middle] ?? '') < key) from = middle + 1
    else to = middle
  }
  return from
}
