/**
 * A story: the operations of a service, each called at least once with all that brings in resources or condition keys, on
 * a server of its own, as an administrator. What each asked of the law is kept.
 */

import type { Decision, Request } from '@sallyport/policy'
import type { Input, OperationName, Output, ServiceName } from '../../src/operation.ts'
import { startServer, type TestOptions, type TestServer } from '../harness.ts'
import { clientOf, commandOf } from '../sdks.ts'

/** What an earlier step of this operation gave back: the last one. */
export type Made = <N extends OperationName>(name: N) => Output<N>

type Step =
  | { readonly name: OperationName; readonly input: (made: Made) => object; readonly fails?: true }
  /** Seconds that go by. */
  | { readonly wait: number }

export interface Story {
  readonly steps: readonly Step[]
  readonly options?: TestOptions
}

/** One step, its input checked by the SDK's types. */
export function step<const N extends OperationName>(name: N, input: Input<N>): Extract<Step, { name: unknown }> {
  return { name, input: () => input as object } // every input is one
}

/** One whose input names what earlier steps made. */
export function after<const N extends OperationName>(
  name: N,
  input: (made: Made) => Input<N>,
): Extract<Step, { name: unknown }> {
  return { name, input: input as (made: Made) => object } // as above
}

/** One that the law allows and the operation refuses, or that is denied: what it makes is the `message`. */
export function refused(one: Extract<Step, { name: unknown }>): Step {
  return { ...one, fails: true }
}

export const wait = (seconds: number): Step => ({ wait: seconds })

/** All that one call asked. */
export interface Asked {
  readonly operation: OperationName
  readonly requests: readonly Request[]
}

export async function tell({ steps, options = {} }: Story): Promise<readonly Asked[]> {
  let heard: [string, Decision][] = []
  const onDecision = (operation: string, decision: Decision): void => void heard.push([operation, decision])
  const server = await startServer({ ...options, onDecision })
  const made = new Map<string, object>()
  const asked: Asked[] = []
  try {
    for (const one of steps) {
      if ('wait' in one) {
        server.clock.move(one.wait * 1000)
        continue
      }
      heard = []
      const give: Made = (name) => (made.get(name) ?? {}) as Output<typeof name> // an output of that operation
      made.set(one.name, await answer(server, one, give))
      asked.push({ operation: one.name, requests: heard.map(([, { request }]) => request) })
    }
  } finally {
    await server.close()
  }
  if (server.bugs.length > 0) throw new AggregateError(server.bugs, 'a story met a bug')
  return asked
}

async function answer(server: TestServer, one: Extract<Step, { name: unknown }>, made: Made): Promise<object> {
  const { name, fails } = one
  const [service, operation = ''] = name.split(':') as [ServiceName, string] // as such names are made
  const input = one.input(made)
  try {
    return await clientOf(service, server).send(commandOf(service, operation, input))
  } catch (error) {
    // the answer of the step before is what later ones ask for
    if (fails === true && error instanceof Error) return { ...made(name), message: error.message }
    throw new Error(`${name} ${JSON.stringify(input)}: ${String(error)}`, { cause: error })
  }
}
