/** What a service is: its operations by name. Its model says how they travel, `dialect.ts` in which words it refuses. */

import type { Call } from './call.ts'
import type { Operation, ServiceName } from './operation.ts'

export interface Service {
  readonly name: ServiceName
  readonly operations: ReadonlyMap<string, Operation>
  /** Reads names that stand for others, before any operation sees the input: an access point stands for its bucket. */
  readonly interpret?: Interpret
}

export interface Interpreted {
  readonly input: Readonly<Record<string, unknown>>
  /** What the call is known to come through now. */
  readonly through: Pick<Call, 'accessPoint'>
}

/** `undefined` where every name is its own. */
export type Interpret = (
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  call: Call,
) => Promise<Interpreted | undefined>

export function service(name: ServiceName, operations: readonly Operation[], interpret?: Interpret): Service {
  const named = { name, operations: new Map(operations.map((it) => [it.name.slice(name.length + 1), it])) }
  return interpret === undefined ? named : { ...named, interpret }
}
