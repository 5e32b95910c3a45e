/** Making a bucket: a name that is unique over all accounts, owned by one. */

import type { Bucket } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { DIRECTORY } from '../../directory.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { requestTags } from '../tags.ts'
import { hasNoAcls, isDefault, isPrivate } from './acl.ts'
import { ACL_HEADERS, aclOfHeaders } from './acl-input.ts'
import { refusePublicAcl } from './acl-refusals.ts'
import { refuseName, regionFor } from './bucket-name.ts'
import { tagsOf } from './bucket-tags.ts'
import { leftovers, type Leftovers } from './emptying.ts'
import { aclsLeft, ownershipOf } from './ownership.ts'
import { bucketArn, headerKeys, notImplemented, ownersOf, requestKeys } from './shared.ts'

type Created = Input<'s3:CreateBucket'>

const CREATE_KEYS = [...ACL_HEADERS, 'x-amz-object-ownership', 'x-amz-bucket-namespace']

/** s3:CreateBucket. Takes a name that nobody has; asking again for one's own is an error everywhere but in us-east-1. */
export const createBucket = operation('s3:CreateBucket', {
  needs: ({ Bucket }, { directory }) => [DIRECTORY, ...ownersOf(directory, Bucket)],
  asks(input, call) {
    refuseName(input.Bucket)
    const { id } = call.account
    const { LocationConstraint, Tags = [] } = input.CreateBucketConfiguration ?? {}
    const context = {
      ...requestKeys(call, id),
      ...headerKeys(call.headers, CREATE_KEYS),
      ...requestTags(Tags),
      's3:locationconstraint': LocationConstraint,
    }
    const about = { resource: bucketArn(input.Bucket), account: id, context }
    return [about, ...alsoAsked(input, call).map((action) => ({ ...about, action }))]
  },
  refusals: [
    'BadRequest',
    'BucketAlreadyExists',
    'BucketAlreadyOwnedByYou',
    'IllegalLocationConstraintException',
    'InvalidArgument',
    'InvalidBucketAclWithObjectOwnership',
    'InvalidBucketName',
    'InvalidRequest',
    'InvalidTag',
    'TooManyBuckets',
  ],
  prepare: ({ Bucket: name }, call) => leftoversOf(call, name),
  run(input, call) {
    const { Bucket: name } = input
    refuseUnbuilt(input)
    const region = regionFor(call.region, input.CreateBucketConfiguration?.LocationConstraint)
    const output = { Location: region === 'us-east-1' ? `/${name}` : `http://${name}.s3.amazonaws.com/` }
    const { id, all } = call.account
    const taken = call.directory.all('bucketName').get(name)
    if (taken !== undefined) {
      refuseTaken(name, {
        own: taken.account === id,
        again: taken.region === 'us-east-1' && call.region === 'us-east-1',
      })
      return { output, changes: withoutAcl(call, name) }
    }
    if (all('bucket').size >= call.quota('s3:Buckets')) {
      throw new Refusal('TooManyBuckets', 'You have attempted to create more buckets than allowed')
    }
    const bucket = newBucket(input, call, region)
    const { changes, afterwards } = call.prepared
    return {
      output,
      changes: [
        put(DIRECTORY, 'bucketName', name, { account: id, region }),
        put(id, 'bucket', name, bucket),
        ...changes,
      ],
      afterwards,
    }
  },
})

/** What the bucket is born with is asked for as if it were put on it afterwards (API_CreateBucket, "Permissions"). */
function alsoAsked({ ObjectOwnership, CreateBucketConfiguration }: Created, { headers }: Call): readonly string[] {
  const { 'x-amz-acl': canned = 'private' } = headers
  const lists = canned !== 'private' || ACL_HEADERS.some((name) => name !== 'x-amz-acl' && headers[name] !== undefined)
  const tagged = (CreateBucketConfiguration?.Tags ?? []).length > 0
  return [
    ...(lists ? ['s3:PutBucketAcl'] : []),
    ...(ObjectOwnership === undefined ? [] : ['s3:PutBucketOwnershipControls']),
    ...(tagged ? ['s3:TagResource'] : []),
  ]
}

function newBucket(input: Created, call: Call, region: string): Bucket {
  const { id } = call.account
  const tags = tagsOf(input.CreateBucketConfiguration?.Tags)
  const acl = aclOfHeaders(call, { owner: id, bucketOwner: id })
  const ownership = ownershipFor(input, call)
  const bucket: Bucket = { name: input.Bucket, region, createdAt: wholeSecond(call.now), tags, ...ownership }
  if (acl === undefined || isDefault(acl, id)) return bucket
  if (hasNoAcls(bucket) && !isPrivate(acl, id)) throw aclsLeft()
  refusePublicAcl(call, { bucket, owner: id }, acl, { action: 's3:PutBucketAcl', resource: bucketArn(input.Bucket) })
  return { ...bucket, acl }
}

/** A bucket that is made with a private list, and nothing said of ownership, has lists (versity/versitygw#1869, recorded of S3). */
function ownershipFor({ ObjectOwnership }: Created, { headers }: Call): Pick<Bucket, 'ownership'> {
  if (ObjectOwnership !== undefined) return { ownership: ownershipOf(ObjectOwnership) }
  return headers['x-amz-acl'] === 'private' ? { ownership: 'BucketOwnerPreferred' } : {}
}

/** Asking again for one's own bucket in us-east-1 succeeds and takes its list off (API_CreateBucket). */
function withoutAcl(call: Call, name: string) {
  const bucket = call.account.all('bucket').get(name)
  if (bucket?.acl === undefined) return []
  const { acl: _, ...rest } = bucket
  return [put(call.account.id, 'bucket', name, rest)]
}

/** What a lost race left under a name that nobody has. */
async function leftoversOf(call: Call, name: string): Promise<Leftovers> {
  if (call.directory.all('bucketName').has(name)) return { changes: [], afterwards: async () => {} }
  return leftovers(call, { owner: call.account.id, bucket: name })
}

/** Object lock, directory buckets and names of an account's own are not built. */
function refuseUnbuilt({ ObjectLockEnabledForBucket, BucketNamespace, CreateBucketConfiguration }: Created): void {
  if (ObjectLockEnabledForBucket === true) throw notImplemented('x-amz-bucket-object-lock-enabled')
  if (BucketNamespace !== undefined && BucketNamespace !== 'global') throw notImplemented('x-amz-bucket-namespace')
  const { Bucket: kind, Location } = CreateBucketConfiguration ?? {}
  if (kind !== undefined || Location !== undefined)
    throw new Refusal('notBuilt', 'sallyport has not built directory buckets')
}

function refuseTaken(name: string, { own, again }: { readonly own: boolean; readonly again: boolean }): void {
  if (!own) {
    throw new Refusal(
      'BucketAlreadyExists',
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
      { BucketName: name },
    )
  }
  if (again) return
  throw new Refusal(
    'BucketAlreadyOwnedByYou',
    'Your previous request to create the named bucket succeeded and you already own it.',
    {
      BucketName: name,
    },
  )
}

function wholeSecond(time: number): number {
  return Math.floor(time / 1000) * 1000
}
