/**
 * How an organisation wants its roles named and described. Rules of ours, not of AWS's: they hang on the root or on a unit,
 * and as with SCPs all that hang on the way down to an account hold there, so that a unit can add to them and take nothing away.
 */

import type { Role } from './account.ts'
import { organizationOf, pathTo, type OrganizationLand } from './organization.ts'
import { isServiceLinked } from './principal.ts'

export interface RoleStandard {
  /** A template: see `nameMatches`. */
  readonly name?: string
  readonly requireDescription?: boolean
  /** Keys, compared as IAM compares them: whatever their case. */
  readonly requireTags?: readonly string[]
  /** What misses it is refused where it would come about; else it is told by `sallyport lint roles` alone. */
  readonly enforce?: boolean
}

/** What hangs on the root or on a unit. Its key is that node's id. */
export interface Standard {
  readonly node: string
  readonly roles: RoleStandard
}

export type Lack = 'name' | 'description' | `tag ${string}`

/** What a role lacks of one standard. */
export interface Violation {
  readonly node: string
  readonly lacks: Lack
  readonly says: string
  readonly enforced: boolean
}

type Described = Pick<Role, 'name' | 'path' | 'description' | 'tags'>

/** The standards that hold in an account, from the root down. */
export function standardsOf(land: OrganizationLand, account: string): readonly Standard[] {
  const self = organizationOf(land)
  if (self === undefined) return []
  const nodes = pathTo(land, account)
  const standards = land.all('standard')
  return nodes.flatMap((node) => standards.get(node) ?? [])
}

/** Roles that services and AWS's own consoles make, which nobody names. */
export function isExempt(role: Pick<Role, 'name' | 'path'>): boolean {
  return (
    isServiceLinked(role) || role.path.startsWith('/aws-reserved/') || role.name === 'OrganizationAccountAccessRole'
  )
}

export function violations(standards: readonly Standard[], role: Described): readonly Violation[] {
  if (isExempt(role)) return []
  return standards.flatMap(({ node, roles }) => {
    const enforced = roles.enforce === true
    return lacks(roles, role).map(([lack, says]) => ({ node, lacks: lack, says, enforced }))
  })
}

function lacks(
  { name, requireDescription, requireTags = [] }: RoleStandard,
  role: Described,
): readonly [Lack, string][] {
  const has = new Set(role.tags.filter(({ value }) => value.trim() !== '').map(({ key }) => key.toLowerCase()))
  return [
    ...(name !== undefined && !nameMatches(name, role.name)
      ? [['name', `its name must be like ${name}`] as [Lack, string]]
      : []),
    ...(requireDescription === true && !role.description?.trim()
      ? [['description', 'it must have a description'] as [Lack, string]]
      : []),
    ...requireTags
      .filter((key) => !has.has(key.toLowerCase()))
      .map((key): [Lack, string] => [`tag ${key}`, `it must have the tag ${key}`]),
  ]
}

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'word' | 'any' | 'one' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }

const LETTERS = /[\w+=,.@-]/

/**
 * A template's pieces: `*` is anything or nothing, `?` one character, `{dev|test}` one of these, `{team}` a word of letters
 * and digits; all else is itself. Undefined where it is none. It is no regular expression, so that none can run away.
 */
function piecesOf(template: string): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  for (const [part] of template.matchAll(/\{[^{}]*\}|[\s\S]/g)) {
    if (part === '*') pieces.push({ kind: 'any' })
    else if (part === '?') pieces.push({ kind: 'one' })
    else if (/^\{[A-Za-z]\w*\}$/.test(part)) pieces.push({ kind: 'word' })
    else if (part.length > 1) {
      const of = part.slice(1, -1).split('|')
      if (of.length < 2 || !of.every((one) => /^[\w+=,.@-]+$/.test(one))) return undefined
      pieces.push({ kind: 'choice', of })
    } else if (LETTERS.test(part)) pieces.push({ kind: 'text', text: part })
    else return undefined
  }
  return pieces.length === 0 ? undefined : pieces
}

export function isTemplate(text: string): boolean {
  return text.length <= TEMPLATE_AT_MOST && piecesOf(text) !== undefined
}

export const TEMPLATE_AT_MOST = 256

/** Keeps the set of places where the name may be read up to: the time grows with template times name, never beyond. */
export function nameMatches(template: string, name: string): boolean {
  const pieces = piecesOf(template)
  if (pieces === undefined) return false
  let places: ReadonlySet<number> = new Set([0])
  for (const piece of pieces) places = after(piece, name, places)
  return places.has(name.length)
}

function after(piece: Piece, name: string, places: ReadonlySet<number>): ReadonlySet<number> {
  switch (piece.kind) {
    case 'text':
      return new Set([...places].filter((at) => name.startsWith(piece.text, at)).map((at) => at + piece.text.length))
    case 'one':
      return new Set([...places].filter((at) => at < name.length).map((at) => at + 1))
    case 'choice':
      return new Set(
        [...places].flatMap((at) => piece.of.filter((one) => name.startsWith(one, at)).map((one) => at + one.length)),
      )
    case 'any':
      return onwards(name, places, () => true, true)
    case 'word':
      return onwards(name, places, (letter) => /[A-Za-z0-9]/.test(letter), false)
  }
}

/** Every place that can be come to by letters that fit; those begun at too where none at all will do. */
function onwards(
  name: string,
  places: ReadonlySet<number>,
  fits: (letter: string) => boolean,
  orNone: boolean,
): ReadonlySet<number> {
  const found = new Set(orNone ? places : [])
  let isReading = false
  for (let at = 0; at < name.length; at += 1) {
    isReading = (isReading || places.has(at)) && fits(name[at] ?? '')
    if (isReading) found.add(at + 1)
  }
  return found
}
