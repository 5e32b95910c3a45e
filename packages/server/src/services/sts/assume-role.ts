/** Crossing from one account into another: both doors must open. */

import { managedText, nameKey, sessionOf, type Estate, type Role, type SessionFacts, type Tag } from '@sallyport/estate'
import { parse } from '@sallyport/policy'
import type { Call } from '../../call.ts'
import { operation, type Asking, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { secondFactor } from '../second-factor.ts'
import { requestTags, resourceTags } from '../tags.ts'
import { credentials, HOUR, refuseRoot, startOf } from './credentials.ts'

type Asked = Input<'sts:AssumeRole'>

/** The characters of an inline session policy (STS API_AssumeRole). */
const INLINE_LIMIT = 2048
/** The most that session policies, tags and the like may take in a packed token, in characters. `[I]`: AWS does not say how it packs. */
const PACKED_LIMIT = 4096

/** sts:AssumeRole. Exchanges a caller whom the role trusts for short-lived credentials of that role. */
export const assumeRole = operation('sts:AssumeRole', {
  needs: ({ RoleArn }) => [roleAt(RoleArn).account],
  asks(input, call) {
    refuseRoot(call)
    const doors: readonly [string, boolean][] = [
      ['sts:AssumeRole', true],
      ['sts:TagSession', (input.Tags ?? []).length > 0 || inherited(call).length > 0],
      ['sts:SetSourceIdentity', input.SourceIdentity !== undefined],
    ]
    return doors.filter(([, asked]) => asked).map(([action]) => door(action, input, call))
  },
  refusals: ['MalformedPolicyDocument', 'PackedPolicyTooLarge', 'ValidationError'],
  readOnly: true,
  run(input, call) {
    const { account, role } = find(call.estate, input.RoleArn)
    if (role === undefined) throw new Error('the law let a caller into a role that is not there')
    const seconds = duration(input, role, call)
    const facts = session(input, seconds, call)
    const opened = call.sessions.open(call.random, { type: 'AssumedRole', account, identity: role.id }, facts)
    return {
      output: {
        Credentials: credentials(opened),
        AssumedRoleUser: {
          AssumedRoleId: `${role.id}:${facts.name}`,
          Arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${facts.name}`,
        },
        PackedPolicySize: packedSize(facts),
        SourceIdentity: facts.sourceIdentity,
      },
      changes: secondFactor(input, call).changes,
    }
  },
})

/** One question to both accounts. A role that is not there asks too, and is refused in the same words: nobody learns which it was. */
function door(action: string, input: Asked, call: Call): Asking {
  const { account, role } = find(call.estate, input.RoleArn)
  return {
    action,
    resource: input.RoleArn,
    account,
    resourceRule: 'gate',
    ...(role === undefined
      ? {}
      : { resourcePolicy: { document: role.trust.document, kind: 'trust' as const, name: role.name } }),
    context: {
      'sts:ExternalId': input.ExternalId,
      'sts:RoleSessionName': input.RoleSessionName,
      'sts:SourceIdentity': input.SourceIdentity,
      'sts:TransitiveTagKeys': input.TransitiveTagKeys,
      ...requestTags(input.Tags),
      ...resourceTags(role?.tags ?? [], 'iam'),
      ...secondFactor(input, call).context,
    },
  }
}

function roleAt(arn: string): { account: string; path: string } {
  const [, account, path] = /^arn:aws[a-z-]*:iam::(\d{12}):role(\/.+)$/.exec(arn) ?? []
  if (account === undefined || path === undefined) throw new Refusal('ValidationError', `${arn} is invalid`)
  return { account, path }
}

function find(estate: Estate, arn: string): { account: string; role: Role | undefined } {
  const { account, path } = roleAt(arn)
  const role = estate
    .account(account)
    ?.all('role')
    .get(nameKey(path.slice(path.lastIndexOf('/') + 1)))
  return { account, role: role !== undefined && role.path + role.name === path ? role : undefined }
}

/** One hour unless asked otherwise, never longer than the role allows, and one hour at the most out of another session. */
function duration({ DurationSeconds = HOUR }: Asked, role: Role, { principal }: Call): number {
  if (sessionOf(principal) !== undefined && principal.type !== 'User' && DurationSeconds > HOUR) {
    throw new Refusal(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  }
  if (DurationSeconds > role.maxSession) {
    throw new Refusal(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
  return DurationSeconds
}

function session(input: Asked, seconds: number, call: Call): SessionFacts {
  const issuedAt = startOf(call)
  const before = sessionOf(call.principal)
  const sourceIdentity = before?.sourceIdentity ?? input.SourceIdentity
  if (
    before?.sourceIdentity !== undefined &&
    input.SourceIdentity !== undefined &&
    input.SourceIdentity !== before.sourceIdentity
  ) {
    throw new Refusal('AccessDenied', 'A source identity that was set cannot be changed by role chaining')
  }
  const facts: SessionFacts = {
    name: input.RoleSessionName,
    issuedAt,
    expiresAt: issuedAt + seconds * 1000,
    ...sessionPolicies(input, call),
    ...sessionTags(input, call),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    chained: call.principal.type === 'AssumedRole',
  }
  if (packedSize(facts) > 100) {
    throw new Refusal(
      'PackedPolicyTooLarge',
      `Packed size of session tags consumes ${packedSize(facts)}% of allotted space.`,
    )
  }
  return facts
}

/** Session policies limit; they must parse, and managed ones must be the role's account's own or AWS's. */
function sessionPolicies(
  { Policy, PolicyArns = [], RoleArn }: Asked,
  { estate }: Call,
): Pick<SessionFacts, 'policy' | 'policyArns'> {
  if (Policy !== undefined) {
    const parsed = parse(Policy, 'session')
    if (Policy.length > INLINE_LIMIT) {
      const share = Math.ceil((Policy.length / INLINE_LIMIT) * 100)
      const text = `Packed policy consumes ${share}% of allotted space, please use smaller policy.`
      throw new Refusal('PackedPolicyTooLarge', text)
    }
    if (!parsed.ok)
      throw new Refusal('MalformedPolicyDocument', parsed.findings[0]?.message ?? 'Syntax errors in policy.')
  }
  const account = estate.account(roleAt(RoleArn).account)
  const arns = PolicyArns.map(({ arn = '' }) => arn)
  for (const arn of arns) {
    if (account === undefined || managedText(estate, account, arn) === undefined) {
      throw new Refusal('ValidationError', `The specified policy ${arn} does not exist or is not attachable.`)
    }
  }
  return { ...(Policy === undefined ? {} : { policy: Policy }), ...(arns.length === 0 ? {} : { policyArns: arns }) }
}

/** Tags of the session before that pass on, and those asked for now; the former cannot be overridden. UG id_session-tags. */
function sessionTags(
  { Tags = [], TransitiveTagKeys = [] }: Asked,
  call: Call,
): Pick<SessionFacts, 'tags' | 'transitive'> {
  const passedOn = inherited(call)
  const asked: readonly Tag[] = Tags.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }))
  const keys = asked.map(({ key }) => key.toLowerCase())
  const twice = asked.find(({ key }, at) => keys.indexOf(key.toLowerCase()) !== at)
  if (twice !== undefined)
    throw new Refusal(
      'InvalidParameterValue',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    )
  const reserved = asked.find(({ key }) => key.toLowerCase().startsWith('aws:'))
  if (reserved !== undefined)
    throw new Refusal('InvalidParameterValue', 'Tag keys cannot begin with the reserved prefix aws:')
  const overridden = asked.find(({ key }) => passedOn.some((tag) => tag.key.toLowerCase() === key.toLowerCase()))
  if (overridden !== undefined) {
    throw new Refusal(
      'InvalidParameterValue',
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  }
  const stranger = TransitiveTagKeys.find((key) => !keys.includes(key.toLowerCase()))
  if (stranger !== undefined) {
    throw new Refusal(
      'InvalidParameterValue',
      `The specified transitive tag key must be included in the requested tags.`,
    )
  }
  return { tags: [...passedOn, ...asked], transitive: [...passedOn.map(({ key }) => key), ...TransitiveTagKeys] }
}

function inherited({ principal }: Call): readonly Tag[] {
  const before = sessionOf(principal)
  if (before === undefined) return []
  const passing = new Set(before.transitive.map((key) => key.toLowerCase()))
  return before.tags.filter(({ key }) => passing.has(key.toLowerCase()))
}

function packedSize({ policy = '', policyArns = [], tags }: SessionFacts): number {
  const size = policy.length + policyArns.join('').length + tags.map(({ key, value }) => key + value).join('').length
  return Math.ceil((size / PACKED_LIMIT) * 100)
}
