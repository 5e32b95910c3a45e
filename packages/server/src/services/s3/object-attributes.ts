/** What is known about an object, piece by piece as it is asked for. */

import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { piecesOf, type Piece } from './bytes.ts'
import { isMarker, placeOf, type StoredObject } from './object.ts'
import { pageSize } from './page-words.ts'
import { aboutSeen, lookAt, present, type Seen } from './reading.ts'
import { DEFAULT_CHECKSUM } from './receive.ts'
import { invalidArgument, ownersOf } from './shared.ts'
import { showChecksum, showSum } from './show.ts'
import { shownId } from './writing.ts'

type Asked = Input<'s3:GetObjectAttributes'>

const ATTRIBUTES: ReadonlySet<string> = new Set(['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'])

/** s3:GetObjectAttributes. It asks for the right to read the object, and for the right to read its attributes. */
export const getObjectAttributes = operation('s3:GetObjectAttributes', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookAt(call, input),
  asks: (input, call) => [
    aboutSeen(call, input, { action: 's3:GetObject', seen: call.seen }),
    aboutSeen(call, input, { action: 's3:GetObjectAttributes', seen: call.seen }),
  ],
  refusals: ['InvalidArgument', 'MethodNotAllowed', 'NoSuchBucket', 'NoSuchKey', 'NoSuchVersion'],
  prepare: (input, call) => partsFor(input, call, call.seen),
  run(input, call) {
    const asked = attributesOf(input)
    const object = present(call, input, call.seen)
    return {
      output: {
        VersionId: shownId(call, { bucket: input.Bucket }, object),
        LastModified: new Date(object.modifiedAt),
        ...(asked.has('ETag') ? { ETag: object.etag } : {}),
        ...(asked.has('Checksum') ? { Checksum: checksumAlone(object) } : {}),
        ...(asked.has('ObjectParts') ? { ObjectParts: showParts(input, object, call.prepared) } : {}),
        // The class was one of the SDK's when it was stored.
        ...(asked.has('StorageClass') ? { StorageClass: object.storageClass as 'STANDARD' } : {}),
        ...(asked.has('ObjectSize') ? { ObjectSize: object.size } : {}),
      },
    }
  },
})

function attributesOf({ ObjectAttributes = [] }: Asked): ReadonlySet<string> {
  const unknown = ObjectAttributes.find((name) => !ATTRIBUTES.has(name))
  if (unknown === undefined && ObjectAttributes.length > 0) return new Set(ObjectAttributes)
  throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', unknown ?? '')
}

async function partsFor(input: Asked, call: Call, { version }: Seen): Promise<readonly Piece[]> {
  if (!attributesOf(input).has('ObjectParts') || version === undefined || isMarker(version)) return []
  return version.upload === undefined ? [] : piecesOf(call, placeOf(call, input), version)
}

/** Here a composite checksum goes without the number of its parts. */
function checksumAlone({ checksum }: StoredObject) {
  return showChecksum({ checksum: { ...checksum, value: checksum.value.replace(/-\d+$/, '') } })
}

/** Parts are told of where the writer chose their checksum, which is never the one that S3 takes by itself. */
function showParts(input: Asked, { upload, checksum }: StoredObject, pieces: readonly Piece[]) {
  if (upload === undefined) return undefined
  if (checksum.name === DEFAULT_CHECKSUM) return { TotalPartsCount: upload.parts }
  const limit = pageSize(input.MaxParts, 'max-parts')
  const marker = Number(input.PartNumberMarker ?? 0)
  const rest = pieces.flatMap(({ part }) => (part !== undefined && part.number > marker ? part : []))
  const shown = rest.slice(0, limit)
  return {
    TotalPartsCount: upload.parts,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(shown.at(-1)?.number ?? 0),
    MaxParts: limit,
    IsTruncated: limit > 0 && rest.length > limit,
    Parts: shown.map(({ number, stored }) => ({ PartNumber: number, Size: stored.size, ...showSum(stored.checksum) })),
  }
}
