/**
 * An access control list as the policy statements that it amounts to (S3 User Guide acl-overview, "Mapping of ACL
 * permissions and access policy permissions"), so that one law decides on both.
 */

import {
  effectiveBlock,
  type AccountId,
  type AccountSelf,
  type AclGrant,
  type AddedStatement,
  type Bucket,
} from '@sallyport/estate'
import { ALL_USERS, AUTHENTICATED_USERS, hasNoAcls, isPublicGrant, type Acl, type Permission } from './acl.ts'

type Actions = Readonly<Record<Permission, readonly string[]>>

/** Listing is asked about the bucket, writing about what is written: a grant of both is two statements. */
const ON_BUCKET: Actions = full({
  READ: ['s3:ListBucket', 's3:ListBucketMultipartUploads', 's3:ListBucketVersions'],
  READ_ACP: ['s3:GetBucketAcl'],
  WRITE: [],
  WRITE_ACP: ['s3:PutBucketAcl'],
})
const IN_BUCKET: Actions = full({ READ: [], READ_ACP: [], WRITE: ['s3:PutObject'], WRITE_ACP: [] })
const ON_OBJECT: Actions = full({
  READ: ['s3:GetObject', 's3:GetObjectVersion'],
  READ_ACP: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
  WRITE: [],
  WRITE_ACP: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
})

interface Where {
  readonly bucket: string
  /** Whose the bucket or object is: what its list grants to its owner adds nothing to the account's own policies. */
  readonly owner: AccountId
  /** Whether the list is that of an object, and not the bucket's. */
  readonly object?: boolean
  /** `IgnorePublicAcls`: grants to everybody count as none. */
  readonly ignorePublic?: boolean
}

export function aclStatements(acl: Acl, { bucket, owner, object = false, ignorePublic = false }: Where) {
  const arn = `arn:aws:s3:::${bucket}`
  const bearing = acl.filter((grant) => !isOwners(grant, owner) && !(ignorePublic && isPublicGrant(grant)))
  const statements = bearing.flatMap((grant) =>
    object
      ? statement(grant, ON_OBJECT, `${arn}/*`)
      : [...statement(grant, ON_BUCKET, arn), ...statement(grant, IN_BUCKET, `${arn}/*`)],
  )
  const of = object ? "the object's ACL" : "the bucket's ACL"
  return statements.map((one, i) => ({ Sid: `${of}: ${i + 1}`, ...one }))
}

/** What the bucket's own list adds to its policy. */
export function bucketAclStatements(bucket: Bucket, owner: AccountId, self: AccountSelf | undefined) {
  if (bucket.acl === undefined || hasNoAcls(bucket)) return []
  const ignorePublic = effectiveBlock(bucket, self).ignorePublicAcls
  return aclStatements(bucket.acl, { bucket: bucket.name, owner, ignorePublic })
}

function statement({ grantee, permission }: AclGrant, actions: Actions, arn: string): readonly AddedStatement[] {
  if (actions[permission].length === 0) return []
  return [{ Effect: 'Allow', ...principalOf(grantee), Action: actions[permission], Resource: arn }]
}

/** Whoever signs is an authenticated user, of any account. */
function principalOf(grantee: AclGrant['grantee']): AddedStatement {
  if ('account' in grantee) return { Principal: { AWS: `arn:aws:iam::${grantee.account}:root` } }
  if (grantee.group === ALL_USERS) return { Principal: '*' }
  if (grantee.group !== AUTHENTICATED_USERS) return { Principal: { Service: 'logging.s3.amazonaws.com' } }
  return { Principal: '*', Condition: { StringNotEquals: { 'aws:PrincipalType': 'Anonymous' } } }
}

function isOwners({ grantee }: AclGrant, owner: AccountId): boolean {
  return 'account' in grantee && grantee.account === owner
}

function full(actions: Omit<Actions, 'FULL_CONTROL'>): Actions {
  return { ...actions, FULL_CONTROL: Object.values(actions).flat() }
}
