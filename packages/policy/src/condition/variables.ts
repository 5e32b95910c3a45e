/**
 * Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the literals `${*}` `${?}` `${$}`.
 * A text is cut into parts once, at compile time; a request fills them in.
 */

import { piecesOf, type Piece } from '../pattern.ts'
import type { Context } from '../request.ts'
import { isMultivalued } from './keys.ts'

export interface Variable {
  /** In lower case: names are case-insensitive. Empty where nothing resolves it: it is misspelt, or its key has several values. */
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

/**
 * What `make` makes of the parts once every variable is replaced; nothing when one of them cannot be resolved. What was made
 * last is kept: it serves as long as the values are the same.
 */
export function template<T>(parts: readonly Part[], make: (pieces: readonly Piece[]) => T) {
  const variables = parts.filter(isVariable)
  let made: { readonly from: readonly string[]; readonly it: T } | undefined
  return (context: Context): T | undefined => {
    let fresh = made === undefined
    for (let i = 0; i < variables.length; i++) {
      const value = resolve(variables[i], context)
      if (value === undefined) return undefined
      fresh ||= value !== made?.from[i]
    }
    if (fresh) made = { from: variables.map((one) => resolve(one, context) ?? ''), it: make(fill(parts, context)) }
    return made?.it
  }
}

/** The parts with every variable replaced: each of them resolves. */
function fill(parts: readonly Part[], context: Context): readonly Piece[] {
  return parts.map((part) => (isVariable(part) ? (resolve(part, context) ?? '') : part))
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
  if (comma === -1) return { key: keyOf(inside) }
  const fallback = inside.slice(comma + 1)
  const quoted = fallback.length >= 3 && fallback.startsWith(" '") && fallback.endsWith("'")
  if (!quoted || comma === 0) return { key: '' }
  return { key: keyOf(inside.slice(0, comma)), fallback: fallback.slice(2, -1) }
}

function keyOf(name: string): string {
  return isMultivalued(name) ? '' : name.toLowerCase()
}

function resolve(variable: Variable | undefined, context: Context): string | undefined {
  if (variable === undefined) return undefined
  const value = variable.key === '' ? undefined : context.get(variable.key)
  return typeof value === 'string' ? value : variable.fallback
}
