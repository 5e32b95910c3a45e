/** What a caller gives to a session: policies that limit it, tags, and how much of a token they may take together. */

import { managedText, sessionOf, type Account, type Estate, type SessionFacts, type Tag } from '@sallyport/estate'
import { parse } from '@sallyport/policy'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import type { TagInput } from '../tags.ts'

/** The characters of an inline session policy (STS API_AssumeRole). */
const INLINE_LIMIT = 2048
/** The most that session policies, tags and the like may take in a packed token, in characters. `[I]`: AWS does not say how it packs. */
const PACKED_LIMIT = 4096
const TAGS_AT_MOST = 50

interface Policies {
  readonly Policy?: string
  readonly PolicyArns?: readonly { readonly arn?: string }[]
}

/** Session policies limit; they must parse, and managed ones must be AWS's or of `account`. */
export function sessionPolicies(
  { Policy, PolicyArns = [] }: Policies,
  estate: Estate,
  account: Account | undefined,
): Pick<SessionFacts, 'policy' | 'policyArns'> {
  if (Policy !== undefined) refuseInline(Policy)
  const arns = PolicyArns.map(({ arn = '' }) => arn)
  for (const arn of arns) {
    if (account === undefined || managedText(estate, account, arn) === undefined) {
      throw new Refusal('ValidationError', `The specified policy ${arn} does not exist or is not attachable.`)
    }
  }
  return { ...(Policy === undefined ? {} : { policy: Policy }), ...(arns.length === 0 ? {} : { policyArns: arns }) }
}

function refuseInline(policy: string): void {
  const parsed = parse(policy, 'session')
  if (policy.length > INLINE_LIMIT) {
    const share = Math.ceil((policy.length / INLINE_LIMIT) * 100)
    const text = `Packed policy consumes ${share}% of allotted space, please use smaller policy.`
    throw new Refusal('PackedPolicyTooLarge', text)
  }
  if (!parsed.ok)
    throw new Refusal('MalformedPolicyDocument', parsed.findings[0]?.message ?? 'Syntax errors in policy.')
}

interface Tags {
  readonly Tags?: readonly TagInput[]
  readonly TransitiveTagKeys?: readonly string[]
}

/** Tags of the session before that pass on, and those asked for now; the former cannot be overridden. UG id_session-tags. */
export function sessionTags(
  { Tags = [], TransitiveTagKeys = [] }: Tags,
  passedOn: readonly Tag[] = [],
): Pick<SessionFacts, 'tags' | 'transitive'> {
  const asked: readonly Tag[] = Tags.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  const keys = asked.map(({ key }) => key.toLowerCase())
  refuseKeys(keys)
  if (asked.some(({ key }) => passedOn.some((tag) => tag.key.toLowerCase() === key.toLowerCase()))) {
    throw wrong(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  }
  if (TransitiveTagKeys.some((key) => !keys.includes(key.toLowerCase()))) {
    throw wrong('The specified transitive tag key must be included in the requested tags.')
  }
  return { tags: [...passedOn, ...asked], transitive: [...passedOn.map(({ key }) => key), ...TransitiveTagKeys] }
}

function refuseKeys(keys: readonly string[]): void {
  if (new Set(keys).size !== keys.length) {
    throw wrong('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  if (keys.some((key) => key.startsWith('aws:'))) throw wrong('Tag keys cannot begin with the reserved prefix aws:')
  if (keys.length > TAGS_AT_MOST) throw wrong(`The number of session tags cannot exceed ${TAGS_AT_MOST}.`)
}

function wrong(text: string): Refusal {
  return new Refusal('InvalidParameterValue', text)
}

/** What the caller's own session hands on to the next one. */
export function inherited({ principal }: Pick<Call, 'principal'>): readonly Tag[] {
  const before = sessionOf(principal)
  if (before === undefined) return []
  const passing = new Set(before.transitive.map((key) => key.toLowerCase()))
  return before.tags.filter(({ key }) => passing.has(key.toLowerCase()))
}

/** Per cent of the space that a token has for them. */
export function packedSize({ policy = '', policyArns = [], tags }: SessionFacts): number {
  const size = policy.length + policyArns.join('').length + tags.map(({ key, value }) => key + value).join('').length
  return Math.ceil((size / PACKED_LIMIT) * 100)
}

/** Gives the session back if there is room for it. */
export function packed(facts: SessionFacts): SessionFacts {
  const size = packedSize(facts)
  if (size <= 100) return facts
  throw new Refusal('PackedPolicyTooLarge', `Packed size of session tags consumes ${size}% of allotted space.`)
}
