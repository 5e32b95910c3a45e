/** What is built, operation by operation, against what the models have. */

import { SERVICES } from './services/index.ts'
import { loadModel, MODELS } from './wire/models.ts'

export interface CoverageRow {
  readonly service: string
  /** All operations of the model, in its order. */
  readonly operations: readonly string[]
  readonly built: readonly string[]
}

export function coverage(): readonly CoverageRow[] {
  return Object.keys(MODELS).map((service) => {
    const operations = Object.keys(loadModel(service).operations).toSorted()
    const built = SERVICES.get(service)?.operations
    return { service, operations, built: operations.filter((name) => built?.has(name) === true) }
  })
}
