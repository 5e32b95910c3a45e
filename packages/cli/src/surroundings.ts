/** What a shell must have for its programs to find a role that is given out on this machine, and nothing else before it. */

import type { Target } from './client.ts'
import { dim, say } from './say.ts'
import { exports } from './shell.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** Keys and profiles that a shell has would go before the role. */
const WITHOUT_KEYS: Variables = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
}

/** `own` say where the role is found; a variable without a value is to be unset. */
export function surroundings(own: Variables, { endpoint, region }: Pick<Target, 'endpoint' | 'region'>): Variables {
  return {
    ...own,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    SALLYPORT_PID: String(process.pid),
    ...WITHOUT_KEYS,
  }
}

export interface Ready {
  /** Printed with the environment as JSON. */
  readonly facts: object
  /** For people. */
  readonly words: string
  readonly environment: Variables
}

/** One line of JSON, or lines for the shell. */
export function sayReady({ facts, words, environment }: Ready, asJson: boolean): void {
  if (asJson) {
    const ready = { ...facts, pid: process.pid, environment }
    return say(JSON.stringify(ready, (_name, value: unknown) => value ?? null))
  }
  for (const line of exports(environment)) say(line)
  say(dim(`# ${words}`))
}
