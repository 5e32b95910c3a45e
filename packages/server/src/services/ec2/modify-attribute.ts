/** Attributes of an instance changed, one a call, and what a change brings with it. */

import { regionKey, type Instance, type Machine } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { aboutGroup } from './group.ts'
import { imageOf } from './image.ts'
import { checkUserData, groupsFor } from './launch-machine.ts'
import { aboutInstance, machineOf } from './machine.ts'
import { find, refuseDry } from './shared.ts'
import { stateOf } from './state.ts'
import { architectureOf, isBurstable, isInstanceType } from './type.ts'

type Modifying = Input<'ec2:ModifyInstanceAttribute'>

/** What is asked to be changed: the member that says it, and its value as a condition key has it. */
interface Wanted {
  readonly member: string
  readonly value: string
  readonly change: (call: Call, instance: Instance) => Instance
}

/** ec2:ModifyInstanceAttribute. */
export const modifyInstanceAttribute = operation('ec2:ModifyInstanceAttribute', {
  asks(input, call) {
    const { member, value } = wantedIn(input)
    const keys = { 'ec2:Attribute': member, [`ec2:Attribute/${member}`]: value }
    const groups = (input.Groups ?? []).map((GroupId): Asking => aboutGroup(call, { GroupId }))
    return [aboutInstance(call, input.InstanceId, keys), ...groups]
  },
  refusals: [
    'DryRunOperation',
    'IncorrectInstanceState',
    'InvalidGroup.NotFound',
    'InvalidGroupId.Malformed',
    'InvalidInstanceAttributeValue',
    'InvalidInstanceID.Malformed',
    'InvalidInstanceID.NotFound',
    'InvalidParameterCombination',
    'InvalidParameterValue',
    'OperationNotPermitted',
    'SecurityGroupsPerInterfaceLimitExceeded',
  ],
  run(input, call) {
    const [instance] = find(call, [input.InstanceId])
    if (instance === undefined) throw new Error('`find` refuses what is not there')
    const state = stateOf(instance, call.now)
    if (state === 'terminated' || state === 'shutting-down') {
      throw new Refusal('IncorrectInstanceState', `The instance '${instance.id}' is in the '${state}' state.`)
    }
    const changed = wantedIn(input).change(call, instance)
    refuseDry(input.DryRun)
    return { output: {}, changes: [put(call.account.id, 'instance', regionKey(instance.region, instance.id), changed)] }
  },
})

type Reader = (value: string) => (call: Call, instance: Instance) => Instance

/** By their names as `Attribute` has them; the members of the call have the same with a capital. */
const CHANGES: Readonly<Record<string, Reader>> = {
  disableApiTermination: (value) => setting({ disableApiTermination: truth(value) }),
  disableApiStop: (value) => setting({ disableApiStop: truth(value) }),
  instanceInitiatedShutdownBehavior: (value) => setting({ shutdownBehavior: behavior(value) }),
  ebsOptimized: (value) => whileStopped(setting({ ebsOptimized: truth(value) })),
  sourceDestCheck: (value) => (call, instance) => {
    const machine = machineOf(call, instance)
    return { ...instance, machine: { ...machine, nic: { ...machine.nic, sourceDestCheck: truth(value) } } }
  },
  instanceType: (value) => whileStopped((call, instance) => retyped(call, instance, value)),
  userData: (value) =>
    whileStopped((call, instance) => {
      checkUserData(value)
      const { userData: _, ...machine } = machineOf(call, instance)
      return { ...instance, machine: value === '' ? machine : { ...machine, userData: value } }
    }),
}

/** The one attribute that a call changes; two ways to say it. */
function wantedIn(input: Modifying): Wanted {
  const { Attribute, Value, Groups, InstanceId: _id, DryRun: _dry, ...members } = input
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  const count = given.length + (Groups === undefined ? 0 : 1) + (Attribute === undefined ? 0 : 1)
  if (count === 0) throw new Refusal('InvalidParameterCombination', 'No attributes specified.')
  if (count > 1) throw new Refusal('InvalidParameterCombination', 'Fields for multiple attribute types specified')
  if (Groups !== undefined)
    return { member: 'Groups', value: Groups.join(','), change: (call, it) => regrouped(call, it, Groups) }
  const [[member, holder] = [capital(Attribute ?? ''), { Value }]] = given
  const value = valueIn(holder)
  const reader = CHANGES[member.charAt(0).toLowerCase() + member.slice(1)]
  if (reader === undefined) throw new Refusal('notBuilt', `sallyport has not built changing ${member} of an instance`)
  return { member, value, change: (call, instance) => reader(value)(call, instance) }
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** `{ Value }`, whose value is text, a boolean, or the bytes of user data. */
function valueIn(holder: unknown): string {
  const value = typeof holder === 'object' && holder !== null && 'Value' in holder ? holder.Value : ''
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value ?? '')
}

function truth(value: string): boolean {
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  throw new Refusal('InvalidParameterValue', `Value (${value}) for parameter value is invalid. Must be true or false`)
}

function behavior(value: string): Machine['shutdownBehavior'] {
  if (value === 'stop' || value === 'terminate') return value
  throw new Refusal(
    'InvalidParameterValue',
    `Value (${value}) for parameter instanceInitiatedShutdownBehavior is invalid. Valid values are: stop, terminate`,
  )
}

function setting(over: Partial<Machine>): (call: Call, instance: Instance) => Instance {
  return (call, instance) => ({ ...instance, machine: { ...machineOf(call, instance), ...over } })
}

function whileStopped(change: (call: Call, instance: Instance) => Instance) {
  return (call: Call, instance: Instance): Instance => {
    if (stateOf(instance, call.now) === 'stopped') return change(call, instance)
    throw new Refusal('IncorrectInstanceState', `The instance '${instance.id}' is not in the 'stopped' state.`)
  }
}

function retyped(call: Call, instance: Instance, type: string): Instance {
  if (!isInstanceType(type))
    throw new Refusal('InvalidInstanceAttributeValue', `Invalid value '${type}' for InstanceType.`)
  const architecture = imageOf(call.region, instance.imageId)?.architecture
  if (architecture !== undefined && architectureOf(type) !== architecture) {
    throw new Refusal(
      'InvalidParameterCombination',
      `The instance type '${type}' does not support the architecture '${architecture}' of the image.`,
    )
  }
  const { credits, ...machine } = machineOf(call, instance)
  const kept = isBurstable(type) ? { credits: credits ?? ('unlimited' as const) } : {}
  return { ...instance, type, machine: { ...machine, ...kept } }
}

function regrouped(call: Call, instance: Instance, groups: readonly string[]): Instance {
  return { ...instance, machine: { ...machineOf(call, instance), groups: groupsFor(call, groups) } }
}
