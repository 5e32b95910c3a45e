/** What S3's operations share: whose a bucket is, what the law is asked about it, and S3's words for an argument it refuses. */

import { principalArn, type AccountId, type Bucket } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Directory } from '../../directory.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import type { Acl } from './acl.ts'
import { beforeIt, pointKeys } from './through.ts'
import { momentOf } from '../../wire/claim.ts'
import { refuseName } from './bucket-name.ts'
import { bucketTagKeys } from './bucket-tag-keys.ts'
import { refuseFreeRider } from './requester-pays.ts'
import { sideOf } from './side.ts'

export interface OfBucket {
  readonly Bucket: string
  readonly ExpectedBucketOwner?: string
}

export interface OfObject extends OfBucket {
  readonly Key: string
  readonly VersionId?: string
}

export interface Owned {
  readonly bucket: Bucket
  readonly owner: AccountId
}

/** The partitions of the buckets' owners, whoever they are. */
export function ownersOf(directory: Directory, ...buckets: readonly string[]): readonly AccountId[] {
  return buckets.flatMap((name) => directory.all('bucketName').get(name)?.account ?? [])
}

/** The bucket and its owner, or `NoSuchBucket`: bucket names are no secret, so whoever asks is told before the law is. */
export function find(call: Pick<Call, 'directory' | 'estate'>, { Bucket, ExpectedBucketOwner }: OfBucket): Owned {
  if (ExpectedBucketOwner !== undefined && !/^\d{12}$/.test(ExpectedBucketOwner)) {
    const text = 'The value of the expected bucket owner parameter must be an AWS Account ID...'
    throw new Refusal('InvalidBucketOwnerAWSAccountID', text)
  }
  const owner = call.directory.all('bucketName').get(Bucket)?.account
  const bucket = owner === undefined ? undefined : call.estate.account(owner)?.all('bucket').get(Bucket)
  if (call.directory.all('account').get(owner ?? '')?.closedAt !== undefined)
    throw new Refusal('AllAccessDisabled', 'All access to this object has been disabled')
  if (owner === undefined || bucket === undefined) {
    refuseName(Bucket, 'any')
    throw new Refusal('NoSuchBucket', 'The specified bucket does not exist', { BucketName: Bucket })
  }
  if (ExpectedBucketOwner !== undefined && ExpectedBucketOwner !== owner) throw new Refusal('denied')
  return { bucket, owner }
}

/** An object's owner and its list, where lists have an effect. */
export interface Listed {
  readonly owner: AccountId
  readonly acl: Acl
}

interface More {
  readonly action?: string
  readonly context?: Asking['context']
  readonly listed?: Listed | undefined
  /** False: as it would be without the bucket's own list. */
  readonly lists?: boolean
}

/** A question about a bucket. */
export function aboutBucket(call: Call, input: OfBucket, more: More = {}): Asking {
  return about(call, find(call, input), bucketArn(input.Bucket), more)
}

/** A question about an object, be it there or not. */
export function aboutObject(call: Call, input: OfObject, more: More = {}): Asking {
  return about(call, find(call, input), `${bucketArn(input.Bucket)}/${input.Key}`, more)
}

function about(
  call: Call,
  { bucket, owner }: Owned,
  resource: string,
  { action, context, listed, lists }: More,
): Asking {
  refuseFreeRider(call, bucket, owner)
  const { account, document } = sideOf(call, { bucket: lists === false ? unlisted(bucket) : bucket, owner }, listed)
  return {
    ...(action === undefined ? {} : { action }),
    resource,
    account,
    ...(document === undefined ? {} : { resourcePolicy: { document, kind: 'resource' as const, name: bucket.name } }),
    context: { ...requestKeys(call, owner), ...bucketTagKeys(bucket), ...pointKeys(call), ...context },
    ...beforeIt(call, { name: bucket.name, resource, ...(action === undefined ? {} : { action }), context }),
  }
}

function unlisted(bucket: Bucket): Bucket {
  const { acl: _, ...rest } = bucket
  return rest
}

/** Naming a version asks for another action than not naming one: `s3:GetObjectTagging` and `s3:GetObjectVersionTagging`. */
export function versioned(action: string, { VersionId }: OfObject): string {
  return VersionId === undefined ? action : action.replace('Object', 'ObjectVersion')
}

const AUTH_TYPES = {
  header: 'REST-HEADER',
  query: 'REST-QUERY-STRING',
  v2query: 'REST-QUERY-STRING',
  post: 'POST',
  v2post: 'POST',
} as const satisfies Record<NonNullable<Call['claim']>['form'], string>

/** The condition keys that every S3 action has. The signature's are there where there is one; its age is in milliseconds. */
export function requestKeys(
  { claim, headers, now, tlsVersion }: Call,
  owner: AccountId,
): Readonly<Record<string, string | undefined>> {
  const old = claim?.form === 'v2query' || claim?.form === 'v2post'
  const age = claim === undefined || old ? undefined : Math.max(0, now - momentOf(claim.time))
  return {
    's3:ResourceAccount': owner,
    's3:TlsVersion': tlsVersion,
    's3:authType': claim === undefined ? undefined : AUTH_TYPES[claim.form],
    's3:signatureAge': age === undefined ? undefined : String(age),
    's3:signatureversion': claim === undefined ? undefined : old ? 'AWS' : 'AWS4-HMAC-SHA256',
    's3:x-amz-content-sha256': headers['x-amz-content-sha256'],
  }
}

/** The condition keys that are named after headers, for those headers that came. */
export function headerKeys(
  headers: Call['headers'],
  names: readonly string[],
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(names.map((name) => [`s3:${name}`, headers[name]]))
}

export function bucketArn(name: string): string {
  return `arn:aws:s3:::${name}`
}

/** What a public access block refuses, in S3's words (S3 User Guide troubleshoot-403-errors). */
export function prevented(
  call: Call,
  { action, resource }: { readonly action: string; readonly resource: string },
  setting: 'BlockPublicPolicy' | 'BlockPublicAcls',
): Refusal {
  const arn = principalArn(call.principal)
  const what = setting === 'BlockPublicPolicy' ? 'public policies' : 'public ACLs'
  const why = `because ${what} are prevented by the ${setting} setting in S3 Block Public Access.`
  if (arn === undefined) return new Refusal('denied')
  return new Refusal('denied', `User: ${arn} is not authorized to perform: ${action} on resource: "${resource}" ${why}`)
}

export function invalidArgument(message: string, name: string, value: string): Refusal {
  return new Refusal('InvalidArgument', message, { ArgumentName: name, ArgumentValue: value })
}

/** Headers and values that ask for what is not built are refused as S3 refuses what it has not built. */
export function notImplemented(header: string): Refusal {
  return new Refusal('NotImplemented', 'A header you provided implies functionality that is not implemented', {
    Header: header,
  })
}
