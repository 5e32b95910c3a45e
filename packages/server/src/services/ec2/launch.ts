/** RunInstances: what it is asked for, and the instances that come of it. */

import { regionKey, type Instance } from '@sallyport/estate'
import { hash } from 'node:crypto'
import type { Call } from '../../call.ts'
import { ec2Id } from '../../ids.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'
import { imageOf, noImage, type Image } from './image.ts'
import { showReservation } from './instance.ts'
import { questions, tagsFor } from './launch-questions.ts'
import { freeAddress, networkOf, type Subnet } from './network.ts'
import { instancesOf, refuseDry } from './shared.ts'
import { gone, stateOf } from './state.ts'
import { readTags, withTags } from './tagging.ts'
import { architectureOf, isInstanceType } from './type.ts'

type Asked = Input<'ec2:RunInstances'>

/** What an account may run in a region. AWS counts vCPUs by family; we count instances. */
const INSTANCES_AT_MOST = 256
const USER_DATA_AT_MOST = 16_384
const TOKEN_AT_MOST = 64
/** EC2's own default, and as old as that. */
const DEFAULT_TYPE = 'm1.small'

/** ec2:RunInstances. Launches as many as it can between the two counts, or none. */
export const runInstances = operation('ec2:RunInstances', {
  asks: questions,
  refusals: [
    'DryRunOperation',
    'IdempotentParameterMismatch',
    'InstanceLimitExceeded',
    'InvalidAMIID.Malformed',
    'InvalidAMIID.NotFound',
    'InvalidGroup.NotFound',
    'InvalidParameterCombination',
    'InvalidParameterValue',
    'InvalidSubnetID.NotFound',
    'MissingParameter',
    'TagLimitExceeded',
  ],
  run(input, call) {
    const image = check(input, call)
    const launch = digestOf(input)
    const before = launchedBy(input, call)
    if (before.some((one) => one.launch !== launch)) {
      throw new Refusal(
        'IdempotentParameterMismatch',
        'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
      )
    }
    if (before.length > 0) return { output: showReservation(call, before) }
    const count = countOf(input, call)
    refuseDry(input.DryRun)
    const instances = build(input, call, { image, count, launch })
    const kept = instances.map((one) => put(call.account.id, 'instance', regionKey(one.region, one.id), one))
    return { output: showReservation(call, instances), changes: [...forget(call), ...kept] }
  },
})

function check(input: Asked, call: Call): Image {
  const { ImageId = '', InstanceType: type = DEFAULT_TYPE, MinCount, MaxCount, UserData, ClientToken = '' } = input
  const image = imageOf(call.region, ImageId)
  if (image === undefined) throw noImage(ImageId)
  if (!isInstanceType(type)) throw invalid(`Invalid value '${type}' for InstanceType.`)
  if (MinCount < 1) throw invalid(`Value (${MinCount}) for parameter minCount is invalid. Minimum is 1.`)
  if (MaxCount < MinCount) {
    throw new Refusal(
      'InvalidParameterCombination',
      'The parameter MinCount must not be greater than the parameter MaxCount',
    )
  }
  const architecture = architectureOf(type)
  if (architecture !== image.architecture) {
    throw invalid(
      `The architecture '${architecture}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    )
  }
  if (ClientToken.length > TOKEN_AT_MOST)
    throw invalid(`Invalid value for clientToken: at most ${TOKEN_AT_MOST} characters`)
  checkUserData(UserData)
  for (const { Tags = [] } of input.TagSpecifications ?? []) withTags([], readTags(Tags))
  return image
}

function checkUserData(data = ''): void {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data.replaceAll(/\s/g, ''))) throw invalid('Invalid BASE64 encoding of user data.')
  if (Buffer.from(data, 'base64').length > USER_DATA_AT_MOST)
    throw invalid(`User data is limited to ${USER_DATA_AT_MOST} bytes`)
}

/** As many as the account may still run, up to the larger count. */
function countOf({ MinCount, MaxCount }: Asked, call: Call): number {
  const alive = instancesOf(call).filter((one) => stateOf(one, call.now) !== 'terminated').length
  const count = Math.min(MaxCount, INSTANCES_AT_MOST - alive)
  if (count >= MinCount) return count
  throw new Refusal(
    'InstanceLimitExceeded',
    `You have requested more instances (${alive + MinCount}) than your current instance limit of ${INSTANCES_AT_MOST} allows for the specified instance type. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`,
  )
}

interface Launch {
  readonly image: Image
  readonly count: number
  readonly launch: string
}

function build(input: Asked, call: Call, { image, count, launch }: Launch): readonly Instance[] {
  const { random, region, now } = call
  const subnet = subnetFor(input, call)
  const taken = new Set(instancesOf(call).map(({ privateIp }) => privateIp))
  const reservationId = ec2Id(random, 'r')
  const tags = readTags(tagsFor(input, 'instance'))
  return Array.from({ length: count }, (_, launchIndex) => {
    const privateIp = freeAddress(random, subnet, taken)
    if (privateIp === undefined) throw new Error('more instances than addresses')
    taken.add(privateIp)
    return {
      id: ec2Id(random, 'i'),
      region,
      zone: subnet.zone.name,
      imageId: image.id,
      type: input.InstanceType ?? DEFAULT_TYPE,
      reservationId,
      launchIndex,
      launchedAt: now,
      transition: { to: 'running', since: now, reason: '' },
      privateIp,
      ...(input.KeyName === undefined ? {} : { keyName: input.KeyName }),
      ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken, launch }),
      tags,
    }
  })
}

/** The subnet that is named, or the default one of the zone, or of the first zone. `questions` has refused those that are not there. */
function subnetFor({ SubnetId, Placement }: Asked, { account, region }: Call): Subnet {
  const { subnets } = networkOf(account.id, region)
  const wanted = subnets.find(({ id, zone }) =>
    SubnetId === undefined ? zone.name === (Placement?.AvailabilityZone ?? zone.name) : id === SubnetId,
  )
  if (wanted === undefined) throw new Error('a launch into no subnet')
  return wanted
}

/** What an earlier call with the same token launched. */
function launchedBy({ ClientToken }: Asked, call: Call): readonly Instance[] {
  if (ClientToken === undefined || ClientToken === '') return []
  return instancesOf(call).filter(({ clientToken }) => clientToken === ClientToken)
}

/** A launch without what does not change it. */
function digestOf(input: Asked): string {
  return hash('sha256', JSON.stringify({ ...input, DryRun: undefined, ClientToken: undefined }, sorted))
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Rows of terminated instances that nobody sees any more leave with the next launch. */
function forget({ account, now }: Call): readonly Change[] {
  const entries = [...account.all('instance')].filter(([, instance]) => gone(instance, now))
  return entries.map(([key]) => remove(account.id, 'instance', key))
}

function invalid(text: string): Refusal {
  return new Refusal('InvalidParameterValue', text)
}
