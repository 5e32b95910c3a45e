/** Reading, listing and removing functions. */

import { regionKey } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Outcome } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { remove } from '../../store/store.ts'
import { page } from '../paging.ts'
import {
  about,
  accountNamed,
  find,
  invalid,
  look,
  named,
  noFunction,
  resolve,
  versionOf,
  versionsOf,
  type Named,
  type StoredFunction,
} from './shared.ts'
import { removeVersion } from './version.ts'
import { show, showListed } from './show.ts'

const PAGE = 50

/** lambda:GetFunction. Tags are shown to who may list them. No address of the code is given, since none could be fetched. */
export const getFunction = operation('lambda:GetFunction', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    const { row } = resolve(call, it)
    const { reserved, ...latest } = find(call, it)
    const Concurrency = reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } }
    const Configuration = show(call, it, row)
    return { output: { Configuration, Code: { RepositoryType: 'S3' }, ...tags(input, call, latest), ...Concurrency } }
  },
})

function tags({ FunctionName }: { readonly FunctionName: string }, call: Call, row: StoredFunction) {
  if (row.tags.length === 0) return {}
  const asked = {
    ...about(call, { ...named(call, { FunctionName }), qualifier: undefined }),
    action: 'lambda:ListTags',
  }
  if (call.may(asked)) return { Tags: Object.fromEntries(row.tags.map(({ key, value }) => [key, value])) }
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
  run({ Marker, MaxItems = PAGE, FunctionVersion }, call) {
    const { account, region } = call
    const every = FunctionVersion === 'ALL'
    const rows = [...account.all('function').values()].filter((row) => row.region === region) as StoredFunction[] // as `look` says
    const sorted = rows
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((row) => [row, ...(every ? versions(row) : [])])
    const listing = `lambda:ListFunctions/${account.id}/${region}/${every ? 'ALL' : ''}`
    const size = Math.min(MaxItems, PAGE)
    const found = page(call.keyring, sorted, { listing, marker: Marker, size, keyOf })
    if (found === undefined) throw invalid('Invalid Marker')
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
    if (it.qualifier !== undefined) return deleteVersion(call, it, it.qualifier)
    const versions = versionsOf(call, it)
    const blobs = new Set([row, ...versions].map(({ blob }) => blob))
    return {
      output: { StatusCode: 204 },
      changes: [
        remove(it.account, 'function', regionKey(call.region, row.name)),
        ...versions.map(({ version = '' }) => removeVersion(call, it, version)),
      ],
      async afterwards() {
        call.functions?.forget(it.account, call.region, row.name)
        for (const blob of blobs) await call.blobs.remove(blob)
      },
    }
  },
})

function deleteVersion(call: Call, it: Named, version: string): Outcome<{ readonly StatusCode: number }> {
  if (version === '$LATEST') throw invalid('$LATEST version cannot be deleted without deleting the function.')
  const latest = find(call, it)
  const { aliases = [] } = latest
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
      call.functions?.forget(it.account, call.region, it.name)
      await removeUnnamed(call, it, row.blob)
    },
  }
}

/** Removes the bytes of a package that no version of the function has any more. */
export async function removeUnnamed(call: Call, it: Named, blob: string): Promise<void> {
  const rows = [look(call, it), ...versionsOf(call, it)]
  if (!rows.some((row) => row?.blob === blob)) await call.blobs.remove(blob)
}
