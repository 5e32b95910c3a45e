/** A function's deployment package: where it comes from, that it can be unpacked, and the blob that keeps it. */

import { createHash } from 'node:crypto'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import { piecesOf, readPieces } from '../s3/bytes.ts'
import { isMarker, placeOf, readObject, readVersion } from '../s3/object.ts'
import { aboutObject, find as findBucket, ownersOf } from '../s3/shared.ts'
import type { StoredFunction } from './shared.ts'
import { invalid } from './shared.ts'
import { readZip } from './zip.ts'

const UNZIPPED_BYTES = 262_144_000

export interface CodeGiven {
  readonly ZipFile?: Uint8Array
  readonly S3Bucket?: string
  readonly S3Key?: string
  readonly S3ObjectVersion?: string
  readonly ImageUri?: string
}

export type Code = Pick<StoredFunction, 'blob' | 'codeSize' | 'codeSha256'>

export function codeOwners({ S3Bucket }: CodeGiven, { directory }: Pick<Call, 'directory'>): readonly string[] {
  return S3Bucket === undefined ? [] : ownersOf(directory, S3Bucket)
}

/** Reads the package and keeps it. */
export async function receiveCode(given: CodeGiven, call: Call): Promise<Code> {
  const bytes = await bytesOf(given, call)
  const archive = readZip(bytes)
  if (archive === undefined)
    throw invalid('Could not unzip uploaded file. Please check your file, then try to upload again.')
  if (archive.files === 0) throw invalid('Uploaded file must be a non-empty zip')
  if (archive.unzipped > UNZIPPED_BYTES) throw invalid(`Unzipped size must be smaller than ${UNZIPPED_BYTES} bytes`)
  const codeSha256 = createHash('sha256').update(bytes).digest('base64')
  return { blob: await call.blobs.write(once(bytes)), codeSize: bytes.length, codeSha256 }
}

async function bytesOf(given: CodeGiven, call: Call): Promise<Uint8Array> {
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion, ImageUri } = given
  const elsewhere = S3Bucket !== undefined || S3Key !== undefined || S3ObjectVersion !== undefined
  if (ImageUri !== undefined) throw invalid('sallyport has not built functions from container images')
  if (ZipFile !== undefined && elsewhere)
    throw invalid('Please do not provide other FunctionCode parameters when providing a ZipFile.')
  if (ZipFile !== undefined) return ZipFile
  if (S3Bucket === undefined || S3Key === undefined) throw invalid('Please provide a source for function code.')
  return fetched(
    { Bucket: S3Bucket, Key: S3Key, ...(S3ObjectVersion === undefined ? {} : { VersionId: S3ObjectVersion }) },
    call,
  )
}

interface At {
  readonly Bucket: string
  readonly Key: string
  readonly VersionId?: string
}

/** The caller, not Lambda, must be allowed to read the object. */
async function fetched(at: At, call: Call): Promise<Uint8Array> {
  refuseUnreadable(at, call)
  const place = placeOf(call, at)
  const { VersionId } = at
  const found = VersionId === undefined ? await readObject(call, place) : await readVersion(call, place, VersionId)
  const object = found === undefined || isMarker(found) ? undefined : found
  if (object === undefined) throw nothing(at)
  const parts: Uint8Array[] = []
  for await (const part of readPieces(call.blobs, await piecesOf(call, place, object))) parts.push(part)
  return Buffer.concat(parts)
}

function nothing({ VersionId }: At): Refusal {
  return VersionId === undefined
    ? s3Says('NoSuchKey', 'The specified key does not exist.')
    : s3Says('NoSuchVersion', 'The specified version does not exist.')
}

function refuseUnreadable(at: At, call: Call): void {
  try {
    const { bucket } = findBucket(call, at)
    const words = `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${at.Bucket}/${at.Key}.`
    const action = at.VersionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'
    const may = call.may(aboutObject(call, at, { action }))
    if (!may) throw new Refusal('denied', `${words} S3 Error Code: AccessDenied. S3 Error Message: Access Denied`)
    if (bucket.region === call.region) return
    throw s3Says(
      'PermanentRedirect',
      `The bucket is in this region: ${bucket.region}. Please use this region to retry the request`,
    )
  } catch (error) {
    if (error instanceof Refusal && (error.code === 'NoSuchBucket' || error.code === 'InvalidBucketName'))
      throw s3Says(error.code, error.message)
    throw error
  }
}

function s3Says(code: string, message: string): Refusal {
  return invalid(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
