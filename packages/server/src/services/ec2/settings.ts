/** How an instance's metadata service answers, how its processor is credited, whether it is watched closely. */

import { regionKey, type Instance, type Machine, type MetadataOptions } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { filtered } from './filter.ts'
import { aboutInstance, machineOf } from './machine.ts'
import { find, instanceOf, instancesOf, LISTING, orderOf, pageOf, refuseDry, somewhere } from './shared.ts'
import { stateOf } from './state.ts'
import { isBurstable } from './type.ts'

const MISSING = [
  'DryRunOperation',
  'InvalidInstanceID.Malformed',
  'InvalidInstanceID.NotFound',
] as const satisfies readonly RefusalCode[]

type Asked = Input<'ec2:ModifyInstanceMetadataOptions'>

/** ec2:ModifyInstanceMetadataOptions. What is left out stays. */
export const modifyInstanceMetadataOptions = operation('ec2:ModifyInstanceMetadataOptions', {
  asks(input, call) {
    const { InstanceId, DryRun: _, ...options } = input
    const set = Object.entries(options).map(([name, value]) => [`ec2:Attribute/${name}`, String(value)] as const)
    const names = Object.keys(options)
    const keys = { 'ec2:Attribute': names.length === 1 ? names[0] : names, ...Object.fromEntries(set) }
    return aboutInstance(call, InstanceId, names.length === 0 ? {} : keys)
  },
  refusals: [...MISSING, 'IncorrectInstanceState', 'InvalidParameterCombination', 'InvalidParameterValue'],
  run(input, call) {
    const instance = alive(call, input.InstanceId)
    const machine = machineOf(call, instance)
    const metadata = withOptions(machine.metadata, input)
    refuseDry(input.DryRun)
    const output = { InstanceId: instance.id, InstanceMetadataOptions: showMetadata(metadata) }
    return { output, changes: [keep(call, instance, { ...machine, metadata })] }
  },
})

/** Options over those that were there. */
export function withOptions(before: MetadataOptions, given: Omit<Asked, 'InstanceId'>): MetadataOptions {
  const { HttpTokens, HttpEndpoint, HttpProtocolIpv6, HttpPutResponseHopLimit: hops, InstanceMetadataTags } = given
  if (hops !== undefined && (hops < 1 || hops > 64)) {
    throw new Refusal(
      'InvalidParameterValue',
      `Value (${hops}) for parameter HttpPutResponseHopLimit is invalid. The value must be between 1 and 64.`,
    )
  }
  return {
    tokens: HttpTokens ?? before.tokens,
    hops: hops ?? before.hops,
    endpoint: HttpEndpoint ?? before.endpoint,
    ipv6: HttpProtocolIpv6 ?? before.ipv6,
    tags: InstanceMetadataTags ?? before.tags,
  }
}

export function showMetadata({ tokens, hops, endpoint, ipv6, tags }: MetadataOptions) {
  return {
    State: 'applied' as const,
    HttpTokens: tokens,
    HttpPutResponseHopLimit: hops,
    HttpEndpoint: endpoint,
    HttpProtocolIpv6: ipv6,
    InstanceMetadataTags: tags,
  }
}

/** ec2:DescribeInstanceCreditSpecifications. Unless instances are named, of those with unlimited credits alone. */
export const describeInstanceCreditSpecifications = operation('ec2:DescribeInstanceCreditSpecifications', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidInstanceID.NotFound', 'UnsupportedOperation'],
  run({ InstanceIds = [], Filters, DryRun, ...input }, call) {
    const named = InstanceIds.length > 0 ? find(call, InstanceIds) : instancesOf(call)
    const strange = InstanceIds.length > 0 ? named.find(({ type }) => !isBurstable(type)) : undefined
    if (strange !== undefined) {
      throw new Refusal(
        'UnsupportedOperation',
        `The instance ${strange.id} does not support credit specifications: its type is ${strange.type}`,
      )
    }
    refuseDry(DryRun)
    const credited = named
      .map((instance) => ({ instance, credits: machineOf(call, instance).credits }))
      .filter(({ credits }) => credits !== undefined && (InstanceIds.length > 0 || credits === 'unlimited'))
    const found = filtered(credited, Filters, { 'instance-id': ({ instance }) => [instance.id] })
    const keyOf = ({ instance }: (typeof credited)[number]): string => orderOf(instance)
    const sorted = found.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    const { items, end } = pageOf(call, sorted, { ...input, listing: 'DescribeInstanceCreditSpecifications', keyOf })
    const shown = items.map(({ instance, credits }) => ({ InstanceId: instance.id, CpuCredits: credits }))
    return { output: { InstanceCreditSpecifications: shown, ...end } }
  },
})

