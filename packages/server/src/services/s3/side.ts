/**
 * Whose side of a request a bucket's or an object's is: the account whose it is, and the document that speaks for it.
 * An object of another account's than the bucket's goes by its list alone; of the bucket's policy only what it denies
 * bears on it (S3 User Guide how-s3-evaluates-access-control, about-object-ownership).
 */

import {
  bucketPolicy,
  effectiveBlock,
  restriction,
  SELF,
  type AccountId,
  type AddedStatement,
  type Bucket,
} from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { aclStatements, bucketAclStatements } from './acl-policy.ts'
import type { Listed, Owned } from './shared.ts'

export interface Side {
  readonly account: AccountId
  readonly document: string | undefined
}

export function sideOf(call: Pick<Call, 'estate'>, { bucket, owner }: Owned, listed: Listed | undefined): Side {
  const self = call.estate.account(owner)?.all('self').get(SELF)
  const added = bucketAclStatements(bucket, owner, self)
  if (listed === undefined) return { account: owner, document: bucketPolicy(bucket, owner, { self, added }) }
  const block = effectiveBlock(bucket, self)
  const where = { bucket: bucket.name, owner: listed.owner, object: true, ignorePublic: block.ignorePublicAcls }
  const own = aclStatements(listed.acl, where)
  if (listed.owner === owner) {
    return { account: owner, document: bucketPolicy(bucket, owner, { self, added: [...added, ...own] }) }
  }
  const saved = bucket.policy?.document
  const restricted = saved !== undefined && block.restrictPublicBuckets ? restriction(saved, owner) : []
  const document = bucketPolicy(onlyDenials(bucket), owner, { self, added: [...own, ...restricted] })
  return { account: listed.owner, document }
}

function onlyDenials({ policy, ...bucket }: Bucket): Bucket {
  if (policy === undefined) return bucket
  const { Statement = [], ...rest } = JSON.parse(policy.document) as { readonly Statement?: Statements } // it was parsed when it was put
  const denials = [Statement].flat().filter(({ Effect }) => Effect === 'Deny')
  if (denials.length === 0) return bucket
  return { ...bucket, policy: { document: JSON.stringify({ ...rest, Statement: denials }) } }
}

type Statements = AddedStatement | readonly AddedStatement[]
