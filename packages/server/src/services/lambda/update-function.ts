/** Changing a function: its code, or its configuration. Each change gives it a new revision. */

import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { codeOwners, receiveCode } from './code.ts'
import { configured, refuseConfiguration } from './configuration.ts'
import { passing, refuseUntrusting } from './role.ts'
import {
  about,
  accountNamed,
  arnOf,
  find,
  forget,
  invalid,
  named,
  refuseRevision,
  written,
  type StoredFunction,
} from './shared.ts'
import { removeUnnamed } from './function.ts'
import { showChanged } from './show.ts'
import { published, unqualified } from './version.ts'

/** lambda:UpdateFunctionConfiguration. What is not said stays as it is. */
export const updateFunctionConfiguration = operation('lambda:UpdateFunctionConfiguration', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks(input, call) {
    const it = named(call, input)
    const update = about(call, it)
    return input.Role === undefined ? update : [update, passing(call, input.Role, arnOf(call, it))]
  },
  refusals: ['InvalidParameterValueException', 'PreconditionFailedException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = unqualified(named(call, input))
    const before = find(call, it)
    refuseRevision(input.RevisionId, before)
    refuseConfiguration(input)
    if (input.Role !== undefined) refuseUntrusting(call, input.Role, arnOf(call, it))
    const { environment: _environment, ...kept } = before
    const row: StoredFunction = {
      ...kept,
      ...configured(input, it.name, before),
      role: input.Role ?? before.role,
      ...(input.Runtime === undefined ? {} : { runtime: input.Runtime }),
      ...(input.Handler === undefined ? {} : { handler: input.Handler }),
      ...revised(call),
    }
    return {
      output: showChanged(call, it, row),
      changes: [written(call, it, row)],
      afterwards: async () => forget(call, it),
    }
  },
})

/** lambda:UpdateFunctionCode. A dry run says what would be, and keeps nothing. */
export const updateFunctionCode = operation('lambda:UpdateFunctionCode', {
  needs: (input, call) => [...accountNamed(input.FunctionName), ...codeOwners(input, call)],
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'PreconditionFailedException', 'ResourceNotFoundException'],
  async prepare(input, call) {
    refuseRevision(input.RevisionId, find(call, unqualified(named(call, input))))
    if (input.PublishTo !== undefined) throw invalid('sallyport has not built `PublishTo` of functions: leave it out')
    return receiveCode(input, call)
  },
  release: ({ blob }, call) => call.blobs.remove(blob),
  run(input, call) {
    const it = unqualified(named(call, input))
    const before = find(call, it)
    refuseRevision(input.RevisionId, before)
    const architectures = input.Architectures ?? before.architectures
    const row: StoredFunction = { ...before, ...call.prepared, architectures, ...revised(call) }
    if (input.DryRun === true)
      return { output: showChanged(call, it, row), afterwards: () => call.blobs.remove(row.blob) }
    const made = input.Publish === true ? published(call, { ...it, latest: row }) : undefined
    const output = showChanged(call, { ...it, qualifier: made?.row.version }, made?.row ?? row)
    return {
      output,
      changes: made === undefined || made.changes.length === 0 ? [written(call, it, row)] : made.changes,
      async afterwards() {
        forget(call, it)
        await removeUnnamed(call, it, before.blob)
      },
    }
  },
})

function revised(call: Call): Pick<StoredFunction, 'revisionId' | 'updatedAt'> {
  return { revisionId: uuid(call.random), updatedAt: call.now }
}