/** ec2:ModifyInstanceCreditSpecification. What cannot be changed is told beside what was. */
export const modifyInstanceCreditSpecification = operation('ec2:ModifyInstanceCreditSpecification', {
  asks: ({ InstanceCreditSpecifications }, call) =>
    InstanceCreditSpecifications.map(({ InstanceId }) => aboutInstance(call, InstanceId)),
  refusals: ['DryRunOperation', 'InvalidInstanceID.Malformed'],
  run({ InstanceCreditSpecifications, DryRun }, call) {
    const asked = InstanceCreditSpecifications.map(({ InstanceId, CpuCredits }): Crediting => ({
      InstanceId,
      instance: instanceOf(call, InstanceId),
      credits: CpuCredits === 'standard' || CpuCredits === 'unlimited' ? CpuCredits : undefined,
    }))
    refuseDry(DryRun)
    const told = asked.map((one) => ({ ...one, error: creditError(one) }))
    return {
      output: {
        SuccessfulInstanceCreditSpecifications: told
          .filter(({ error }) => error === undefined)
          .map(({ InstanceId }) => ({ InstanceId })),
        UnsuccessfulInstanceCreditSpecifications: told.flatMap(({ InstanceId, error }) =>
          error === undefined ? [] : { InstanceId, Error: error },
        ),
      },
      changes: told.flatMap(({ instance, credits, error }) =>
        error !== undefined || instance === undefined || credits === undefined
          ? []
          : keep(call, instance, { ...machineOf(call, instance), credits }),
      ),
    }
  },
})

interface Crediting {
  readonly InstanceId: string
  readonly instance: Instance | undefined
  readonly credits: 'standard' | 'unlimited' | undefined
}

function creditError({ InstanceId, instance, credits }: Crediting) {
  if (instance === undefined)
    return { Code: 'InvalidInstanceID.NotFound' as const, Message: `The instance ID '${InstanceId}' does not exist` }
  if (credits !== undefined && isBurstable(instance.type)) return undefined
  const Message = `The instance ${InstanceId} does not support this credit specification.`
  return { Code: 'InstanceCreditSpecification.NotSupported' as const, Message }
}

/** ec2:MonitorInstances. */
export const monitorInstances = operation('ec2:MonitorInstances', {
  asks: ({ InstanceIds }, call) => InstanceIds.map((id) => aboutInstance(call, id)),
  refusals: [...MISSING, 'IncorrectInstanceState'],
  run: (input, call) => watch(input, call, true),
})

/** ec2:UnmonitorInstances. */
export const unmonitorInstances = operation('ec2:UnmonitorInstances', {
  asks: ({ InstanceIds }, call) => InstanceIds.map((id) => aboutInstance(call, id)),
  refusals: [...MISSING, 'IncorrectInstanceState'],
  run: (input, call) => watch(input, call, false),
})

function watch({ InstanceIds, DryRun }: Input<'ec2:MonitorInstances'>, call: Call, monitoring: boolean) {
  const instances = [...new Set(InstanceIds)].map((id) => alive(call, id))
  refuseDry(DryRun)
  const State = monitoring ? ('pending' as const) : ('disabling' as const)
  return {
    output: { InstanceMonitorings: instances.map(({ id }) => ({ InstanceId: id, Monitoring: { State } })) },
    changes: instances.map((one) => keep(call, one, { ...machineOf(call, one), monitoring })),
  }
}

/** ec2:GetInstanceUefiData. No instance here has a firmware that would keep any. */
export const getInstanceUefiData = operation('ec2:GetInstanceUefiData', {
  asks: ({ InstanceId }, call) =>
    // clients ask about images too, whose ids no instance has
    InstanceId.startsWith('ami-') ? somewhere(call) : aboutInstance(call, InstanceId),
  refusals: [...MISSING, 'UnsupportedOperation'],
  run({ InstanceId, DryRun }, call) {
    find(call, [InstanceId])
    refuseDry(DryRun)
    throw new Refusal('UnsupportedOperation', `The instance '${InstanceId}' keeps no UEFI data.`)
  },
})

function alive(call: Call, id: string): Instance {
  const [instance] = find(call, [id])
  if (instance === undefined) throw new Error('`find` refuses what is not there')
  const state = stateOf(instance, call.now)
  if (state !== 'terminated' && state !== 'shutting-down') return instance
  throw new Refusal('IncorrectInstanceState', `The instance '${id}' is in the '${state}' state.`)
}

function keep({ account }: Call, instance: Instance, machine: Machine): Change {
  return put(account.id, 'instance', regionKey(instance.region, instance.id), { ...instance, machine })
}
