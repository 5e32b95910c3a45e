/**
 * The policy of a browser's form: what its signer allows whoever holds the form to upload. S3 API sigv4-HTTPPOSTConstructPolicy.
 * Every field must be spoken of, every condition must hold, before its expiration.
 */

import { Refusal } from '../refusal.ts'

export interface Posted {
  /** By names in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly bucket: string
  /** The server's (test) clock. */
  readonly now: number
}

export interface LengthRange {
  readonly least: number
  readonly most: number
}

/** Fields that no condition need speak of. */
const FREE: ReadonlySet<string> = new Set(['x-amz-signature', 'file', 'policy', 'awsaccesskeyid', 'signature'])

type Condition = readonly [operator: string, subject: string, value: string]

/** The bounds of the file's length, where the policy sets any. */
export function checkPostPolicy(encoded: string, posted: Posted): LengthRange | undefined {
  const { expiration, conditions } = readPolicy(encoded)
  if (posted.now >= expiration) throw failed('Policy expired.')
  const values = new Map([...posted.fields, ['bucket', posted.bucket]])
  const spoken = new Set<string>()
  let range: LengthRange | undefined
  for (const condition of conditions) {
    const [operator, subject] = condition
    if (operator === 'content-length-range') {
      range = rangeOf(condition)
      continue
    }
    const name = subject.startsWith('$') ? subject.slice(1).toLowerCase() : undefined
    if (name === undefined || !holds(condition, values.get(name) ?? '')) throw conditionFailed(condition)
    spoken.add(name)
  }
  const extra = [...posted.fields.keys()].filter(
    (name) => !FREE.has(name) && !name.startsWith('x-ignore-') && !spoken.has(name),
  )
  if (extra.length > 0) throw failed(`Extra input fields: ${extra.join(', ')}`)
  return range
}

function holds([operator, , wanted]: Condition, value: string): boolean {
  return operator === 'eq' ? value === wanted : value.startsWith(wanted)
}

function rangeOf(condition: Condition): LengthRange {
  const [least, most] = [Number(condition[1]), Number(condition[2])]
  if (!Number.isInteger(least) || !Number.isInteger(most)) throw conditionFailed(condition)
  return { least, most }
}

function readPolicy(encoded: string): { readonly expiration: number; readonly conditions: readonly Condition[] } {
  const policy = readJson(Buffer.from(encoded, 'base64').toString())
  const { expiration, conditions } = policy
  if (expiration === undefined) throw invalid('Policy missing expiration.')
  const time = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN
  if (Number.isNaN(time)) throw invalid(`Invalid 'expiration' value: '${String(expiration)}'`)
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.')
  return { expiration: time, conditions: conditions.map(conditionOf) }
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // said below
  }
  throw invalid('Invalid JSON.')
}

const OPERATORS: ReadonlySet<unknown> = new Set(['eq', 'starts-with', 'content-length-range'])

/** `{"acl": "private"}` and `["eq", "$acl", "private"]` are the same. */
function conditionOf(given: unknown): Condition {
  if (Array.isArray(given)) {
    const [operator, subject, value] = given.map((one: unknown) =>
      typeof one === 'string' ? one : JSON.stringify(one),
    )
    const known = String(operator).toLowerCase()
    if (given.length !== 3 || !OPERATORS.has(known)) throw invalid('Invalid Condition: unknown operation.')
    return [known, subject ?? '', value ?? '']
  }
  if (typeof given !== 'object' || given === null) throw invalid('Invalid Condition.')
  const [entry, ...more] = Object.entries(given)
  if (entry === undefined || more.length > 0) {
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.')
  }
  return ['eq', `$${entry[0]}`, String(entry[1])]
}

function conditionFailed(condition: Condition): Refusal {
  return failed(`Policy Condition failed: [${condition.map((one) => JSON.stringify(one)).join(', ')}]`)
}

function failed(why: string): Refusal {
  return new Refusal('AccessDenied', `Invalid according to Policy: ${why}`)
}

function invalid(why: string): Refusal {
  return new Refusal('InvalidPolicyDocument', `Invalid Policy: ${why}`)
}

/** The same bytes, unless there are too few or too many of them. */
export async function* within(
  bytes: AsyncIterable<Uint8Array>,
  { least, most }: LengthRange,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of bytes) {
    size += piece.length
    if (size > most) throw tooLarge(size, most)
    yield piece
  }
  if (size >= least) return
  throw new Refusal('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize: size,
    MinSizeAllowed: least,
  })
}

function tooLarge(size: number, most: number): Refusal {
  return new Refusal('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: size,
    MaxSizeAllowed: most,
  })
}
