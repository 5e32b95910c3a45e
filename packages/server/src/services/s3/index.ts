/** Amazon Simple Storage Service: buckets and objects. */

import { service } from '../../service.ts'
import { abortMultipartUpload } from './abort-upload.ts'
import { getBucketAcl, putBucketAcl } from './bucket-acl.ts'
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './bucket-policy.ts'
import { bucketSettings } from './bucket-settings.ts'
import { abac, deleteBucketTagging, getBucketTagging, putBucketTagging } from './bucket-tags.ts'
import { getBucketVersioning, putBucketVersioning } from './bucket-versioning.ts'
import { deleteBucket, getBucketLocation, headBucket, listBuckets } from './bucket.ts'
import { completeMultipartUpload } from './complete-upload.ts'
import { copyObject } from './copy-object.ts'
import { cors } from './cors.ts'
import { createBucket } from './create-bucket.ts'
import { createMultipartUpload } from './create-upload.ts'
import { deleteObject, deleteObjects } from './delete-object.ts'
import { getObject, headObject } from './get-object.ts'
import { lifecycle } from './lifecycle.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { listMultipartUploads, listParts } from './list-uploads.ts'
import { listObjectVersions } from './list-versions.ts'
import { getObjectAcl, putObjectAcl } from './object-acl.ts'
import { getObjectAttributes } from './object-attributes.ts'
import { getObjectLegalHold, getObjectRetention, putObjectLegalHold, putObjectRetention } from './object-lock.ts'
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts'
import { deleteBucketOwnershipControls, getBucketOwnershipControls, putBucketOwnershipControls } from './ownership.ts'
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from './public-access-block.ts'
import { putObject } from './put-object.ts'
import { throughAccessPoint } from './through.ts'
import { uploadPart, uploadPartCopy } from './upload-part.ts'
import { website } from './website.ts'

export const s3 = service(
  's3',
  [
    ...abac,
    ...bucketSettings,
    ...cors,
    ...lifecycle,
    ...website,
    abortMultipartUpload,
    completeMultipartUpload,
    copyObject,
    createBucket,
    createMultipartUpload,
    deleteBucket,
    deleteBucketOwnershipControls,
    deleteBucketPolicy,
    deleteBucketTagging,
    deleteObject,
    deleteObjectTagging,
    deleteObjects,
    deletePublicAccessBlock,
    getBucketAcl,
    getBucketLocation,
    getBucketOwnershipControls,
    getBucketPolicy,
    getBucketPolicyStatus,
    getBucketTagging,
    getBucketVersioning,
    getObject,
    getObjectAcl,
    getObjectAttributes,
    getObjectLegalHold,
    getObjectRetention,
    getObjectTagging,
    getPublicAccessBlock,
    headBucket,
    headObject,
    listBuckets,
    listMultipartUploads,
    listObjectVersions,
    listObjects,
    listObjectsV2,
    listParts,
    putBucketAcl,
    putBucketOwnershipControls,
    putBucketPolicy,
    putBucketTagging,
    putBucketVersioning,
    putObject,
    putObjectAcl,
    putObjectLegalHold,
    putObjectRetention,
    putObjectTagging,
    putPublicAccessBlock,
    uploadPart,
    uploadPartCopy,
  ],
  throughAccessPoint,
)
