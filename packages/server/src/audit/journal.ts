/** From what is known of a call to its record. No secret goes in: sensitive members are left out by the model's word. */

import { accountOf, principalArn, sessionOf, userId, type Principal } from '@sallyport/estate'
import type { Decision } from '@sallyport/policy'
import { explanationOf } from '../explanation.ts'
import type { Operation } from '../operation.ts'
import { uuid } from '../random.ts'
import { isoSecond } from '../wire/claim.ts'
import type { WireRefusal } from '../wire/codec.ts'
import type { Named } from '../wire/dispatch.ts'
import type { Message } from '../wire/message.ts'
import type { World } from '../world.ts'
import { recordable } from './redact.ts'
import type { AuditRecord, UserIdentity } from './record.ts'

/** What is known of a call so far; each step of the road adds to it. */
export interface Journey {
  readonly requestId: string
  readonly message: Message
  readonly at: number
  /** The clock's ticks when its head had come. */
  readonly begun: number
  region: string
  named?: Named
  principal?: Principal
  operation?: Operation | undefined
  input?: Readonly<Record<string, unknown>>
  /** What the record says of a token that stood for a signature. */
  shown?: object
  decisions?: Decision[]
  recorded?: boolean
  /** The code of the refusal that answered it, as it went over the wire. */
  refused?: string
}

export type Ending = { readonly output: object } | { readonly refusal: WireRefusal }

/** Operations that CloudTrail knows by another name (S3 User Guide cloudtrail-logging-s3-info). */
const S3_EVENTS: ReadonlyMap<string, string> = new Map([
  ['DeletePublicAccessBlock', 'DeleteBucketPublicAccessBlock'],
  ['GetBucketLifecycleConfiguration', 'GetBucketLifecycle'],
  ['GetBucketNotificationConfiguration', 'GetBucketNotification'],
  ['GetPublicAccessBlock', 'GetBucketPublicAccessBlock'],
  ['PutBucketLifecycleConfiguration', 'PutBucketLifecycle'],
  ['PutBucketNotificationConfiguration', 'PutBucketNotification'],
  ['PutPublicAccessBlock', 'PutBucketPublicAccessBlock'],
])

const READS = /^(?:Get|List|Describe|Head|Search|Lookup|BatchGet|Simulate|Validate|Decode)/

/** Whether CloudTrail calls it so. */
export function isReadOnly({ readOnly, name }: Operation): boolean {
  return readOnly ?? READS.test(name.slice(name.indexOf(':') + 1))
}

export function record(world: World, journey: Journey, ending: Ending): AuditRecord {
  const { named, principal, message, at, requestId, region, operation, input } = journey
  const name = named?.operation?.name ?? named?.asked ?? 'Unknown'
  const readOnly = operation === undefined ? READS.test(name) : isReadOnly(operation)
  const model = named?.model
  const account = principal?.type === 'Federated' ? principal.account : principal && accountOf(principal)
  const s3 = named?.service === 's3'
  const data = (s3 && /Object(?!LockConfiguration)/.test(name)) || (named?.service === 'lambda' && name === 'Invoke')
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(principal),
    eventTime: isoSecond(at),
    eventSource: `${model?.signingName ?? named?.service ?? 'unknown'}.amazonaws.com`,
    eventName: (s3 ? S3_EVENTS.get(name) : undefined) ?? name,
    awsRegion: region,
    sourceIPAddress: message.source.ip,
    userAgent: message.headers['user-agent'] ?? '',
    ...('refusal' in ending ? { errorCode: ending.refusal.code, errorMessage: ending.refusal.message } : {}),
    requestParameters:
      input === undefined || named?.operation === undefined || model === undefined
        ? null
        : withShown(recordable(model, named.operation.input, input), journey.shown),
    responseElements:
      readOnly || !('output' in ending) || named?.operation === undefined || model === undefined
        ? null
        : recordable(model, named.operation.output, ending.output as Readonly<Record<string, unknown>>),
    ...verdict(journey),
    requestID: requestId,
    eventID: uuid(world.random),
    readOnly,
    eventType: 'AwsApiCall',
    ...(model === undefined ? {} : { apiVersion: model.version }),
    managementEvent: !data,
    ...(account === undefined ? {} : { recipientAccountId: account }),
    eventCategory: data ? 'Data' : 'Management',
  }
}

function withShown(parameters: unknown, shown: object | undefined): unknown {
  return shown === undefined ? parameters : { ...shown, ...(typeof parameters === 'object' ? parameters : {}) }
}

/** Why the law said what it said: not in AWS's records, so it goes where a service's own facts go. */
function verdict({ decisions }: Journey): Pick<AuditRecord, 'additionalEventData'> {
  const last = decisions?.at(-1)
  if (last === undefined) return {}
  const { effect, reason, request } = last
  const layer = 'layer' in reason ? { layer: reason.layer } : {}
  const explanation = effect === 'Deny' ? { explanation: explanationOf(last) } : {}
  return {
    additionalEventData: {
      sallyport: {
        effect,
        reason: reason.code,
        ...layer,
        action: request.action,
        resource: request.resource,
        ...explanation,
      },
    },
  }
}

function identityOf(principal: Principal | undefined): UserIdentity {
  if (principal === undefined) return { type: 'Unknown' }
  const arn = principalArn(principal)
  const accountId = accountOf(principal)
  const principalId = userId(principal)
  const common = {
    ...(principalId === undefined ? {} : { principalId }),
    ...(arn === undefined ? {} : { arn }),
    ...(accountId === undefined ? {} : { accountId }),
    ...('accessKeyId' in principal ? { accessKeyId: principal.accessKeyId } : {}),
  }
  switch (principal.type) {
    case 'Root':
      return { type: 'Root', ...common, ...sessionContext(principal) }
    case 'User':
      return { type: 'IAMUser', ...common, userName: principal.user.name, ...sessionContext(principal) }
    case 'AssumedRole':
      return { type: 'AssumedRole', ...common, ...sessionContext(principal) }
    case 'FederatedUser':
      return { type: 'FederatedUser', ...common, ...sessionContext(principal) }
    case 'Federated':
      return outsider(principal)
    case 'Service':
      return { type: 'AWSService', invokedBy: principal.service }
    case 'Anonymous':
      return { type: 'AWSAccount', principalId: '', accountId: 'anonymous' }
  }
}

/** CloudTrail User Guide cloudtrail-event-reference-user-identity, "Values for AWS STS APIs with SAML and web identity federation". */
function outsider({ by, provider, realm, subject }: Extract<Principal, { type: 'Federated' }>): UserIdentity {
  return {
    type: by === 'SAML' ? 'SAMLUser' : 'WebIdentityUser',
    principalId: `${realm}:${subject}`,
    userName: subject,
    identityProvider: by === 'SAML' ? realm : provider,
  }
}

function sessionContext(principal: Principal): Pick<UserIdentity, 'sessionContext'> {
  const session = sessionOf(principal)
  if (session === undefined) return {}
  const attributes = {
    creationDate: isoSecond(session.issuedAt),
    mfaAuthenticated: String(session.mfaAt !== undefined),
  }
  return {
    sessionContext: {
      ...issuer(principal),
      attributes,
      ...(session.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
    },
  }
}

function issuer(principal: Principal): object {
  if (principal.type !== 'AssumedRole') return {}
  const { role, account } = principal
  const arn = `arn:aws:iam::${account}:role${role.path}${role.name}`
  return { sessionIssuer: { type: 'Role', principalId: role.id, arn, accountId: account, userName: role.name } }
}
