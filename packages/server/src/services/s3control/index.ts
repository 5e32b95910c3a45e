/** Amazon S3 Control: access points, and what an account blocks in all of its buckets. */

import { service } from '../../service.ts'
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from './account-public-access-block.ts'
import { createAccessPoint, deleteAccessPoint, getAccessPoint, listAccessPoints } from './access-point.ts'
import {
  deleteAccessPointPolicy,
  getAccessPointPolicy,
  getAccessPointPolicyStatus,
  putAccessPointPolicy,
} from './access-point-policy.ts'
import { listTagsForResource, tagResource, untagResource } from './tag.ts'

export const s3control = service('s3control', [
  createAccessPoint,
  deleteAccessPoint,
  deleteAccessPointPolicy,
  deletePublicAccessBlock,
  getAccessPoint,
  getAccessPointPolicy,
  getAccessPointPolicyStatus,
  getPublicAccessBlock,
  listAccessPoints,
  listTagsForResource,
  putAccessPointPolicy,
  putPublicAccessBlock,
  tagResource,
  untagResource,
])
