/**
 * An input or output as a record may show it: CloudTrail's lower-camel names, and nothing that the model calls
 * sensitive. INVARIANT: no password, secret key or session token passes; bytes and streams do not either.
 */

import type { Member, Model } from '../wire/model.ts'

/** Text that the models do not mark, or mark only on some of their shapes, and that is a secret all the same. */
const SECRET_NAMES =
  /^(?:SecretAccessKey|SessionToken|Password|NewPassword|OldPassword|Authorization|TokenCode|AuthenticationCode\d|ServicePassword|PrivateKey|Base32StringSeed|QRCodePNG|ZipFile|Body|Environment)$/i
const LONGEST = 100_000

export function recordable(model: Model, shape: string, values: Readonly<Record<string, unknown>>): unknown {
  const shown = structure(model, shape, values)
  return shown === undefined || JSON.stringify(shown).length > LONGEST ? null : shown
}

function structure(model: Model, name: string, values: Readonly<Record<string, unknown>>): object | undefined {
  const shape = model.shapes[name]
  if (shape === undefined || !('members' in shape)) return undefined
  const shown: [string, unknown][] = []
  for (const [member, value] of Object.entries(values)) {
    const about = Object.hasOwn(shape.members, member) ? shape.members[member] : undefined
    if (about === undefined || value === undefined || value === null) continue
    const text = show(model, member, about, value)
    if (text !== undefined) shown.push([lowerFirst(member), text])
  }
  return shown.length === 0 ? undefined : Object.fromEntries(shown)
}

function show(model: Model, name: string, member: Member, value: unknown): unknown {
  const shape = model.shapes[member.target]
  if (member.sensitive === true || SECRET_NAMES.test(name)) return undefined
  if (value instanceof Date) return value.toISOString()
  if (shape === undefined || shape.kind === 'simple') return plain(shape?.sensitive === true ? undefined : value)
  if (shape.kind === 'list')
    return Array.isArray(value) ? value.map((one) => show(model, name, shape.member, one)) : undefined
  if (shape.kind === 'map') return typeof value === 'object' ? value : undefined
  return typeof value === 'object'
    ? structure(model, member.target, value as Readonly<Record<string, unknown>>)
    : undefined // an object, checked on this line
}

function plain(value: unknown): unknown {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined
}

function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1)
}
