/** The instance as a running server has it, and the sessions of its role, by the door that opens to the administrator. */

import type { Delivery, InstanceAnswer, SessionCredentials } from '@sallyport/server'
import type { Target } from '../client.ts'
import type { Keys } from '../credentials.ts'
import { ask } from '../door.ts'
import { Renewed } from '../renewed.ts'
import type { Window } from './answer.ts'

export interface Whose {
  readonly instance: string
  readonly account?: string | undefined
  readonly region: string
}

export function windowOn(target: Target, keys: Keys, whose: Whose): Window {
  const sessions = new Map<Delivery, Renewed>([
    ['1.0', new Renewed()],
    ['2.0', new Renewed()],
  ])

  async function asked(more: object): Promise<InstanceAnswer> {
    const { INSTANCE_PATH } = await import('@sallyport/server')
    const sent = { method: 'POST', path: INSTANCE_PATH, body: JSON.stringify({ ...whose, ...more }) }
    return (await ask(target, sent, { keys, member: 'state' })) as InstanceAnswer // what the door says it gives
  }

  return {
    look: () => asked({}),
    async credentials(seen, delivery): Promise<SessionCredentials | 'untrusted' | undefined> {
      const { profile, now } = seen
      if (profile?.role === undefined) return undefined
      const whom = `${profile.id} ${profile.role.id}`
      return sessions.get(delivery)?.get(whom, now, async () => (await asked({ credentials: delivery })).credentials)
    },
  }
}
