/** Reading, listing and removing functions. */

import { regionKey } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { remove } from '../../store/store.ts'
import { page } from '../paging.ts'
import { about, accountNamed, find, invalid, named, type StoredFunction } from './shared.ts'
import { show, showListed } from './show.ts'

const PAGE = 50

/** lambda:GetFunction. Tags are shown to who may list them. No address of the code is given, since none could be fetched. */
export const getFunction = operation('lambda:GetFunction', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    const row = find(call, it)
    return { output: { Configuration: show(call, it, row), Code: { RepositoryType: 'S3' }, ...tags(input, call, row) } }
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
    return { output: show(call, it, find(call, it)) }
  },
})

/** lambda:ListFunctions. The region's, in order of their names, fifty at a time. */
export const listFunctions = operation('lambda:ListFunctions', {
  asks: () => ({ resource: '*' }),
  refusals: ['InvalidParameterValueException'],
  run({ Marker, MaxItems = PAGE, FunctionVersion }, call) {
    const { account, region } = call
    const rows = [...account.all('function').values()].filter((row) => row.region === region)
    const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)) as StoredFunction[] // as `look` says
    const listing = `lambda:ListFunctions/${account.id}/${region}`
    const size = Math.min(MaxItems, PAGE)
    const found = page(call.keyring, sorted, { listing, marker: Marker, size, keyOf: ({ name }) => name })
    if (found === undefined) throw invalid('Invalid Marker')
    const it = { account: account.id, qualifier: FunctionVersion === 'ALL' ? '$LATEST' : undefined }
    return { output: { Functions: found.items.map((row) => showListed(call, it, row)), NextMarker: found.next } }
  },
})

/** lambda:ListVersionsByFunction. `$LATEST` is the only version there is. */
export const listVersionsByFunction = operation('lambda:ListVersionsByFunction', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    const row = find(call, it)
    if (input.Marker !== undefined) throw invalid('Invalid Marker')
    return { output: { Versions: [showListed(call, { ...it, qualifier: '$LATEST' }, row)] } }
  },
})

/** lambda:DeleteFunction. */
export const deleteFunction = operation('lambda:DeleteFunction', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    const { name, blob } = find(call, it)
    if (it.qualifier !== undefined) throw invalid('$LATEST version cannot be deleted without deleting the function.')
    return {
      output: { StatusCode: 204 },
      changes: [remove(it.account, 'function', regionKey(call.region, name))],
      afterwards: () => call.blobs.remove(blob),
    }
  },
})
