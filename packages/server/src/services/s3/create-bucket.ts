/** Making a bucket: a name that is unique over all accounts, owned by one. */

import type { Bucket } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { DIRECTORY } from '../../directory.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { refuseName, regionFor } from './bucket-name.ts'
import { leftovers, type Leftovers } from './emptying.ts'
import { bucketArn, headerKeys, notImplemented, ownersOf, requestKeys } from './shared.ts'

const BUCKETS_AT_MOST = 10_000
const CREATE_KEYS = [
  'x-amz-acl',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-object-ownership',
]

/** s3:CreateBucket. Takes a name that nobody has; asking again for one's own is an error everywhere but in us-east-1. */
export const createBucket = operation('s3:CreateBucket', {
  needs: ({ Bucket }, { directory }) => [DIRECTORY, ...ownersOf(directory, Bucket)],
  asks(input, call) {
    refuseName(input.Bucket)
    const { id } = call.account
    const constraint = { 's3:locationconstraint': input.CreateBucketConfiguration?.LocationConstraint }
    const context = { ...requestKeys(call, id), ...headerKeys(call.headers, CREATE_KEYS), ...constraint }
    return { resource: bucketArn(input.Bucket), account: id, context }
  },
  refusals: [
    'BucketAlreadyExists',
    'BucketAlreadyOwnedByYou',
    'IllegalLocationConstraintException',
    'InvalidBucketName',
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
      return { output }
    }
    if (all('bucket').size >= BUCKETS_AT_MOST) {
      throw new Refusal('TooManyBuckets', 'You have attempted to create more buckets than allowed')
    }
    const bucket: Bucket = { name, region, createdAt: wholeSecond(call.now), tags: [] }
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

/** What a lost race left under a name that nobody has. */
async function leftoversOf(call: Call, name: string): Promise<Leftovers> {
  if (call.directory.all('bucketName').has(name)) return { changes: [], afterwards: async () => {} }
  return leftovers(call, { owner: call.account.id, bucket: name })
}

/** A bucket without access control lists, object lock or tags is what is built. */
function refuseUnbuilt({
  ACL,
  ObjectOwnership,
  ObjectLockEnabledForBucket,
  CreateBucketConfiguration,
}: Input<'s3:CreateBucket'>): void {
  if (ACL !== undefined && ACL !== 'private') {
    throw new Refusal(
      'InvalidBucketAclWithObjectOwnership',
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )
  }
  if (ObjectOwnership !== undefined && ObjectOwnership !== 'BucketOwnerEnforced')
    throw notImplemented('x-amz-object-ownership')
  if (ObjectLockEnabledForBucket === true) throw notImplemented('x-amz-bucket-object-lock-enabled')
  const { Bucket: kind, Location, Tags = [] } = CreateBucketConfiguration ?? {}
  if (kind !== undefined || Location !== undefined)
    throw new Refusal('notBuilt', 'sallyport has not built directory buckets')
  if (Tags.length > 0) throw new Refusal('notBuilt', 'sallyport has not built tags of buckets')
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
