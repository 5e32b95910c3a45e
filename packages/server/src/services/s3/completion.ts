/** Whether a list of parts may become an object, and what it then is. */

import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { combined, compositeOf } from '../../wire/combined-checksum.ts'
import type { NumberedPart } from './bytes.ts'
import type { StoredChecksum } from './object.ts'
import { CHECKSUM_NAMES, DEFAULT_CHECKSUM } from './receive.ts'
import { checksumMember } from './show.ts'
import type { StoredUpload } from './upload.ts'

type Asked = Input<'s3:CompleteMultipartUpload'>
type Listed = NonNullable<NonNullable<Asked['MultipartUpload']>['Parts']>[number]

const MIB = 1024 * 1024
/** All parts but the last have as much. */
const LEAST = 5 * MIB

/** The parts that the list names, in its order, which must be that of their numbers. */
export function chosenParts(
  input: Asked,
  upload: StoredUpload,
  parts: readonly NumberedPart[],
): readonly NumberedPart[] {
  const listed = input.MultipartUpload?.Parts ?? []
  if (listed.length === 0 || listed.some(({ PartNumber }) => PartNumber === undefined)) throw malformed()
  refuseOrder(input, listed)
  const known = new Map(parts.map((part) => [part.number, part]))
  const chosen = listed.map((one) => partFor(input, one, known.get(one.PartNumber ?? 0)))
  for (const [at, one] of listed.entries()) refuseSum(input, upload, { one, part: chosen[at] })
  for (const part of chosen.slice(0, -1)) refuseSmall(part)
  return chosen
}

function malformed(): Refusal {
  return new Refusal(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )
}

function refuseOrder({ UploadId }: Asked, listed: readonly Listed[]): void {
  const ordered = listed.every(({ PartNumber = 0 }, at) => at === 0 || PartNumber > (listed[at - 1]?.PartNumber ?? 0))
  if (ordered) return
  const message = 'The list of parts was not in ascending order. Parts must be ordered by part number.'
  throw new Refusal('InvalidPartOrder', message, { UploadId })
}

function partFor(input: Asked, one: Listed, part: NumberedPart | undefined): NumberedPart {
  const etag = (one.ETag ?? '').replaceAll('"', '')
  if (part === undefined || part.etag !== etag) throw invalidPart(input, one)
  return part
}

function invalidPart({ UploadId }: Asked, { PartNumber = 0, ETag = '' }: Listed): Refusal {
  return new Refusal(
    'InvalidPart',
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { UploadId, PartNumber, ETag: ETag.replaceAll('"', '') },
  )
}

interface Pair {
  readonly one: Listed
  readonly part: NumberedPart | undefined
}

/** Checksums that the list gives are the parts' own; a composite one needs all of them. */
function refuseSum(input: Asked, { checksum }: StoredUpload, { one, part }: Pair): void {
  if (part === undefined) return
  for (const name of CHECKSUM_NAMES) {
    const given = one[checksumMember(name)]
    if (given !== undefined && (part.checksum.name !== name || part.checksum.value !== given))
      throw invalidPart(input, one)
  }
  if (checksum?.type !== 'COMPOSITE' || one[checksumMember(checksum.name)] !== undefined) return
  throw new Refusal(
    'InvalidRequest',
    `The upload was created using a ${checksum.name} checksum. The complete request must include the checksum for each part. It was missing for part ${one.PartNumber} in the request.`,
  )
}

function refuseSmall({ size, number, etag }: NumberedPart): void {
  if (size >= LEAST) return
  throw new Refusal('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize: size,
    MinSizeAllowed: LEAST,
    PartNumber: number,
    ETag: etag,
  })
}

export function wholeChecksum({ checksum }: StoredUpload, chosen: readonly NumberedPart[]): StoredChecksum {
  const sums = chosen.map((part) => ({ value: part.checksum.value, size: part.size }))
  if (checksum?.type === 'COMPOSITE') {
    return { name: checksum.name, value: compositeOf(checksum.name, sums), composite: true }
  }
  const name = checksum?.name ?? DEFAULT_CHECKSUM
  return { name, value: combined(name, sums) }
}

interface Whole {
  readonly size: number
  readonly checksum: StoredChecksum
}

/** What the writer says of the whole must be so. */
export function refuseGiven(input: Asked, { size, checksum }: Whole): void {
  const { MpuObjectSize, ChecksumType } = input
  if (MpuObjectSize !== undefined && Number(MpuObjectSize) !== size) {
    const said = `The provided 'x-amz-mp-object-size' header value ${MpuObjectSize} does not match what was computed: ${size}`
    throw new Refusal('InvalidRequest', said)
  }
  const type = checksum.composite === true ? 'COMPOSITE' : 'FULL_OBJECT'
  if (ChecksumType !== undefined && ChecksumType !== type) {
    const said = `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`
    throw new Refusal('BadDigest', said)
  }
  for (const name of CHECKSUM_NAMES) {
    const given = input[checksumMember(name)]
    if (given === undefined || (name === checksum.name && isSame(given, checksum))) continue
    throw new Refusal('BadDigest', `The ${name.toUpperCase()} you specified did not match the calculated checksum.`)
  }
}

/** A composite one may be given without the number of its parts. */
function isSame(given: string, { value }: StoredChecksum): boolean {
  return given === value || given === value.replace(/-\d+$/, '')
}
