/** What S3 Control's operations share: whose account they are about, and access points found. */

import { regionKey, type AccessPoint, type AccountId } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { requestKeys } from '../s3/shared.ts'
import { pointArn } from '../s3/through.ts'

export interface OfAccount {
  readonly AccountId?: string
}

export interface OfPoint extends OfAccount {
  readonly Name: string
}

/** Callers speak of their own account alone. */
export function ownAccount({ AccountId }: OfAccount, call: Call): AccountId {
  const { id } = call.account
  if (AccountId === undefined || AccountId === id) return id
  throw new Refusal('denied')
}

export function aboutAccount(input: OfAccount, call: Call, action: string): Asking {
  const id = ownAccount(input, call)
  return { action, resource: '*', context: requestKeys(call, id) }
}

/** Points are named by their names, or by their ARNs. */
export function nameOf({ Name }: OfPoint): string {
  return Name.slice(Name.lastIndexOf('/') + 1)
}

export function aboutPoint(input: OfPoint, call: Call, action: string): Asking {
  const id = ownAccount(input, call)
  const arn = pointArn(id, { region: call.region, name: nameOf(input) })
  const point = look(input, call)
  const keys = {
    's3:DataAccessPointAccount': id,
    's3:DataAccessPointArn': arn,
    's3:AccessPointNetworkOrigin': point === undefined ? undefined : originOf(point),
  }
  return { action, resource: arn, context: { ...requestKeys(call, id), ...keys } }
}

export function originOf({ vpc }: AccessPoint): 'Internet' | 'VPC' {
  return vpc === undefined ? 'Internet' : 'VPC'
}

export function look(input: OfPoint, { account, region }: Call): AccessPoint | undefined {
  return account.all('accessPoint').get(regionKey(region, nameOf(input)))
}

export function find(input: OfPoint, call: Call): AccessPoint {
  const point = look(input, call)
  if (point !== undefined) return point
  throw new Refusal('NoSuchAccessPoint', 'The specified accesspoint does not exist', { AccessPointName: nameOf(input) })
}
