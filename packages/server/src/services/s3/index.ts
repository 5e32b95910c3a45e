/** Amazon Simple Storage Service: buckets and objects. */

import { service } from '../../service.ts'
import { deleteBucket, getBucketLocation, headBucket, listBuckets } from './bucket.ts'
import { getBucketAcl, putBucketAcl } from './bucket-acl.ts'
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './bucket-policy.ts'
import { bucketSettings } from './bucket-settings.ts'
import { abac, deleteBucketTagging, getBucketTagging, putBucketTagging } from './bucket-tags.ts'
import { copyObject } from './copy-object.ts'
import { cors } from './cors.ts'
import { createBucket } from './create-bucket.ts'
import { deleteObject, deleteObjects } from './delete-object.ts'
import { getObject, headObject } from './get-object.ts'
import { lifecycle } from './lifecycle.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { deleteBucketOwnershipControls, getBucketOwnershipControls, putBucketOwnershipControls } from './ownership.ts'
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from './public-access-block.ts'
import { putObject } from './put-object.ts'
import { throughAccessPoint } from './through.ts'
import { website } from './website.ts'

export const s3 = service(
  's3',
  [
    ...abac,
    ...bucketSettings,
    ...cors,
    ...lifecycle,
    ...website,
    copyObject,
    createBucket,
    deleteBucket,
    deleteBucketOwnershipControls,
    deleteBucketPolicy,
    deleteBucketTagging,
    deleteObject,
    deleteObjects,
    deletePublicAccessBlock,
    getBucketAcl,
    getBucketLocation,
    getBucketOwnershipControls,
    getBucketPolicy,
    getBucketPolicyStatus,
    getBucketTagging,
    getObject,
    getPublicAccessBlock,
    headBucket,
    headObject,
    listBuckets,
    listObjects,
    listObjectsV2,
    putBucketAcl,
    putBucketOwnershipControls,
    putBucketPolicy,
    putBucketTagging,
    putObject,
    putPublicAccessBlock,
  ],
  throughAccessPoint,
)
