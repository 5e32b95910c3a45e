/** Log groups. */

import { regionKey, type LogGroup } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { page } from '../paging.ts'
import { requestTagMap, tagsOfMap } from '../tags.ts'
import { about, findGroup, groupArn, lookGroup, placeNamed, wrong, type Place } from './shared.ts'
import { emptied } from './shelf.ts'

const PAGE = 50

/** logs:CreateLogGroup. */
export const createLogGroup = operation('logs:CreateLogGroup', {
  asks({ logGroupName, tags = {} }, call) {
    const place = placeNamed(call, logGroupName)
    const create = about(call, place, { context: requestTagMap(tags) })
    if (Object.keys(tags).length === 0) return create
    return [create, { ...create, action: 'logs:TagResource', resource: groupArn(place) }]
  },
  refusals: ['InvalidParameterException', 'ResourceAlreadyExistsException'],
  run({ logGroupName: name, tags = {}, ...input }, call) {
    const place = { ...placeNamed(call, name), group: name }
    refuseUnbuilt(input)
    if (lookGroup(call, place) !== undefined)
      throw new Refusal('ResourceAlreadyExistsException', 'The specified log group already exists')
    const group: LogGroup = { name, region: call.region, createdAt: call.now, tags: tagsOfMap(tags) }
    return { output: {}, changes: [kept({ account: call.account.id, region: call.region, group: name }, group)] }
  },
})

interface Unbuilt {
  readonly kmsKeyId?: string
  readonly logGroupClass?: string
  readonly deletionProtectionEnabled?: boolean
}

function refuseUnbuilt({ kmsKeyId, logGroupClass = 'STANDARD', deletionProtectionEnabled = false }: Unbuilt): void {
  if (kmsKeyId !== undefined) throw wrong('sallyport has not built `kmsKeyId` of log groups: leave it out')
  if (logGroupClass !== 'STANDARD') throw wrong('sallyport has built the log group class `STANDARD` alone')
  if (deletionProtectionEnabled) throw wrong('sallyport has not built `deletionProtectionEnabled`: leave it out')
}

/** logs:DeleteLogGroup. With all that is in it. */
export const deleteLogGroup = operation('logs:DeleteLogGroup', {
  asks: ({ logGroupName }, call) => about(call, placeNamed(call, logGroupName)),
  refusals: ['ResourceNotFoundException'],
  prepare: ({ logGroupName }, call) => emptied(call.shelves, placeNamed(call, logGroupName)),
  run({ logGroupName }, call) {
    const place = placeNamed(call, logGroupName)
    findGroup(call, place)
    const gone = remove(place.account, 'logGroup', regionKey(place.region, place.group))
    return { output: {}, changes: [gone, ...call.prepared] }
  },
})

/** logs:DescribeLogGroups. By the beginning of their names, or by what is in them. */
export const describeLogGroups = operation('logs:DescribeLogGroups', {
  asks: ({ logGroupNamePrefix = '' }, call) => about(call, { ...placeNamed(call, ''), group: logGroupNamePrefix }),
  refusals: ['InvalidParameterException'],
  run({ logGroupNamePrefix: prefix, logGroupNamePattern: pattern, limit = PAGE, nextToken, ...input }, call) {
    if (prefix !== undefined && pattern !== undefined)
      throw wrong('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.')
    if (input.includeLinkedAccounts === true) throw wrong('sallyport has not built linked accounts')
    const groups = [...call.account.all('logGroup').values()].filter(
      ({ name, region }) =>
        region === call.region &&
        name.startsWith(prefix ?? '') &&
        name.toLowerCase().includes((pattern ?? '').toLowerCase()) &&
        (input.logGroupIdentifiers?.some((one) => placeNamed(call, one).group === name) ?? true),
    )
    const sorted = groups.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const listing = `logs:DescribeLogGroups/${call.account.id}/${call.region}/${prefix ?? ''}/${pattern ?? ''}`
    const found = page(call.keyring, sorted, { listing, marker: nextToken, size: limit, keyOf: ({ name }) => name })
    if (found === undefined) throw wrong('The specified nextToken is invalid.')
    return { output: { logGroups: found.items.map((group) => show(call, group)), nextToken: found.next } }
  },
})

function show(call: Call, { name, region, createdAt, retentionDays }: LogGroup) {
  const arn = groupArn({ account: call.account.id, region, group: name })
  return {
    logGroupName: name,
    creationTime: createdAt,
    retentionInDays: retentionDays,
    metricFilterCount: 0,
    arn: `${arn}:*`,
    logGroupArn: arn,
    storedBytes: 0,
    logGroupClass: 'STANDARD' as const,
  }
}

/** Days that AWS takes. API_PutRetentionPolicy. */
const DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

/** logs:PutRetentionPolicy. */
export const putRetentionPolicy = operation('logs:PutRetentionPolicy', {
  asks: ({ logGroupName }, call) => about(call, placeNamed(call, logGroupName)),
  refusals: ['InvalidParameterException', 'ResourceNotFoundException'],
  run({ logGroupName, retentionInDays }, call) {
    const place = placeNamed(call, logGroupName)
    const group = findGroup(call, place)
    if (!DAYS.includes(retentionInDays))
      throw wrong(`Invalid retention value: ${retentionInDays}. Valid values: ${DAYS.join(', ')}`)
    return { output: {}, changes: [kept(place, { ...group, retentionDays: retentionInDays })] }
  },
})

/** logs:DeleteRetentionPolicy. Events stay for ever, as on a new group. */
export const deleteRetentionPolicy = operation('logs:DeleteRetentionPolicy', {
  asks: ({ logGroupName }, call) => about(call, placeNamed(call, logGroupName)),
  refusals: ['ResourceNotFoundException'],
  run({ logGroupName }, call) {
    const place = placeNamed(call, logGroupName)
    const { retentionDays: _, ...group } = findGroup(call, place)
    return { output: {}, changes: [kept(place, group)] }
  },
})

export function kept({ account, region, group }: Place, row: LogGroup) {
  return put(account, 'logGroup', regionKey(region, group), row)
}
