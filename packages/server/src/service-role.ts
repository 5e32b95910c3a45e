/**
 * Roles that an AWS service takes on for a customer: Lambda for a function, EC2 for an instance. The role's trust policy
 * must let the service in; the session is recorded as CloudTrail records it, with the service as its caller.
 */

import { gather, identityArn, sessionArn, type Circumstances, type Estate, type Role } from '@sallyport/estate'
import { decide } from '@sallyport/policy'
import type { AuditRecord } from './audit/record.ts'
import { uuid } from './random.ts'
import type { Opened } from './sessions.ts'
import { isoSecond } from './wire/claim.ts'
import type { World } from './world.ts'

/** What the service takes the role on for. */
export interface Errand {
  /** `lambda.amazonaws.com` */
  readonly service: string
  readonly account: string
  readonly role: Role
  /** The ARN of the function, instance or task. */
  readonly source: string
  /** Seen by the trust policy as `aws:SourceArn` and `aws:SourceAccount`: some services tell them, EC2 does not. */
  readonly tellsSource?: boolean
}

export interface ServiceSession extends Errand {
  /** The session's name: the function's, or the instance's id. */
  readonly name: string
  readonly seconds: number
  readonly region: string
  /** Condition keys that the credentials bring to every call. */
  readonly keys?: Readonly<Record<string, string>>
}

/** Asks the law whether the role's trust policy lets the service in. */
export function trustsService(estate: Estate, errand: Errand, circumstances: Circumstances): boolean {
  const { service, account, role, source, tellsSource = true } = errand
  const asked = {
    action: 'sts:AssumeRole',
    resource: identityArn(account, role),
    account,
    resourceRule: 'gate',
    resourcePolicy: { document: role.trust.document, kind: 'trust', name: role.name },
    context: tellsSource ? { 'aws:SourceAccount': account, 'aws:SourceArn': source } : {},
  } as const
  const { request, bearing } = gather(estate, { type: 'Service', service }, asked, circumstances)
  return decide(request, bearing).effect === 'Allow'
}

/** Of a call that a service makes for a customer, from where it is. */
export function circumstancesOf(service: string, region: string, now: number): Circumstances {
  return { now, sourceIp: service, userAgent: service, region, secureTransport: true }
}

/** Opens the session, or `undefined` where the role does not trust the service. Durable once its record is. */
export async function openServiceSession(world: World, asked: ServiceSession): Promise<Opened | undefined> {
  const { account, role, name, service, region, seconds, keys } = asked
  const now = world.clock.now()
  if (!trustsService(world, asked, circumstancesOf(service, region, now))) return undefined
  const issuedAt = Math.floor(now / 1000) * 1000
  const times = { issuedAt, expiresAt: issuedAt + seconds * 1000 }
  const brought = keys === undefined ? {} : { keys }
  const facts = { name, ...times, tags: [], transitive: [], chained: false, ...brought }
  const opened = world.sessions.open(world.random, { type: 'AssumedRole', account, identity: role.id }, facts)
  await world.store.note(recordOf(world, asked, opened))
  return opened
}

function recordOf(world: World, { service, account, role, name, region }: ServiceSession, opened: Opened): AuditRecord {
  const { issuedAt, expiresAt } = opened.session.facts
  const roleArn = identityArn(account, role)
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'AWSService', invokedBy: service },
    eventTime: isoSecond(issuedAt),
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    awsRegion: region,
    sourceIPAddress: service,
    userAgent: service,
    requestParameters: { roleArn, roleSessionName: name },
    responseElements: {
      credentials: { accessKeyId: opened.accessKeyId, expiration: isoSecond(expiresAt) },
      assumedRoleUser: { assumedRoleId: `${role.id}:${name}`, arn: sessionArn(account, role.name, name) },
    },
    requestID: uuid(world.random),
    eventID: uuid(world.random),
    readOnly: true,
    resources: [{ ARN: roleArn, accountId: account }],
    eventType: 'AwsApiCall',
    apiVersion: '2011-06-15',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  }
}
