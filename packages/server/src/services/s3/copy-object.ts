/** Copying an object within S3: the bytes stay, what is said about them may be said anew. */

import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { CHECKSUMS, type Checksum } from '../../wire/checksum.ts'
import { preconditionFailed, refuseUnmetWrite, unmet } from './condition.ts'
import {
  noSuchKey,
  placeOf,
  putRow,
  readObject,
  refuseVersion,
  settle,
  showChecksum,
  showEtag,
  type StoredObject,
  type Traits,
} from './object.ts'
import { summing, WRITE_KEYS } from './put-object.ts'
import {
  aboutObject,
  headerKeys,
  invalidArgument,
  notImplemented,
  ownersOf,
  versioned,
  type OfObject,
} from './shared.ts'
import { refuseWrite, traitsOf } from './traits.ts'

type Asked = Input<'s3:CopyObject'>

/** s3:CopyObject. Reading the source and writing the target are asked for alike. */
export const copyObject = operation('s3:CopyObject', {
  needs: (input, { directory }) => ownersOf(directory, input.Bucket, sourceOf(input).Bucket),
  asks(input, call) {
    const source = sourceOf(input)
    const context = {
      ...headerKeys(call.headers, WRITE_KEYS),
      's3:x-amz-copy-source': `${source.Bucket}/${source.Key}`,
      's3:ObjectCreationOperation': 'true',
    }
    return [
      aboutObject(call, source, { action: versioned('s3:GetObject', source) }),
      aboutObject(call, input, { action: 's3:PutObject', context }),
    ]
  },
  refusals: ['InvalidArgument', 'InvalidRequest', 'NoSuchBucket', 'NoSuchKey', 'PreconditionFailed'],
  async prepare(input, call) {
    refuseWrite(input, call.headers)
    const source = sourceOf(input)
    refuseVersion(source)
    const original = await readObject(call, placeOf(call, source))
    if (original === undefined) throw noSuchKey(call, source)
    refuseCopy(input, original)
    const before = await readObject(call, placeOf(call, input))
    refuseUnmetWrite(input, before)
    return { before, object: await copied(input, call, original) }
  },
  release: ({ object }, call) => call.blobs.remove(object.blob),
  run(input, call) {
    const { before, object } = call.prepared
    const place = placeOf(call, input)
    const conditional = input.IfMatch !== undefined || input.IfNoneMatch !== undefined
    const result = { ETag: showEtag(object), LastModified: new Date(object.modifiedAt), ...showChecksum(object) }
    return {
      output: { CopyObjectResult: result, ServerSideEncryption: 'AES256' as const },
      changes: [putRow(place, object)],
      afterwards: () => settle(call, { place, object, before, conditional }),
    }
  },
})

/** `bucket/key`, with or without a slash before it, percent-encoded, and perhaps with `?versionId=`. */
function sourceOf({ CopySource, ExpectedSourceBucketOwner }: Asked): OfObject {
  if (CopySource.startsWith('arn:')) throw notImplemented('x-amz-copy-source')
  const [path = '', version] = CopySource.split('?versionId=')
  const [, Bucket, Key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded(path)) ?? []
  if (Bucket === undefined || Key === undefined) {
    const message = 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey'
    throw invalidArgument(message, 'x-amz-copy-source', CopySource)
  }
  return {
    Bucket,
    Key,
    ...(version === undefined ? {} : { VersionId: version }),
    ...(ExpectedSourceBucketOwner === undefined ? {} : { ExpectedBucketOwner: ExpectedSourceBucketOwner }),
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function refuseCopy(input: Asked, original: StoredObject): void {
  const source = sourceOf(input)
  const { MetadataDirective = 'COPY', StorageClass, WebsiteRedirectLocation, ServerSideEncryption } = input
  if (MetadataDirective !== 'COPY' && MetadataDirective !== 'REPLACE') {
    throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', MetadataDirective)
  }
  const condition = unmet(
    {
      ...(input.CopySourceIfMatch === undefined ? {} : { IfMatch: input.CopySourceIfMatch }),
      ...(input.CopySourceIfNoneMatch === undefined ? {} : { IfNoneMatch: input.CopySourceIfNoneMatch }),
      ...(input.CopySourceIfModifiedSince === undefined ? {} : { IfModifiedSince: input.CopySourceIfModifiedSince }),
      ...(input.CopySourceIfUnmodifiedSince === undefined
        ? {}
        : { IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince }),
    },
    original,
  )
  if (condition !== undefined) throw preconditionFailed(`x-amz-copy-source-${condition}`)
  const changes = [StorageClass, WebsiteRedirectLocation, ServerSideEncryption].some((said) => said !== undefined)
  if (source.Bucket === input.Bucket && source.Key === input.Key && MetadataDirective === 'COPY' && !changes) {
    throw new Refusal(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  }
}

/** The target's row, its bytes written. */
async function copied(input: Asked, call: Call, original: StoredObject): Promise<StoredObject> {
  const { size, etag } = original
  const bytes = call.blobs.read(original.blob)
  const algorithm = algorithmOf(input) ?? original.checksum.name
  const own = algorithm === original.checksum.name ? undefined : summing(algorithm, bytes)
  const blob = await call.blobs.write(own?.bytes ?? bytes)
  return {
    ...(input.MetadataDirective === 'REPLACE' ? traitsOf(input) : traitsKept(input, original)),
    blob,
    size,
    etag,
    checksum: own?.done() ?? original.checksum,
    storageClass: input.StorageClass ?? 'STANDARD',
    modifiedAt: Math.floor(call.now / 1000) * 1000,
  }
}

/** A copy keeps what was said of the original, but not where a website sends its readers. */
function traitsKept({ WebsiteRedirectLocation }: Asked, original: StoredObject): Traits {
  const { redirect: _redirect, ...kept } = original
  return { ...kept, ...(WebsiteRedirectLocation === undefined ? {} : { redirect: WebsiteRedirectLocation }) }
}

function algorithmOf({ ChecksumAlgorithm }: Asked): Checksum | undefined {
  const name = ChecksumAlgorithm?.toLowerCase()
  if (name === undefined) return undefined
  const known = CHECKSUM_NAMES.find((one) => one === name)
  if (known !== undefined) return known
  const all = CHECKSUM_NAMES.map((one) => one.toUpperCase()).join(', ')
  const message = `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${all}]`
  throw new Refusal('InvalidRequest', message)
}

const CHECKSUM_NAMES = Object.keys(CHECKSUMS) as readonly Checksum[] // `Object.keys` forgets what it was given
