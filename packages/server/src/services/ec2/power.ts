/** Instances started, stopped, rebooted, terminated: all that are named, or none. */

import { regionKey, type Instance, type InstanceStateName } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { aboutInstance, machineOf } from './machine.ts'
import { find, refuseDry } from './shared.ts'
import { SETTLING, showState, stateOf } from './state.ts'

const REFUSED = [
  'DryRunOperation',
  'InvalidInstanceID.Malformed',
  'InvalidInstanceID.NotFound',
] as const satisfies readonly RefusalCode[]
const USER_INITIATED = 'Client.UserInitiatedShutdown'

/** ec2:StartInstances. One that runs already goes on running. */
export const startInstances = operation('ec2:StartInstances', {
  asks: ({ InstanceIds }, call) => InstanceIds.map((id) => aboutInstance(call, id)),
  refusals: [...REFUSED, 'IncorrectInstanceState'],
  run({ InstanceIds, DryRun }, call) {
    const changed = each(call, InstanceIds, (instance, state) => {
      if (state === 'running' || state === 'pending') return instance
      if (state !== 'stopped')
        throw wrongState(`The instance '${instance.id}' is not in a state from which it can be started.`)
      return { ...instance, launchedAt: call.now, transition: { to: 'running', since: call.now, reason: '' } }
    })
    refuseDry(DryRun)
    return {
      output: { StartingInstances: changed.map(({ shown }) => shown) },
      changes: changed.flatMap(({ change }) => change),
    }
  },
})

/** ec2:StopInstances. One that is stopped stays so. */
export const stopInstances = operation('ec2:StopInstances', {
  asks: ({ InstanceIds }, call) => InstanceIds.map((id) => aboutInstance(call, id)),
  refusals: [...REFUSED, 'IncorrectInstanceState', 'OperationNotPermitted', 'UnsupportedOperation'],
  run({ InstanceIds, DryRun, Hibernate = false }, call) {
    const changed = each(call, InstanceIds, (instance, state) => {
      if (Hibernate)
        throw new Refusal('UnsupportedOperation', `The instance '${instance.id}' does not support hibernation.`)
      if (state === 'stopped' || state === 'stopping') return instance
      if (state === 'pending')
        throw wrongState(`Instance '${instance.id}' cannot be stopped as it has never reached the 'running' state.`)
      if (state !== 'running')
        throw wrongState(`This instance '${instance.id}' is not in a state from which it can be stopped.`)
      if (machineOf(call, instance).disableApiStop) throw protects(instance, 'stopped', 'disableApiStop')
      return { ...instance, transition: { to: 'stopped', since: call.now, reason: USER_INITIATED } }
    })
    refuseDry(DryRun)
    return {
      output: { StoppingInstances: changed.map(({ shown }) => shown) },
      changes: changed.flatMap(({ change }) => change),
    }
  },
})

/** ec2:TerminateInstances. Terminating again does no harm while the instance is remembered. */
export const terminateInstances = operation('ec2:TerminateInstances', {
  asks: ({ InstanceIds }, call) => InstanceIds.map((id) => aboutInstance(call, id)),
  refusals: [...REFUSED, 'OperationNotPermitted'],
  run({ InstanceIds, DryRun }, call) {
    const changed = each(call, InstanceIds, (instance, state) => {
      if (instance.transition.to === 'terminated') return instance
      const { disableApiTermination, disableApiStop } = machineOf(call, instance)
      if (disableApiTermination) throw protects(instance, 'terminated', 'disableApiTermination')
      // what may not be stopped may not be terminated either
      if (disableApiStop) throw protects(instance, 'terminated', 'disableApiStop')
      // What is stopped has nothing left to shut down: it is terminated at once.
      const since = state === 'stopped' ? call.now - SETTLING : call.now
      return { ...instance, transition: { to: 'terminated', since, reason: USER_INITIATED } }
    })
    refuseDry(DryRun)
    return {
      output: { TerminatingInstances: changed.map(({ shown }) => shown) },
      changes: changed.flatMap(({ change }) => change),
    }
  },
})

/** ec2:RebootInstances. Nothing of it is seen from outside. */
export const rebootInstances = operation('ec2:RebootInstances', {
  asks: ({ InstanceIds }, call) => InstanceIds.map((id) => aboutInstance(call, id)),
  refusals: [...REFUSED, 'IncorrectInstanceState'],
  readOnly: false,
  run({ InstanceIds, DryRun }, call) {
    for (const instance of find(call, InstanceIds)) {
      const state = stateOf(instance, call.now)
      if (state !== 'running' && state !== 'pending') {
        throw wrongState(`The instance '${instance.id}' is not in a state from which it can be rebooted.`)
      }
    }
    refuseDry(DryRun)
    return { output: {} }
  },
})

interface Changed {
  readonly change: readonly Change[]
  readonly shown: object
}

type Send = (instance: Instance, state: InstanceStateName) => Instance

function each(call: Call, ids: readonly string[], send: Send): readonly Changed[] {
  return find(call, ids).map((before) => {
    const state = stateOf(before, call.now)
    const after = send(before, state)
    const shown = {
      InstanceId: before.id,
      CurrentState: showState(stateOf(after, call.now)),
      PreviousState: showState(state),
    }
    const key = regionKey(before.region, before.id)
    return { shown, change: after === before ? [] : [put(call.account.id, 'instance', key, after)] }
  })
}

function protects({ id }: Instance, what: string, attribute: string): Refusal {
  const text = `The instance '${id}' may not be ${what}. Modify its '${attribute}' instance attribute and try again.`
  return new Refusal('OperationNotPermitted', text)
}

function wrongState(text: string): Refusal {
  return new Refusal('IncorrectInstanceState', text)
}
