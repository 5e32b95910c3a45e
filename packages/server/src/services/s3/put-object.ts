/** Writing an object from the request's own body, as it flows. */

import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { CHECKSUMS, type Checksum } from '../../wire/checksum.ts'
import { refuseUnmetWrite } from './condition.ts'
import { placeOf, putRow, readObject, settle, showChecksum, showEtag, type StoredObject } from './object.ts'
import { aboutObject, headerKeys, ownersOf } from './shared.ts'
import { refuseWrite, traitsOf } from './traits.ts'

const OBJECT_BYTES = 5 * 1024 ** 3
/** The checksum that S3 keeps where the writer names none. */
const DEFAULT_CHECKSUM = 'crc64nvme'

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
    const context = { ...headerKeys(call.headers, WRITE_KEYS), 's3:ObjectCreationOperation': 'true' }
    const write = aboutObject(call, input, { context })
    // Writing onto what one has seen tells what is there. S3 UG conditional-writes.
    return input.IfMatch === undefined ? [write] : [write, aboutObject(call, input, { action: 's3:GetObject' })]
  },
  refusals: [
    'AccessControlListNotSupported',
    'ConditionalRequestConflict',
    'EntityTooLarge',
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
    if (call.form !== true) refuseLength(call.headers)
    const received = await receive(call)
    try {
      const before = await readObject(call, placeOf(call, input))
      refuseUnmetWrite(input, before)
      const { StorageClass: storageClass = 'STANDARD' } = input
      const object: StoredObject = {
        ...traitsOf(said),
        ...received,
        storageClass,
        modifiedAt: Math.floor(call.now / 1000) * 1000,
      }
      return { before, object }
    } catch (error) {
      await call.blobs.remove(received.blob)
      throw error
    }
  },
  release: ({ object }, call) => call.blobs.remove(object.blob),
  run(input, call) {
    const { before, object } = call.prepared
    const place = placeOf(call, input)
    const conditional = input.IfMatch !== undefined || input.IfNoneMatch !== undefined
    return {
      output: { ETag: showEtag(object), ServerSideEncryption: 'AES256' as const, ...showChecksum(object) },
      changes: [putRow(place, object)],
      afterwards: () => settle(call, { place, object, before, conditional }),
    }
  },
})

function refuseLength(headers: Call['headers']): void {
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length']
  if (length === undefined)
    throw new Refusal('MissingContentLength', 'You must provide the Content-Length HTTP header.')
  if (Number(length) <= OBJECT_BYTES) return
  throw new Refusal('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: Number(length),
    MaxSizeAllowed: OBJECT_BYTES,
  })
}

type Received = Pick<StoredObject, 'blob' | 'size' | 'etag' | 'checksum'>

async function receive({ body, blobs, headers }: Call): Promise<Received> {
  const own = namesChecksum(headers) ? undefined : summing(DEFAULT_CHECKSUM, body.bytes)
  const blob = await blobs.write(own?.bytes ?? body.bytes)
  const { size, md5hex, checksums } = body.done()
  const [named] = Object.entries(checksums)
  // The keys of `checksums` are checksums' names: `Object.entries` forgets what it was given.
  const checksum = named === undefined ? own?.done() : { name: named[0] as Checksum, value: named[1] }
  if (checksum === undefined) throw new Error('a body that names a checksum has one')
  return { blob, size, etag: md5hex, checksum }
}

function namesChecksum(headers: Call['headers']): boolean {
  const names = Object.keys(CHECKSUMS).map((name) => `x-amz-checksum-${name}`)
  const trailers = (headers['x-amz-trailer'] ?? '').toLowerCase()
  return names.some((name) => headers[name] !== undefined || trailers.split(',').some((one) => one.trim() === name))
}

/** The same bytes, summed while they pass. */
export function summing(name: Checksum, source: AsyncIterable<Uint8Array>) {
  const sum = CHECKSUMS[name].start()
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const part of source) {
      sum.update(part)
      yield part
    }
  }
  return { bytes: bytes(), done: () => ({ name, value: sum.digest().toString('base64') }) }
}
