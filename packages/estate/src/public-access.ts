/**
 * What S3 calls public, and what it keeps out: a policy that lets in more than a fixed set of callers, and the block that
 * refuses or restricts such policies. S3 User Guide access-control-block-public-access, "The meaning of public".
 */

import { parse, type ConditionLine, type Statement } from '@sallyport/policy'
import type { AccountSelf, Bucket, PublicAccessBlock } from './account.ts'

const ALL: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
}
const NONE: PublicAccessBlock = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
}

/** The bucket's own block: everything on a new bucket, `undefined` where it was removed. */
export function ownBlock({ publicAccessBlock = ALL }: Bucket): PublicAccessBlock | undefined {
  return publicAccessBlock === 'removed' ? undefined : publicAccessBlock
}

/** What bears on a bucket: of its own block and its account's, whichever blocks more. */
export function effectiveBlock(bucket: Bucket, owner: AccountSelf | undefined): PublicAccessBlock {
  const { blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets } = ownBlock(bucket) ?? NONE
  const account = owner?.publicAccessBlock ?? NONE
  return {
    blockPublicAcls: blockPublicAcls || account.blockPublicAcls,
    ignorePublicAcls: ignorePublicAcls || account.ignorePublicAcls,
    blockPublicPolicy: blockPublicPolicy || account.blockPublicPolicy,
    restrictPublicBuckets: restrictPublicBuckets || account.restrictPublicBuckets,
  }
}

/** Whether a policy of a bucket or access point is public. One that cannot be read is: S3 begins by assuming it. */
export function isPublic(text: string): boolean {
  const parsed = parse(text, 'resource')
  return !parsed.ok || parsed.document.statements.some(letsAnybodyIn)
}

function letsAnybodyIn({ effect, principal, conditions }: Statement): boolean {
  if (effect !== 'Allow') return false
  if (principal !== undefined && !principal.everyone) return false
  return !conditions.some(isFixed)
}

/** A wildcard or a policy variable: no fixed value. */
const LOOSE = /[*?]|\$\{/

const FIXED_KEYS: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ...[
    'aws:PrincipalOrgID',
    'aws:PrincipalOrgPaths',
    'aws:PrincipalArn',
    'aws:PrincipalAccount',
    'aws:SourceArn',
    'aws:SourceVpc',
    'aws:SourceVpce',
    'aws:SourceOwner',
    'aws:SourceAccount',
    'aws:SourceOrgID',
    'aws:userid',
    's3:DataAccessPointAccount',
    's3:x-amz-server-side-encryption-aws-kms-key-id',
  ].map((key) => [key.toLowerCase(), isTight] as const),
  ['aws:sourceip', isNarrow] as const,
  ['s3:dataaccesspointarn', isOfOneAccount] as const,
])

const ASKING_FOR_IT =
  /^(?:ForAnyValue:)?(?:StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress)$/i

/** Whether a condition lets in a fixed set alone. One that holds where the key is absent (`IfExists`, `ForAllValues`) does not. */
function isFixed({ operator, key, values }: ConditionLine): boolean {
  const fixed = FIXED_KEYS.get(key.toLowerCase())
  return fixed !== undefined && ASKING_FOR_IT.test(operator) && values.length > 0 && values.every(fixed)
}

function isTight(value: string): boolean {
  return !LOOSE.test(value)
}

/** An access point's name may be loose as long as its account is not. */
function isOfOneAccount(value: string): boolean {
  return /^arn:aws[a-z-]*:s3:[^:]*:\d{12}:accesspoint\//.test(value) && !value.includes('${')
}

const PRIVATE = [/^10\./, /^172\.(?:1[6-9]|2\d|3[01])\./, /^192\.168\./]

/** A range is public where it is broader than /8, or /32 in IPv6; private ranges are not public however broad. */
function isNarrow(value: string): boolean {
  if (LOOSE.test(value)) return false
  const [address = '', length] = value.split('/')
  if (length === undefined) return address !== ''
  if (address.includes(':')) return Number(length) >= 32
  return Number(length) >= 8 || (Number(length) > 0 && PRIVATE.some((range) => range.test(address)))
}
