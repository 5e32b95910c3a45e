/** What a service is: its operations by name. Its model says how they travel, `dialect.ts` in which words it refuses. */

import type { Operation, ServiceName } from './operation.ts'

export interface Service {
  readonly name: ServiceName
  readonly operations: ReadonlyMap<string, Operation>
}

export function service(name: ServiceName, operations: readonly Operation[]): Service {
  return { name, operations: new Map(operations.map((it) => [it.name.slice(name.length + 1), it])) }
}
