/** Amazon Simple Storage Service: buckets and objects. */

import { service } from '../../service.ts'
import { deleteBucket, getBucketLocation, headBucket, listBuckets } from './bucket.ts'
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './bucket-policy.ts'
import { copyObject } from './copy-object.ts'
import { createBucket } from './create-bucket.ts'
import { deleteObject, deleteObjects } from './delete-object.ts'
import { getObject, headObject } from './get-object.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from './public-access-block.ts'
import { putObject } from './put-object.ts'
import { throughAccessPoint } from './through.ts'

export const s3 = service(
  's3',
  [
    copyObject,
    createBucket,
    deleteBucket,
    deleteBucketPolicy,
    deleteObject,
    deleteObjects,
    deletePublicAccessBlock,
    getBucketLocation,
    getBucketPolicy,
    getBucketPolicyStatus,
    getObject,
    getPublicAccessBlock,
    headBucket,
    headObject,
    listBuckets,
    listObjects,
    listObjectsV2,
    putBucketPolicy,
    putObject,
    putPublicAccessBlock,
  ],
  throughAccessPoint,
)
