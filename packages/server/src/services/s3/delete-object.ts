/** Removing objects, one or a thousand. What is not there is removed already. */

import type { Call } from '../../call.ts'
import { operation, type Aftermath, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { matches, refuseUnmetWrite } from './condition.ts'
import { deletion, doomed, type Deletion, type Doomed } from './deletion.ts'
import { isMarker, type Version } from './object.ts'
import { aboutObject, find, headerKeys, ownersOf, versioned, type OfObject } from './shared.ts'

const KEYS_AT_MOST = 1000

/** s3:DeleteObject. Answers 204 whether or not the key was there. */
export const deleteObject = operation('s3:DeleteObject', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutDeletion(call, input, headerKeys(call.headers, ['if-match'])),
  refusals: ['NoSuchBucket', 'NoSuchKey', 'PreconditionFailed'],
  prepare: (input, call) => doomed(call, [input]),
  run(input, call) {
    const { Key, VersionId, IfMatch } = input
    const [doom] = call.prepared
    if (doom === undefined) throw new Error('the key was looked for')
    const aimed = VersionId === undefined ? doom.before.latest : doom.version
    refuseUnmetWrite({ Key, ...(IfMatch === undefined ? {} : { IfMatch }) }, aimed)
    return deletion(call, input, doom)
  },
})

function aboutDeletion(call: Call, input: OfObject, keys: Readonly<Record<string, string | undefined>> = {}) {
  return aboutObject(call, input, {
    action: versioned('s3:DeleteObject', input),
    context: { ...keys, 's3:versionid': input.VersionId },
  })
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
    return doomed(
      call,
      objectsOf(input).map((listed) => named(input, listed)),
    )
  },
  run(input, call) {
    const found = objectsOf(input).map((listed, at) => remove(input, call, { listed, doom: call.prepared[at] }))
    return {
      output: {
        ...(input.Delete.Quiet === true ? {} : { Deleted: found.flatMap(({ deleted }) => deleted ?? []) }),
        Errors: found.flatMap(({ error }) => error ?? []),
      },
      changes: found.flatMap(({ outcome }) => outcome?.changes ?? []),
      afterwards: () => after(found),
    }
  },
})

async function after(found: readonly Removal[]): Promise<Aftermath> {
  const ends = await Promise.all(found.map(({ outcome }) => outcome?.afterwards?.()))
  return { changes: ends.flatMap((end) => end?.changes ?? []) }
}

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

interface Told {
  readonly Key: string
  readonly VersionId?: string
}

interface Removal {
  readonly deleted?: Told & { readonly DeleteMarker?: boolean; readonly DeleteMarkerVersionId?: string | undefined }
  readonly error?: Told & { readonly Code: string; readonly Message: string }
  readonly outcome?: Deletion
}

function named({ Bucket, ExpectedBucketOwner }: Input<'s3:DeleteObjects'>, { Key, VersionId }: Listed): OfObject {
  return {
    Bucket,
    Key,
    ...(VersionId === undefined ? {} : { VersionId }),
    ...(ExpectedBucketOwner === undefined ? {} : { ExpectedBucketOwner }),
  }
}

interface One {
  readonly listed: Listed
  readonly doom: Doomed | undefined
}

function remove(input: Input<'s3:DeleteObjects'>, call: Call, { listed, doom }: One): Removal {
  const { Key, VersionId } = listed
  const told = { Key, ...(VersionId === undefined ? {} : { VersionId }) }
  try {
    const object = named(input, listed)
    if (!call.may(aboutDeletion(call, object))) throw new Refusal('AccessDenied', 'Access Denied')
    if (doom === undefined) throw new Error('every key was looked for')
    refuseStale(listed, VersionId === undefined ? doom.before.latest : doom.version)
    const outcome = deletion(call, object, doom)
    const { DeleteMarker, VersionId: marker } = outcome.output
    return {
      deleted: { ...told, ...(DeleteMarker === true && { DeleteMarker, DeleteMarkerVersionId: marker }) },
      outcome,
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { error: { ...told, Code: error.code, Message: error.message } }
  }
}

/** S3 knows the other two conditions of a key in directory buckets alone. */
function refuseStale({ ETag, LastModifiedTime, Size }: Listed, version: Version | undefined): void {
  if (LastModifiedTime !== undefined || Size !== undefined) {
    throw new Refusal('NotImplemented', 'A header you provided implies functionality that is not implemented')
  }
  if (ETag === undefined || version === undefined || isMarker(version) || matches(ETag, version)) return
  throw new Refusal('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
}
