/** Removing objects, one or a thousand. What is not there is removed already. */

import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { matches, refuseUnmetWrite } from './condition.ts'
import { placeOf, readObject, refuseVersion, removeRow, type StoredObject } from './object.ts'
import { aboutObject, find, headerKeys, ownersOf, versioned, type OfObject } from './shared.ts'

const KEYS_AT_MOST = 1000

/** s3:DeleteObject. Answers 204 whether or not the key was there. */
export const deleteObject = operation('s3:DeleteObject', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) =>
    aboutObject(call, input, {
      action: versioned('s3:DeleteObject', input),
      context: headerKeys(call.headers, ['if-match']),
    }),
  refusals: ['NoSuchBucket', 'NoSuchKey', 'PreconditionFailed'],
  prepare: (input, call) => readObject(call, placeOf(call, input)),
  run(input, call) {
    const before = call.prepared
    if (isAbsentVersion(input)) return { output: {} }
    const { Key, IfMatch } = input
    refuseUnmetWrite({ Key, ...(IfMatch === undefined ? {} : { IfMatch }) }, before)
    if (before === undefined) return { output: {} }
    return { output: {}, changes: [removeRow(placeOf(call, input))], afterwards: () => call.blobs.remove(before.blob) }
  },
})

/** A version that is not there is removed already, too; a malformed one is refused. */
function isAbsentVersion(input: OfObject): boolean {
  try {
    refuseVersion(input)
    return false
  } catch (error) {
    if (error instanceof Refusal && error.code === 'NoSuchVersion') return true
    throw error
  }
}

type Listed = NonNullable<Input<'s3:DeleteObjects'>['Delete']['Objects']>[number]

/** s3:DeleteObjects. Up to a thousand keys, each asked about and answered on its own. */
export const deleteObjects = operation('s3:DeleteObjects', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks(input, call) {
    find(call, input)
    return 'each'
  },
  refusals: ['InvalidRequest', 'MalformedXML', 'NoSuchBucket'],
  prepare(input, call) {
    refuseRequest(input, call)
    return Promise.all(objectsOf(input).map(({ Key }) => readObject(call, placeOf(call, { ...input, Key }))))
  },
  run(input, call) {
    const found = objectsOf(input).map((listed, at) => remove(input, call, { listed, before: call.prepared[at] }))
    const blobs = found.flatMap(({ blob }) => blob ?? [])
    const deleted = found.flatMap(({ deleted: one }) => one ?? [])
    return {
      output: {
        ...(input.Delete.Quiet === true ? {} : { Deleted: deleted }),
        Errors: found.flatMap(({ error }) => error ?? []),
      },
      changes: found.flatMap(({ change }) => change ?? []),
      afterwards: async () => void (await Promise.all(blobs.map((blob) => call.blobs.remove(blob)))),
    }
  },
})

function objectsOf({ Delete: { Objects } }: Input<'s3:DeleteObjects'>): readonly Listed[] {
  const objects: readonly Listed[] = Objects
  return objects
}

function refuseRequest(input: Input<'s3:DeleteObjects'>, { headers }: Call): void {
  const checked = Object.keys(headers).some((name) => name === 'content-md5' || name.startsWith('x-amz-checksum-'))
  if (!checked)
    throw new Refusal('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*')
  const objects = input.Delete.Objects ?? []
  if (
    objects.length === 0 ||
    objects.length > KEYS_AT_MOST ||
    objects.some(({ Key }) => Key === undefined || Key === '')
  ) {
    throw new Refusal(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
}

interface Removal {
  readonly deleted?: { readonly Key: string; readonly VersionId?: string }
  readonly error?: {
    readonly Key: string
    readonly VersionId?: string
    readonly Code: string
    readonly Message: string
  }
  readonly change?: ReturnType<typeof removeRow>
  readonly blob?: string
}

function remove(
  { Bucket }: Input<'s3:DeleteObjects'>,
  call: Call,
  { listed, before }: { readonly listed: Listed; readonly before: StoredObject | undefined },
): Removal {
  const { Key, VersionId, ETag } = listed
  const named = { Key, ...(VersionId === undefined ? {} : { VersionId }) }
  const input = { Bucket, ...named }
  try {
    const action = versioned('s3:DeleteObject', input)
    if (!call.may(aboutObject(call, input, { action }))) throw new Refusal('AccessDenied', 'Access Denied')
    if (isAbsentVersion(input)) return { deleted: named }
    refuseStale(ETag, before)
    if (before === undefined) return { deleted: named }
    return { deleted: named, change: removeRow(placeOf(call, input)), blob: before.blob }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { error: { ...named, Code: error.code, Message: error.message } }
  }
}

function refuseStale(etag: string | undefined, before: StoredObject | undefined): void {
  if (etag === undefined || before === undefined || matches(etag, before)) return
  throw new Refusal('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
}
