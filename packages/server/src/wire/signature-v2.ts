/** SigV2 in the query, for S3 alone: what the AWS CLI of the first version still puts into `s3 presign` URLs. */
import { createHmac } from 'node:crypto'
import { Refusal } from '../refusal.ts'
import { hexBytes } from './canonical.ts'
import { isoSecond, readQuery, type Claim } from './claim.ts'
import type { Message } from './message.ts'
import { S3_MISMATCH, sameSignature, type Times } from './signature.ts'

/** The query parameters that name a part of a bucket or object, or bend the answer, and so are signed. */
const SIGNED_PARAMETERS: ReadonlySet<string> = new Set([
  'accelerate',
  'acl',
  'analytics',
  'cors',
  'defaultObjectAcl',
  'delete',
  'inventory',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'partNumber',
  'policy',
  'replication',
  'requestPayment',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'restore',
  'select',
  'select-type',
  'storageClass',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
])

/** Proves a `v2query` claim. `bucket` is named where the host, and not the path, names the bucket. */
export function verifyV2(claim: Claim, message: Message, secret: string, times: Times, bucket?: string): Claim {
  const end = (claim.expires ?? 0) * 1000
  if (times.test > end) {
    const detail = { Expires: isoSecond(end), ServerTime: isoSecond(times.test) }
    throw new Refusal('AccessDenied', 'Request has expired', detail)
  }
  const stringToSign = stringToSignV2(message, String(claim.expires), bucket)
  const computed = createHmac('sha1', secret).update(stringToSign, 'latin1').digest('base64')
  if (sameSignature(computed, claim.signature)) return claim
  throw new Refusal('badSignature', S3_MISMATCH, {
    AWSAccessKeyId: claim.accessKeyId,
    StringToSign: stringToSign,
    SignatureProvided: claim.signature,
    StringToSignBytes: hexBytes(stringToSign),
  })
}

/** Headers that are signed may stand in the query instead, which is where a presigner puts them. */
function stringToSignV2(message: Message, expires: string, bucket?: string): string {
  const query = readQuery(message.query)
  const value = (name: string): string => message.headers[name] ?? query.get(name)?.join(',') ?? ''
  const names = [...Object.keys(message.headers), ...query.keys()].filter((name) => name.startsWith('x-amz-'))
  const headers = [...new Set(names)].toSorted().map((name) => `${name}:${value(name).trim()}\n`)
  const resource = `${bucket === undefined ? '' : `/${bucket}`}${message.path}${subResources(query)}`
  return `${message.method}\n${value('content-md5')}\n${value('content-type')}\n${expires}\n${headers.join('')}${resource}`
}

function subResources(query: ReadonlyMap<string, readonly string[]>): string {
  const signed = [...query].filter(([name]) => SIGNED_PARAMETERS.has(name)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const parts = signed.flatMap(([name, values]) => values.map((value) => (value === '' ? name : `${name}=${value}`)))
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}
