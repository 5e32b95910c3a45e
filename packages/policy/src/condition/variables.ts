/**
 * Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the literals `${*}` `${?}` `${$}`.
 * A text is cut into parts once, at compile time; a request fills them in.
 */

import { piecesOf, type Piece } from '../pattern.ts'
import type { Context } from '../request.ts'
import { isMultivalued } from './keys.ts'

export interface Variable {
  /** In lower case: names are case-insensitive. Empty where the variable is misspelt, so that nothing resolves it. */
  readonly key: string
  readonly fallback?: string
}

export type Part = Piece | Variable

export interface Reading {
  /** Version 2012-10-17 only; before, `${` is plain text. */
  readonly variables: boolean
  readonly wildcards: boolean
}

export function partsOf(text: string, reading: Reading): readonly Part[] {
  const parts: Part[] = []
  let from = 0
  while (from < text.length) {
    const open = reading.variables ? text.indexOf('${', from) : -1
    const close = open === -1 ? -1 : text.indexOf('}', open)
    if (close === -1) break
    // One by one: a call takes no million arguments, and a stranger's text may have a million wildcards.
    for (const piece of plain(text.slice(from, open), reading)) parts.push(piece)
    parts.push(variableOf(text.slice(open + 2, close)))
    from = close + 1
  }
  for (const piece of plain(text.slice(from), reading)) parts.push(piece)
  return parts
}

/** The parts with every variable replaced; nothing when one of them cannot be resolved. */
export function fill(parts: readonly Part[], context: Context): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  for (const part of parts) {
    const piece = isVariable(part) ? resolve(part, context) : part
    if (piece === undefined) return undefined
    pieces.push(piece)
  }
  return pieces
}

/** As `fill`, for texts read without wildcards. */
export function fillText(parts: readonly Part[], context: Context): string | undefined {
  return fill(parts, context)?.join('')
}

export function isVariable(part: Part): part is Variable {
  return typeof part === 'object'
}

/** The parts themselves when none of them is a variable. */
export function constant(parts: readonly Part[]): readonly Piece[] | undefined {
  return parts.some(isVariable) ? undefined : fill(parts, new Map())
}

function plain(text: string, { wildcards }: Reading): Iterable<Piece> {
  if (text === '') return []
  return wildcards ? piecesOf(text) : [text]
}

function variableOf(inside: string): Part {
  if (inside === '*' || inside === '?' || inside === '$') return inside
  const comma = inside.indexOf(',')
  if (comma === -1) return { key: inside.toLowerCase() }
  const fallback = inside.slice(comma + 1)
  const quoted = fallback.length >= 3 && fallback.startsWith(" '") && fallback.endsWith("'")
  if (!quoted) return { key: '' }
  return { key: inside.slice(0, comma).toLowerCase(), fallback: fallback.slice(2, -1) }
}

function resolve({ key, fallback }: Variable, context: Context): string | undefined {
  const value = isMultivalued(key) ? undefined : context.get(key)
  return typeof value === 'string' ? value : fallback
}
