/** Copying an object within S3: the bytes stay, what is said about them may be said anew. */

import { createHash } from 'node:crypto'
import type { Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Asking, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import type { Checksum } from '../../wire/checksum.ts'
import { piecesOf, readPieces, type Piece } from './bytes.ts'
import { refuseUnmetWrite } from './condition.ts'
import { aboutSource, copySourceKey, refuseUnmetSource, sourceOf } from './copy-source.ts'
import { isMarker, placeOf, type StoredObject, type Traits } from './object.ts'
import { aboutList, listOfWrite, refuseOverwrite } from './object-list.ts'
import { WRITE_KEYS } from './put-object.ts'
import { aboutSeen, lookAt, present, refuseArchived, type Seen } from './reading.ts'
import { BODY_BYTES, CHECKSUM_NAMES, summing } from './receive.ts'
import { aboutObject, headerKeys, invalidArgument, ownersOf, type OfObject } from './shared.ts'
import { showChecksum, showEtag } from './show.ts'
import { requestedTags, tagsOfHeader } from './tag-set.ts'
import { refuseWrite, traitsOf } from './traits.ts'
import { beforeWrite, shownId, written } from './writing.ts'

type Asked = Input<'s3:CopyObject'>

/** s3:CopyObject. Reading the source and writing the target are asked for alike, and so are their tags. */
export const copyObject = operation('s3:CopyObject', {
  needs: (input, { directory }) => ownersOf(directory, input.Bucket, sourceOf(input).Bucket),
  look: (input, call) => lookAt(call, sourceOf(input)),
  asks: (input, call) => [
    aboutSource(call, sourceOf(input), call.seen),
    ...aboutSourceTags(input, call),
    ...aboutTarget(input, call, call.seen),
    ...aboutList(call, input),
  ],
  refusals: [
    'AccessControlListNotSupported',
    'ConditionalRequestConflict',
    'InvalidArgument',
    'InvalidObjectState',
    'InvalidRequest',
    'InvalidTag',
    'NoSuchBucket',
    'NoSuchKey',
    'NoSuchVersion',
    'PreconditionFailed',
  ],
  async prepare(input, call) {
    refuseWrite(input, call.headers)
    const owning = listOfWrite(call, input)
    const source = sourceOf(input)
    const original = originalOf(call, source, call.seen)
    refuseArchived(original, "source object's")
    refuseCopy(input, original)
    const copy = await copied(input, call, { original, tags: tagsFor(input, call.seen) })
    const object = { ...copy, ...owning }
    try {
      const before = await beforeWrite(call, placeOf(call, input))
      refuseOverwrite(call, input, before.latest)
      refuseUnmetWrite(input, before.latest)
      return { before, object, pieces: [{ blob: object.blob, size: object.size }] }
    } catch (error) {
      await call.blobs.remove(object.blob)
      throw error
    }
  },
  release: ({ object }, call) => call.blobs.remove(object.blob),
  run(input, call) {
    const { before, object, pieces } = call.prepared
    const conditional = input.IfMatch !== undefined || input.IfNoneMatch !== undefined
    const place = placeOf(call, input)
    const { VersionId, changes, afterwards } = written(call, { place, before, version: object, pieces, conditional })
    const result = { ETag: showEtag(object), LastModified: new Date(object.modifiedAt), ...showChecksum(object) }
    const source = sourceOf(input)
    const original = originalOf(call, source, call.seen)
    return {
      output: {
        CopyObjectResult: result,
        ServerSideEncryption: 'AES256' as const,
        VersionId,
        CopySourceVersionId: shownId(call, { bucket: source.Bucket }, original),
      },
      changes,
      afterwards,
    }
  },
})

function aboutTarget(input: Asked, call: Call, { tags }: Seen): readonly Asking[] {
  const given = replacesTags(input) ? tagsOfHeader(input.Tagging) : []
  const keys = requestedTags(given)
  const context = {
    ...headerKeys(call.headers, WRITE_KEYS),
    's3:x-amz-copy-source': copySourceKey(sourceOf(input)),
    's3:ObjectCreationOperation': 'true',
    ...keys,
  }
  const tagged = replacesTags(input) ? given.length > 0 : tags.length > 0
  return [
    aboutObject(call, input, { action: 's3:PutObject', context }),
    ...(tagged ? [aboutObject(call, input, { action: 's3:PutObjectTagging', context: keys })] : []),
  ]
}

/** Tags that go along are read. */
function aboutSourceTags(input: Asked, call: Call & { readonly seen: Seen }): readonly Asking[] {
  const { seen } = call
  if (replacesTags(input) || seen.tags.length === 0) return []
  return [aboutSeen(call, sourceOf(input), { action: 's3:GetObjectTagging', seen })]
}

function replacesTags({ TaggingDirective = 'COPY' }: Asked): boolean {
  return TaggingDirective === 'REPLACE'
}

function tagsFor(input: Asked, { tags }: Seen): readonly Tag[] {
  return replacesTags(input) ? tagsOfHeader(input.Tagging) : tags
}

/** A copy of a marker is no copy, whoever asks for it. */
export function originalOf(call: Call, source: OfObject, seen: Seen): StoredObject {
  if (seen.version !== undefined && isMarker(seen.version) && source.VersionId !== undefined) {
    throw new Refusal(
      'InvalidRequest',
      'The source of a copy request may not specifically refer to a delete marker by version id.',
    )
  }
  return present(call, source, seen)
}

function refuseCopy(input: Asked, original: StoredObject): void {
  const source = sourceOf(input)
  const { MetadataDirective = 'COPY', StorageClass, WebsiteRedirectLocation, ServerSideEncryption } = input
  if (MetadataDirective !== 'COPY' && MetadataDirective !== 'REPLACE') {
    throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', MetadataDirective)
  }
  const { TaggingDirective = 'COPY' } = input
  if (TaggingDirective !== 'COPY' && TaggingDirective !== 'REPLACE') {
    throw invalidArgument('Unknown tagging directive.', 'x-amz-tagging-directive', TaggingDirective)
  }
  refuseUnmetSource(input, original)
  if (original.size > BODY_BYTES) {
    const words = `The specified copy source is larger than the maximum allowable size for a copy source: ${BODY_BYTES}`
    throw new Refusal('InvalidRequest', words)
  }
  const changes = [StorageClass, WebsiteRedirectLocation, ServerSideEncryption].some((said) => said !== undefined)
  const same = source.Bucket === input.Bucket && source.Key === input.Key && source.VersionId === undefined
  if (same && MetadataDirective === 'COPY' && !changes) {
    throw new Refusal(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  }
}

interface Original {
  readonly original: StoredObject
  readonly tags: readonly Tag[]
}

/** The target's row, its bytes written. */
async function copied(
  input: Asked,
  call: Call,
  { original, tags }: Original,
): Promise<StoredObject & { blob: string }> {
  const pieces = await piecesOf(call, placeOf(call, sourceOf(input)), original)
  return {
    ...(input.MetadataDirective === 'REPLACE' ? traitsOf(input) : traitsKept(input, original)),
    ...(await bytesCopied(call, { original, pieces }, algorithmOf(input))),
    storageClass: input.StorageClass ?? 'STANDARD',
    modifiedAt: Math.floor(call.now / 1000) * 1000,
    ...(tags.length === 0 ? {} : { tags }),
  }
}

/** What came in parts is one whole now: its entity tag and its checksum are reckoned anew. */
async function bytesCopied(
  { blobs }: Call,
  { original, pieces }: { readonly original: StoredObject; readonly pieces: readonly Piece[] },
  asked: Checksum | undefined,
) {
  const { size, checksum } = original
  const name = asked ?? checksum.name
  const known = name === checksum.name && checksum.composite !== true
  const whole = original.upload === undefined
  const bytes = readPieces(blobs, pieces)
  const sum = known ? undefined : summing(name, bytes)
  const md5 = createHash('md5')
  const source = sum?.bytes ?? bytes
  const blob = await blobs.write(whole ? source : hashed(source, md5))
  return {
    blob,
    size,
    etag: whole ? original.etag : md5.digest('hex'),
    checksum: sum?.done() ?? checksum,
  }
}

async function* hashed(
  bytes: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const part of bytes) {
    hash.update(part)
    yield part
  }
}

/** A copy keeps what was said of the original, but not where a website sends its readers. */
function traitsKept({ WebsiteRedirectLocation }: Asked, original: StoredObject): Traits {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, expires, metadata } =
    original
  return {
    contentType,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(contentLanguage === undefined ? {} : { contentLanguage }),
    ...(expires === undefined ? {} : { expires }),
    ...(WebsiteRedirectLocation === undefined ? {} : { redirect: WebsiteRedirectLocation }),
    metadata,
  }
}

function algorithmOf({ ChecksumAlgorithm }: Asked): Checksum | undefined {
  return ChecksumAlgorithm === undefined ? undefined : algorithmNamed(ChecksumAlgorithm)
}

export function algorithmNamed(text: string): Checksum {
  const known = CHECKSUM_NAMES.find((one) => one === text.toLowerCase())
  if (known !== undefined) return known
  const all = CHECKSUM_NAMES.map((one) => one.toUpperCase()).join(', ')
  const message = `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${all}]`
  throw new Refusal('InvalidRequest', message)
}
