/**
 * How values lie in a store: as JSON in which each policy's text stands as its digest. The texts are shared: in memory a
 * text that ten thousand rows hold is one string.
 */

import { hash } from 'node:crypto'

/** The member of a value that holds a policy's text. */
const MEMBER = 'document'
/** Characters of texts that are remembered. */
const REMEMBERED = 32 * 1024 * 1024

/** Digests of texts and texts of digests, those used last. */
export class Documents {
  readonly #texts = new Map<string, string>()
  readonly #digests = new Map<string, string>()
  #size = 0

  digestOf(text: string): string {
    const known = this.#digests.get(text)
    if (known !== undefined) return known
    const digest = hash('sha256', text, 'base64url')
    this.remember(digest, text)
    return digest
  }

  textOf(digest: string): string | undefined {
    return this.#texts.get(digest)
  }

  remember(digest: string, text: string): void {
    if (this.#texts.has(digest)) return
    this.#texts.set(digest, text)
    this.#digests.set(text, digest)
    this.#size += text.length
    for (const [oldest, gone] of this.#texts) {
      if (this.#size <= REMEMBERED) return
      this.#texts.delete(oldest)
      this.#digests.delete(gone)
      this.#size -= gone.length
    }
  }
}

/** A value as text. `keep` is given each policy's text and says its digest. */
export function encode(value: unknown, keep: (text: string) => string): string {
  return JSON.stringify(mapped(value, keep))
}

/** The digests that stand in values read from a store. */
export function digestsIn(value: unknown, found: Set<string> = new Set()): Set<string> {
  mapped(value, (digest) => {
    found.add(digest)
    return digest
  })
  return found
}

/** A value as it was given. */
export function decode(value: unknown, textOf: (digest: string) => string): unknown {
  return mapped(value, textOf)
}

/** The same value where nothing changes. Values are plain data. */
function mapped(value: unknown, change: (text: string) => string): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return mappedList(value, change)
  let copy: Record<string, unknown> | undefined
  for (const [name, it] of Object.entries(value)) {
    const other = name === MEMBER && typeof it === 'string' ? change(it) : mapped(it, change)
    if (other === it) continue
    copy ??= { ...value }
    copy[name] = other
  }
  return copy ?? value
}

function mappedList(list: readonly unknown[], change: (text: string) => string): readonly unknown[] {
  let copy: unknown[] | undefined
  for (const [at, it] of list.entries()) {
    const other = mapped(it, change)
    if (other === it) continue
    copy ??= [...list]
    copy[at] = other
  }
  return copy ?? list
}
