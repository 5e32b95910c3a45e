/** What the operations of CloudWatch Logs share: groups by name or ARN, and what the law is asked about them. */

import { regionKey, type AccountId, type LogGroup } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { resourceTags } from '../tags.ts'

/** Where a group lies. */
export interface Place {
  readonly account: AccountId
  readonly region: string
  readonly group: string
}

interface OfGroup {
  readonly logGroupName?: string
  readonly logGroupIdentifier?: string
}

const ARN = /^arn:aws:logs:([a-z0-9-]+):(\d{12}):log-group:([^:]+?)(?::\*)?$/

/** The group that a call is about; its identifier may be an ARN. */
export function placeOf(call: Call, { logGroupName, logGroupIdentifier }: OfGroup): Place {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined)
    throw wrong('LogGroupName and LogGroupIdentifier cannot be both specified in the same request.')
  const given = logGroupName ?? logGroupIdentifier
  if (given === undefined) throw wrong('Either LogGroupName or LogGroupIdentifier must be specified.')
  return placeNamed(call, given)
}

/** By its name, or its ARN, with or without what stands for its streams. */
export function placeNamed({ region, account }: Pick<Call, 'region' | 'account'>, given: string): Place {
  const [, inRegion, owner, group] = ARN.exec(given) ?? []
  if (group === undefined || inRegion === undefined || owner === undefined)
    return { account: account.id, region, group: given }
  return { account: owner, region: inRegion, group }
}

export function accountsIn(...given: readonly (string | undefined)[]): readonly AccountId[] {
  return given.flatMap((one) => ARN.exec(one ?? '')?.[2] ?? [])
}

export function groupArn({ account, region, group }: Place): string {
  return `arn:aws:logs:${region}:${account}:log-group:${group}`
}

export function lookGroup({ estate }: Pick<Call, 'estate'>, { account, region, group }: Place): LogGroup | undefined {
  return estate.account(account)?.all('logGroup').get(regionKey(region, group))
}

export function findGroup(call: Call, place: Place): LogGroup {
  const found = lookGroup(call, place)
  if (found !== undefined) return found
  throw new Refusal('ResourceNotFoundException', 'The specified log group does not exist.')
}

/**
 * A question about a group or one of its streams. Groups are asked about as if of a stream without a name, as denials show
 * that AWS does it (awslabs: `on resource: arn:…:log-group:name:log-stream:`), and as policies that end in `:*` need it.
 */
export function about(
  call: Pick<Call, 'estate'>,
  place: Place,
  { stream = '', context = {} }: { readonly stream?: string; readonly context?: Asking['context'] } = {},
): Asking {
  const { tags = [] } = lookGroup(call, place) ?? {}
  return {
    resource: `${groupArn(place)}:log-stream:${stream}`,
    account: place.account,
    context: { ...resourceTags(tags), ...context },
  }
}

export function wrong(message: string): Refusal {
  return new Refusal('InvalidParameterException', message)
}
