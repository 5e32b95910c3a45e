/** What a writer says about an object in headers: read, limited, kept; and told again to whoever reads the object. */

import { Refusal } from '../../refusal.ts'
import type { StoredObject, Traits } from './object.ts'
import { invalidArgument, notImplemented } from './shared.ts'

const KEY_BYTES = 1024
const METADATA_BYTES = 2048
const DEFAULT_TYPE = 'binary/octet-stream'

const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
]
/** Headers by which a write asks for what is not built. */
const UNBUILT = [
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-copy-source-server-side-encryption-customer-algorithm',
  'x-amz-write-offset-bytes',
  'x-amz-checksum-sha512',
  'x-amz-checksum-md5',
  'x-amz-checksum-xxhash64',
  'x-amz-checksum-xxhash3',
  'x-amz-checksum-xxhash128',
]

export interface Said {
  readonly Key: string
  readonly ServerSideEncryption?: string
  readonly StorageClass?: string
  readonly ContentType?: string
  readonly CacheControl?: string
  readonly ContentDisposition?: string
  readonly ContentEncoding?: string
  readonly ContentLanguage?: string
  readonly Expires?: Date
  readonly WebsiteRedirectLocation?: string
  readonly Metadata?: Readonly<Record<string, string>>
}

type Headers = Readonly<Record<string, string>>

/** Everything that a write may not say, before any byte of it is kept. */
export function refuseWrite(said: Said, headers: Headers): void {
  refuseKey(said.Key)
  if (Object.keys(headers).some((name) => name.startsWith('x-amz-object-lock-'))) throw missingLock()
  const unbuilt = UNBUILT.find((name) => headers[name] !== undefined)
  if (unbuilt !== undefined) throw notImplemented(unbuilt)
  refuseEncryption(said.ServerSideEncryption)
  refuseClass(said.StorageClass)
  refuseMetadata(said.Metadata ?? {})
  const { WebsiteRedirectLocation: redirect } = said
  if (redirect !== undefined && !/^(?:\/|https?:\/\/)/.test(redirect)) {
    throw new Refusal(
      'InvalidRequest',
      "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    )
  }
}

/** No bucket has object lock, since it cannot be enabled. */
export function missingLock(): Refusal {
  return new Refusal('InvalidRequest', 'Bucket is missing Object Lock Configuration')
}

function refuseKey(key: string): void {
  const size = Buffer.byteLength(key)
  if (size > KEY_BYTES)
    throw new Refusal('KeyTooLongError', 'Your key is too long', { Size: size, MaxSizeAllowed: KEY_BYTES })
}

function refuseEncryption(algorithm: string | undefined): void {
  if (algorithm === undefined || algorithm === 'AES256') return
  if (algorithm.startsWith('aws:')) throw notImplemented('x-amz-server-side-encryption')
  throw invalidArgument('The encryption method specified is not supported', 'x-amz-server-side-encryption', algorithm)
}

function refuseClass(storageClass = 'STANDARD'): void {
  if (STORAGE_CLASSES.includes(storageClass)) return
  throw new Refusal('InvalidStorageClass', 'The storage class you specified is not valid', {
    StorageClassRequested: storageClass,
  })
}

function refuseMetadata(metadata: Readonly<Record<string, string>>): void {
  const size = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
  if (size <= METADATA_BYTES) return
  const message = 'Your metadata headers exceed the maximum allowed metadata size'
  throw new Refusal('MetadataTooLarge', message, { Size: size, MaxSizeAllowed: METADATA_BYTES })
}

export function traitsOf(said: Said): Traits {
  const { CacheControl, ContentDisposition, ContentLanguage, Expires, WebsiteRedirectLocation } = said
  const encoding = withoutChunking(said.ContentEncoding)
  return {
    contentType: said.ContentType ?? DEFAULT_TYPE,
    ...(CacheControl === undefined ? {} : { cacheControl: CacheControl }),
    ...(ContentDisposition === undefined ? {} : { contentDisposition: ContentDisposition }),
    ...(encoding === undefined ? {} : { contentEncoding: encoding }),
    ...(ContentLanguage === undefined ? {} : { contentLanguage: ContentLanguage }),
    ...(Expires === undefined ? {} : { expires: Expires.getTime() }),
    ...(WebsiteRedirectLocation === undefined ? {} : { redirect: WebsiteRedirectLocation }),
    metadata: said.Metadata ?? {},
  }
}

/** `aws-chunked` says how the body travelled, not what it is. */
function withoutChunking(encoding: string | undefined): string | undefined {
  const left = (encoding ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'aws-chunked')
  return left.length === 0 ? undefined : left.join(',')
}

export function showTraits(object: StoredObject) {
  return {
    ContentType: object.contentType,
    CacheControl: object.cacheControl,
    ContentDisposition: object.contentDisposition,
    ContentEncoding: object.contentEncoding,
    ContentLanguage: object.contentLanguage,
    Expires: object.expires === undefined ? undefined : new Date(object.expires),
    WebsiteRedirectLocation: object.redirect,
    Metadata: object.metadata,
  }
}
