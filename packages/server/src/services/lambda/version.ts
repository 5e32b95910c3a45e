/** Versions: what was published of a function stays as it was. */

import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { put, remove, type Change } from '../../store/store.ts'
import {
  about,
  accountNamed,
  find,
  invalid,
  named,
  pageOf,
  refuseRevision,
  versionKey,
  versionOf,
  versionsOf,
  written,
  type Named,
  type StoredFunction,
} from './shared.ts'
import { show, showListed } from './show.ts'

/** lambda:PublishVersion. Where nothing changed since the last version, that one is it. */
export const publishVersion = operation('lambda:PublishVersion', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'PreconditionFailedException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = unqualified(named(call, input))
    const latest = find(call, it)
    refuseRevision(input.RevisionId, latest)
    const { CodeSha256 } = input
    if (CodeSha256 !== undefined && CodeSha256 !== '' && CodeSha256 !== latest.codeSha256) {
      throw invalid(
        `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST (${latest.codeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
      )
    }
    const { row, changes } = published(call, { ...it, latest, description: input.Description })
    return { output: show(call, { ...it, qualifier: row.version }, row), changes }
  },
})

/** lambda:ListVersionsByFunction. `$LATEST`, then the others in order. */
export const listVersionsByFunction = operation('lambda:ListVersionsByFunction', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run({ Marker, MaxItems, ...input }, call) {
    const it = named(call, input)
    const rows = [find(call, { ...it, qualifier: undefined }), ...versionsOf(call, it)]
    const listing = `lambda:ListVersionsByFunction/${it.account}/${call.region}/${it.name}`
    const found = pageOf(call, rows, { listing, Marker, MaxItems, keyOf })
    const Versions = found.items.map((row) => showListed(call, { ...it, qualifier: row.version ?? '$LATEST' }, row))
    return { output: { Versions, NextMarker: found.next } }
  },
})

function keyOf({ version = '' }: StoredFunction): string {
  return version.padStart(10, '0')
}

interface Publishing extends Named {
  readonly latest: StoredFunction
  readonly description?: string | undefined
}

/** The version that a function as it is now has, or gets. `changes` write the function too. */
export function published(
  call: Call,
  { account, name, qualifier, latest, description }: Publishing,
): { readonly row: StoredFunction; readonly changes: readonly Change[] } {
  const last = versionOf(call, { account, name, qualifier }, String(latest.published ?? 0))
  if (last !== undefined && sameAs(last, latest)) return { row: last, changes: [] }
  const count = (latest.published ?? 0) + 1
  const row: StoredFunction = {
    ...ofVersion(latest),
    description: description ?? latest.description,
    revisionId: uuid(call.random),
    version: String(count),
    tags: [],
  }
  const changes = [
    put(account, 'functionVersion', versionKey(call.region, name, row.version ?? ''), row),
    written(call, { account, name, qualifier }, { ...latest, published: count }),
  ]
  return { row, changes }
}

/** What does not go with a version: it is of the function as a whole. */
function ofVersion(row: StoredFunction): StoredFunction {
  const { published: _1, aliases: _2, policy: _3, qualifiedPolicies: _4, policyRevisions: _5, ...rest } = row
  const { asynchronous: _6, reserved: _7, recursiveLoop: _8, runtimeUpdates: _9, ...kept } = rest
  return kept
}

function sameAs(version: StoredFunction, latest: StoredFunction): boolean {
  return essence(version) === essence(ofVersion(latest))
}

/** What makes one version another. */
function essence(row: StoredFunction): string {
  const { tags: _1, revisionId: _2, updatedAt: _3, description: _4, version: _5, blob: _6, ...rest } = row
  return JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

export function removeVersion(call: Call, { account, name }: Named, version: string): Change {
  return remove(account, 'functionVersion', versionKey(call.region, name, version))
}

export function unqualified(it: Named): Named {
  if (it.qualifier === undefined || it.qualifier === '$LATEST') return { ...it, qualifier: undefined }
  throw invalid(
    'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
  )
}
