/**
 * Wildcard patterns: `*` stands for any run of characters, `?` for exactly one.
 * What stands between two stars is sought once, from left to right, and never again: no regular expression, no backtracking.
 * Linear without `?`; with it, the text's length times that of the longest stretch between two stars at worst.
 */

export const ANY = Symbol('*')
export const ONE = Symbol('?')

/** Literal text, or a wildcard. Literal text may itself contain `*` and `?`: a substituted value is never a pattern. */
export type Piece = string | typeof ANY | typeof ONE

/** What stands between two stars. */
interface Chunk {
  /** With a placeholder at every position of `ones`. */
  readonly text: string
  readonly ones: readonly number[]
}

/** n stars stand between n + 1 chunks. Without a single chunk it matches nothing. */
export type Glob = readonly Chunk[]

export function globOf(pieces: Iterable<Piece>): Glob {
  const chunks: Chunk[] = []
  let text = ''
  let ones: number[] = []
  for (const piece of pieces) {
    if (piece === ANY) {
      chunks.push({ text, ones })
      text = ''
      ones = []
    } else if (piece === ONE) {
      ones.push(text.length)
      text += '?'
    } else text += piece
  }
  chunks.push({ text, ones })
  return chunks
}

/** The pieces of a plain pattern: no variables, every `*` and `?` a wildcard. */
export function* piecesOf(pattern: string): Generator<Piece> {
  let from = 0
  for (let i = 0; i < pattern.length; i++) {
    const wild = wildcard(pattern.charCodeAt(i))
    if (wild === undefined) continue
    if (i > from) yield pattern.slice(from, i)
    yield wild
    from = i + 1
  }
  if (from < pattern.length) yield pattern.slice(from)
}

/** Does the glob match `text`, or the stretch of it that is given? */
export function matchGlob(glob: Glob, text: string, from = 0, to = text.length): boolean {
  const first = glob[0]
  const last = glob[glob.length - 1]
  if (first === undefined || last === undefined) return false
  if (glob.length === 1) return to - from === first.text.length && standsAt(first, text, from)
  const end = to - last.text.length
  let at = from + first.text.length
  if (end < at || !standsAt(first, text, from) || !standsAt(last, text, end)) return false
  for (let i = 1; i < glob.length - 1; i++) {
    const chunk = glob[i]
    if (chunk === undefined) return false
    const found = seek(chunk, text, at)
    if (found === -1) return false
    at = found + chunk.text.length
    if (at > end) return false
  }
  return true
}

/** Does `pattern` match the whole of `text`? Case counts. */
export function globMatches(pattern: string, text: string): boolean {
  return matchGlob(globOf(piecesOf(pattern)), text)
}

/** Is it the same text but for upper and lower case? */
export function sameText(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase()
}

function wildcard(code: number): Piece | undefined {
  if (code === 42) return ANY
  if (code === 63) return ONE
  return undefined
}

/** The text of a glob without wildcards. */
export function literalOf(glob: Glob): string | undefined {
  const [only] = glob
  return glob.length === 1 && only?.ones.length === 0 ? only.text : undefined
}

function standsAt({ text, ones }: Chunk, within: string, at: number): boolean {
  if (text === '') return true
  if (ones.length === 0) return within.startsWith(text, at)
  if (at + text.length > within.length) return false
  let from = 0
  for (const one of ones) {
    if (!sameStretch(text, within, at, from, one)) return false
    from = one + 1
  }
  return sameStretch(text, within, at, from, text.length)
}

function sameStretch(text: string, within: string, at: number, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (text.charCodeAt(i) !== within.charCodeAt(at + i)) return false
  return true
}

function seek(chunk: Chunk, text: string, from: number): number {
  if (chunk.ones.length === 0) return text.indexOf(chunk.text, from)
  const last = text.length - chunk.text.length
  for (let at = from; at <= last; at++) if (standsAt(chunk, text, at)) return at
  return -1
}
