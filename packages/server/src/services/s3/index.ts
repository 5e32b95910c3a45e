/** Amazon Simple Storage Service: buckets and objects, without versions and access control lists. */

import { service } from '../../service.ts'
import { deleteBucket, getBucketLocation, headBucket, listBuckets } from './bucket.ts'
import { copyObject } from './copy-object.ts'
import { createBucket } from './create-bucket.ts'
import { deleteObject, deleteObjects } from './delete-object.ts'
import { getObject, headObject } from './get-object.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { putObject } from './put-object.ts'

export const s3 = service('s3', [
  copyObject,
  createBucket,
  deleteBucket,
  deleteObject,
  deleteObjects,
  getBucketLocation,
  getObject,
  headBucket,
  headObject,
  listBuckets,
  listObjects,
  listObjectsV2,
  putObject,
])
