/** Reading, listing and removing functions. */

import { regionKey } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Outcome } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { remove } from '../../store/store.ts'
import { mapOfTags } from '../tags.ts'
import {
  about,
  accountNamed,
  find,
  forget,
  functionsOf,
  invalid,
  look,
  named,
  noFunction,
  pageOf,
  resolve,
  versionOf,
  versionsOf,
  type Named,
  type StoredFunction,
} from './shared.ts'
import { removeVersion } from './version.ts'
import { show, showListed } from './show.ts'

/** lambda:GetFunction. Tags are shown to who may list them. No address of the code is given, since none could be fetched. */
export const getFunction = operation('lambda:GetFunction', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    const { row, latest } = resolve(call, it)
    const { reserved } = latest
    const Concurrency = reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } }
    const Configuration = show(call, it, row)
    return { output: { Configuration, Code: { RepositoryType: 'S3' }, ...tags(call, it, latest), ...Concurrency } }
  },
})

function tags(call: Call, it: Named, row: StoredFunction) {
  if (row.tags.length === 0) return {}
  const asked = { ...about(call, { ...it, qualifier: undefined }), action: 'lambda:ListTags' }
  if (call.may(asked)) return { Tags: mapOfTags(row.tags) }
  return {
    TagsError: { ErrorCode: 'AccessDeniedException', Message: 'You are not authorized to perform: lambda:ListTags.' },
  }
}

/** lambda:GetFunctionConfiguration. */
export const getFunctionConfiguration = operation('lambda:GetFunctionConfiguration', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    return { output: show(call, it, resolve(call, it).row) }
  },
})

/** lambda:ListFunctions. The region's, in order of their names, fifty at a time; with all their versions where that is asked. */
export const listFunctions = operation('lambda:ListFunctions', {
  asks: () => ({ resource: '*' }),
  refusals: ['InvalidParameterValueException'],
  run({ Marker, MaxItems, FunctionVersion }, call) {
    const { account, region } = call
    const every = FunctionVersion === 'ALL'
    const sorted = functionsOf(call, account.id)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((row) => [row, ...(every ? versions(row) : [])])
    const listing = `lambda:ListFunctions/${account.id}/${region}/${every ? 'ALL' : ''}`
    const found = pageOf(call, sorted, { listing, Marker, MaxItems, keyOf })
    const Functions = found.items.map((row) =>
      showListed(call, { account: account.id, qualifier: every ? (row.version ?? '$LATEST') : undefined }, row),
    )
    return { output: { Functions, NextMarker: found.next } }

    function versions({ name }: StoredFunction): readonly StoredFunction[] {
      return versionsOf(call, { account: account.id, name, qualifier: undefined })
    }
  },
})

function keyOf({ name, version = '' }: StoredFunction): string {
  return `${name}:${version.padStart(10, '0')}`
}

/** lambda:DeleteFunction. A version alone, or all that there is of the function. */
export const deleteFunction = operation('lambda:DeleteFunction', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceConflictException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    const row = find(call, it)
    if (it.qualifier !== undefined) return deleteVersion(call, { ...it, latest: row }, it.qualifier)
    const versions = versionsOf(call, it)
    const blobs = new Set([row, ...versions].map(({ blob }) => blob))
    return {
      output: { StatusCode: 204 },
      changes: [
        remove(it.account, 'function', regionKey(call.region, row.name)),
        ...versions.map(({ version = '' }) => removeVersion(call, it, version)),
      ],
      async afterwards() {
        forget(call, it)
        for (const blob of blobs) await call.blobs.remove(blob)
      },
    }
  },
})

interface Deleting extends Named {
  readonly latest: StoredFunction
}

function deleteVersion(call: Call, it: Deleting, version: string): Outcome<{ readonly StatusCode: number }> {
  if (version === '$LATEST') throw invalid('$LATEST version cannot be deleted without deleting the function.')
  const { aliases = [] } = it.latest
  if (aliases.some(({ name }) => name === version)) throw invalid('Deletion of aliases is not currently supported.')
  const row = versionOf(call, it, version)
  if (row === undefined) throw noFunction(call, it)
  const pointing = aliases.filter((alias) => alias.version === version || alias.other?.version === version)
  if (pointing.length > 0) {
    const names = pointing.map(({ name }) => name).join(', ')
    throw new Refusal(
      'ResourceConflictException',
      `Function version ${version} cannot be deleted because aliases point to it: ${names}`,
    )
  }
  return {
    output: { StatusCode: 204 },
    changes: [removeVersion(call, it, version)],
    async afterwards() {
      forget(call, it)
      await removeUnnamed(call, it, row.blob)
    },
  }
}

/** Removes the bytes of a package that no version of the function has any more. */
export async function removeUnnamed(call: Call, it: Named, blob: string): Promise<void> {
  const rows = [look(call, it), ...versionsOf(call, it)]
  if (!rows.some((row) => row?.blob === blob)) await call.blobs.remove(blob)
}
