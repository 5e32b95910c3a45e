/** The first call of an upload in parts: all that is said of the object is said here. */

import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { draw } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import type { Checksum } from '../../wire/checksum.ts'
import { isLinear } from '../../wire/combined-checksum.ts'
import { algorithmNamed } from './copy-object.ts'
import { aboutList, listOfWrite } from './object-list.ts'
import { WRITE_KEYS } from './put-object.ts'
import { aboutObject, find, headerKeys, ownersOf } from './shared.ts'
import { requestedTags, tagsOfHeader } from './tag-set.ts'
import { refuseWrite, traitsOf } from './traits.ts'
import { initiatorOf, putUpload, type StoredUpload, type UploadChecksum } from './upload.ts'

type Asked = Input<'s3:CreateMultipartUpload'>

const ID_LENGTH = 96
const ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._'

/** s3:CreateMultipartUpload. It makes no object, so the law is asked with the key that says so. */
export const createMultipartUpload = operation('s3:CreateMultipartUpload', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks(input, call) {
    const tags = requestedTags(tagsOfHeader(input.Tagging))
    const keys = { ...headerKeys(call.headers, WRITE_KEYS), 's3:ObjectCreationOperation': 'false', ...tags }
    const write = aboutObject(call, input, { action: 's3:PutObject', context: keys })
    const tagged =
      input.Tagging === undefined ? [] : [aboutObject(call, input, { action: 's3:PutObjectTagging', context: tags })]
    return [write, ...tagged, ...aboutList(call, input)]
  },
  refusals: [
    'AccessControlListNotSupported',
    'BadRequest',
    'InvalidRequest',
    'InvalidTag',
    'KeyTooLongError',
    'MetadataTooLarge',
    'NoSuchBucket',
    'NotImplemented',
  ],
  run(input, call) {
    refuseWrite(input, call.headers)
    const { owner } = find(call, input)
    const upload = begun(input, call)
    const { checksum } = upload
    return {
      output: {
        Bucket: input.Bucket,
        Key: input.Key,
        UploadId: upload.id,
        ServerSideEncryption: 'AES256' as const,
        ChecksumAlgorithm: checksum === undefined ? undefined : (checksum.name.toUpperCase() as 'CRC32'), // one of S3's own
        ChecksumType: checksum?.type,
      },
      changes: [putUpload(owner, upload)],
    }
  },
})

function begun(input: Asked, call: Call): StoredUpload {
  const checksum = checksumOf(input)
  return {
    id: draw(call.random, ID_LENGTH, ID_CHARACTERS),
    bucket: input.Bucket,
    key: input.Key,
    initiatedAt: Math.floor(call.now / 1000) * 1000,
    initiator: initiatorOf(call),
    writes: 0,
    traits: traitsOf(input),
    owning: listOfWrite(call, input),
    storageClass: input.StorageClass ?? 'STANDARD',
    tags: tagsOfHeader(input.Tagging),
    ...(checksum === undefined ? {} : { checksum }),
    keys: keysOf(call),
  }
}

function keysOf({ headers }: Call): Readonly<Record<string, string>> {
  const said = Object.entries(headerKeys(headers, WRITE_KEYS))
  return Object.fromEntries(said.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
}

/** Hashes of a whole do not follow from its parts', and CRC-64/NVME is for wholes alone. */
function checksumOf({ ChecksumAlgorithm, ChecksumType }: Asked): UploadChecksum | undefined {
  if (ChecksumAlgorithm === undefined) {
    if (ChecksumType === undefined) return undefined
    throw new Refusal(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    )
  }
  const name = algorithmNamed(ChecksumAlgorithm)
  const type = ChecksumType ?? (name === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE')
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw new Refusal('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.')
  }
  if (type === 'FULL_OBJECT' ? !isLinear(name) : name === 'crc64nvme') throw unfit(name, type)
  return { name, type }
}

function unfit(name: Checksum, type: string): Refusal {
  return new Refusal('InvalidRequest', `The ${type} checksum type cannot be used with the ${name} checksum algorithm.`)
}
