/** Writing an object from the request's own body, as it flows. */

import { operation } from '../../operation.ts'
import { refuseUnmetWrite } from './condition.ts'
import { placeOf, type StoredObject } from './object.ts'
import { aboutList, listOfWrite, refuseOverwrite } from './object-list.ts'
import { BODY_BYTES, receive, refuseLength } from './receive.ts'
import { aboutObject, headerKeys, ownersOf } from './shared.ts'
import { showChecksum, showEtag } from './show.ts'
import { requestedTags, tagsOfHeader } from './tag-set.ts'
import { refuseWrite, traitsOf } from './traits.ts'
import { beforeWrite, written } from './writing.ts'

export const WRITE_KEYS = [
  'x-amz-acl',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
  'x-amz-copy-source',
  'x-amz-metadata-directive',
  'if-match',
  'if-none-match',
]

/** s3:PutObject. All of an object or none of it: it is there for others once its last byte is safe. */
export const putObject = operation('s3:PutObject', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks(input, call) {
    const tags = requestedTags(tagsOfHeader(input.Tagging))
    const keys = { ...headerKeys(call.headers, WRITE_KEYS), 's3:ObjectCreationOperation': 'true', ...tags }
    return [
      aboutObject(call, input, { context: keys }),
      // Writing onto what one has seen tells what is there. S3 UG conditional-writes.
      ...(input.IfMatch === undefined ? [] : [aboutObject(call, input, { action: 's3:GetObject' })]),
      ...(input.Tagging === undefined
        ? []
        : [aboutObject(call, input, { action: 's3:PutObjectTagging', context: tags })]),
      ...aboutList(call, input),
    ]
  },
  refusals: [
    'AccessControlListNotSupported',
    'BadRequest',
    'ConditionalRequestConflict',
    'EntityTooLarge',
    'InvalidTag',
    'KeyTooLongError',
    'MetadataTooLarge',
    'MissingContentLength',
    'NoSuchBucket',
    'NotImplemented',
    'PreconditionFailed',
  ],
  async prepare(input, call) {
    const said = { ...input, Metadata: input.Metadata ?? {} }
    refuseWrite(said, call.headers)
    const owning = listOfWrite(call, input)
    if (call.form !== true) refuseLength(call.headers, BODY_BYTES)
    const tags = tagsOfHeader(input.Tagging)
    const received = await receive(call)
    try {
      const before = await beforeWrite(call, placeOf(call, input))
      refuseOverwrite(call, input, before.latest)
      refuseUnmetWrite(input, before.latest)
      const object: StoredObject = {
        ...traitsOf(said),
        ...owning,
        ...received,
        storageClass: input.StorageClass ?? 'STANDARD',
        modifiedAt: Math.floor(call.now / 1000) * 1000,
        ...(tags.length === 0 ? {} : { tags }),
      }
      return { before, object, pieces: [received] }
    } catch (error) {
      await call.blobs.remove(received.blob)
      throw error
    }
  },
  release: ({ pieces: [received] }, call) =>
    received === undefined ? Promise.resolve() : call.blobs.remove(received.blob),
  run(input, call) {
    const { before, object, pieces } = call.prepared
    const conditional = input.IfMatch !== undefined || input.IfNoneMatch !== undefined
    const { VersionId, changes, afterwards } = written(call, {
      place: placeOf(call, input),
      before,
      version: object,
      pieces,
      conditional,
    })
    return {
      output: { ETag: showEtag(object), ServerSideEncryption: 'AES256' as const, ...showChecksum(object), VersionId },
      changes,
      afterwards,
    }
  },
})
