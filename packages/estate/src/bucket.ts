/** What a bucket's own side says of a request: its policy, with what S3 adds to it. One text, so that one law reads it. */

import type { AccountId, AccountSelf, Bucket } from './account.ts'
import { effectiveBlock, isPublic } from './public-access.ts'

/** A statement that S3 adds, in the form of policies. */
export type AddedStatement = Readonly<Record<string, unknown>>

interface Effective {
  readonly restricted: boolean
  readonly text: string | undefined
}

/** Rows never change: what follows from one is kept as long as it is. */
const known = new WeakMap<Bucket, Effective>()

/**
 * The policy as it is enforced. A public one under `RestrictPublicBuckets` refuses, explicitly, everybody but the owner's
 * own account and AWS's services (S3 User Guide troubleshoot-403-errors); `added` are the statements that an ACL amounts to.
 */
export function bucketPolicy(
  bucket: Bucket,
  owner: AccountId,
  { self, added = [] }: { readonly self: AccountSelf | undefined; readonly added?: readonly AddedStatement[] },
): string | undefined {
  const saved = bucket.policy?.document
  const restricted = saved !== undefined && effectiveBlock(bucket, self).restrictPublicBuckets
  if (added.length > 0) return withStatements(saved, [...added, ...(restricted ? restriction(saved, owner) : [])])
  const before = known.get(bucket)
  if (before?.restricted === restricted) return before.text
  const text = restricted ? withStatements(saved, restriction(saved, owner)) : saved
  known.set(bucket, { restricted, text })
  return text
}

export function restriction(document: string, owner: AccountId): readonly AddedStatement[] {
  if (!isPublic(document)) return []
  return [
    {
      Sid: 'S3 Block Public Access: RestrictPublicBuckets',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: '*',
      Condition: {
        StringNotEquals: { 'aws:PrincipalAccount': owner },
        Bool: { 'aws:PrincipalIsAWSService': 'false' },
      },
    },
  ]
}

/** The policy with more statements behind its own. */
export function withStatements(document: string | undefined, added: readonly AddedStatement[]): string | undefined {
  if (added.length === 0) return document
  const policy = document === undefined ? { Version: '2012-10-17' } : read(document)
  const { Statement = [] } = policy
  return JSON.stringify({ ...policy, Statement: [...(Array.isArray(Statement) ? Statement : [Statement]), ...added] })
}

function read(document: string): Readonly<Record<string, unknown>> {
  const policy: unknown = JSON.parse(document) // saved after it was parsed
  return typeof policy === 'object' && policy !== null ? { ...policy } : {}
}
