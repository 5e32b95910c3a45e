/** Where an instance is, which follows from where it was sent, when, and the clock. */

import type { Instance, InstanceStateName } from '@sallyport/estate'

/** How long an instance is on its way, in milliseconds. AWS takes longer and says nothing of how long. */
export const SETTLING = 2_000
/** A terminated instance is seen for about an hour (EC2 User Guide, "Terminate your instance"). */
const REMEMBERED = 3_600_000

const WAYS = {
  running: ['pending', 'running'],
  stopped: ['stopping', 'stopped'],
  terminated: ['shutting-down', 'terminated'],
} as const satisfies Record<Instance['transition']['to'], readonly [InstanceStateName, InstanceStateName]>

const CODES = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const satisfies Record<InstanceStateName, number>

export function stateOf({ transition }: Instance, now: number): InstanceStateName {
  const [on, there] = WAYS[transition.to]
  return now - transition.since >= SETTLING ? there : on
}

export function gone({ transition }: Instance, now: number): boolean {
  return transition.to === 'terminated' && now - transition.since >= REMEMBERED
}

export function showState(name: InstanceStateName) {
  return { Code: CODES[name], Name: name }
}

/** Why an instance is where it is: a code and its sentence. */
const REASONS: Readonly<Record<string, string>> = {
  'Client.UserInitiatedShutdown': 'Client.UserInitiatedShutdown: User initiated shutdown',
}

export function showReasons(instance: Instance, now: number) {
  const { transition } = instance
  const state = stateOf(instance, now)
  if (state === 'running') return { StateTransitionReason: '' }
  if (state === 'pending') return { StateTransitionReason: '', StateReason: { Code: 'pending', Message: 'pending' } }
  const time = new Date(transition.since).toISOString().slice(0, 19).replace('T', ' ')
  return {
    StateTransitionReason: `User initiated (${time} GMT)`,
    StateReason: { Code: transition.reason, Message: REASONS[transition.reason] ?? transition.reason },
  }
}
