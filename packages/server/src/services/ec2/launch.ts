/** RunInstances: what it is asked for, and the instances that come of it. */

import { regionKey, type Instance } from '@sallyport/estate'
import { hash } from 'node:crypto'
import type { Call } from '../../call.ts'
import { ec2Id } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'
import { imageOf, noImage, type Image } from './image.ts'
import { showReservation } from './show-instance.ts'
import { keyNamed, noKey } from './key-pair.ts'
import { checkUserData, machineFor } from './launch-machine.ts'
import { DEFAULT_TYPE, nicOf, subnetAsked, type Launching } from './launch-plan.ts'
import { questions } from './launch-questions.ts'
import { freeAddress, holds, networkIn } from './network.ts'
import { instancesOf, refuseDry } from './shared.ts'
import { gone, stateOf } from './state.ts'
import { readTags, tagsFor, withTags } from './tagging.ts'
import { architectureOf, isInstanceType } from './type.ts'

type Asked = Launching

/** What an account may run in a region. AWS counts vCPUs by family; we count instances. */
const INSTANCES_AT_MOST = 256
const TOKEN_AT_MOST = 64

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
    'InvalidGroupId.Malformed',
    'InvalidIPAddress.InUse',
    'InvalidKeyPair.NotFound',
    'InvalidParameterCombination',
    'InvalidParameterValue',
    'InvalidSubnetID.NotFound',
    'MissingParameter',
    'SecurityGroupsPerInterfaceLimitExceeded',
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
    const instances = build(input, call, { image, count: countOf(input, call), launch })
    refuseDry(input.DryRun)
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
  if (input.KeyName !== undefined && input.KeyName !== '' && keyNamed(call, input.KeyName) === undefined)
    throw noKey(input.KeyName)
  for (const { Tags = [] } of input.TagSpecifications ?? []) withTags([], readTags(Tags))
  return image
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
  const subnet = subnetAsked(input, networkIn(call))
  const addresses = addressesFor(input, call, count)
  const reservationId = ec2Id(random, 'r')
  const tags = readTags(tagsFor(input.TagSpecifications, 'instance'))
  return addresses.map((privateIp, launchIndex) => ({
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
    ...(input.KeyName === undefined || input.KeyName === '' ? {} : { keyName: input.KeyName }),
    ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken, launch }),
    tags,
    machine: machineFor(input, call, image),
  }))
}

/** An address for each instance: the one that is asked for, or any that nobody has. */
function addressesFor(input: Asked, call: Call, count: number): readonly string[] {
  const subnet = subnetAsked(input, networkIn(call))
  const alive = instancesOf(call).filter(({ transition }) => transition.to !== 'terminated')
  const taken = new Set(alive.map(({ privateIp }) => privateIp))
  const { privateIp } = nicOf(input)
  if (privateIp !== undefined) {
    if (count > 1)
      throw new Refusal('InvalidParameterCombination', 'A private IP address cannot be given to several instances')
    if (!holds(subnet, privateIp)) throw invalid(`Address ${privateIp} does not fall within the subnet's address range`)
    if (taken.has(privateIp)) throw new Refusal('InvalidIPAddress.InUse', `Address ${privateIp} is in use.`)
    return [privateIp]
  }
  return Array.from({ length: count }, () => {
    const address = freeAddress(call.random, subnet, taken)
    if (address === undefined) throw new Error('more instances than addresses')
    taken.add(address)
    return address
  })
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
