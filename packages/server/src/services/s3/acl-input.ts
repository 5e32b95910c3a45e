/** An access control list as a request gives it: by one of the canned names, by grants in headers, or as a document. */

import type { AccountId, AclGrant } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { Refusal } from '../../refusal.ts'
import { ALL_USERS, AUTHENTICATED_USERS, GROUPS, LOG_DELIVERY, PERMISSIONS, type Acl, type Permission } from './acl.ts'
import { accountByCanonicalId, canonicalId } from './canonical.ts'
import { invalidArgument } from './shared.ts'

const GRANTS_AT_MOST = 100

/** S3 User Guide acl-overview, "Canned ACL". The owner's full control goes with each. */
const CANNED: Readonly<Record<string, readonly (readonly [string, Permission])[]>> = {
  private: [],
  'public-read': [[ALL_USERS, 'READ']],
  'public-read-write': [
    [ALL_USERS, 'READ'],
    [ALL_USERS, 'WRITE'],
  ],
  'authenticated-read': [[AUTHENTICATED_USERS, 'READ']],
  // The account of EC2's that this lets in is none of ours.
  'aws-exec-read': [],
  'log-delivery-write': [
    [LOG_DELIVERY, 'WRITE'],
    [LOG_DELIVERY, 'READ_ACP'],
  ],
}
/** Canned names that speak of an object and its bucket; on a bucket S3 passes over them. */
const OF_BUCKET_OWNER: Readonly<Record<string, Permission>> = {
  'bucket-owner-read': 'READ',
  'bucket-owner-full-control': 'FULL_CONTROL',
}

const HEADERS: Readonly<Record<string, Permission>> = {
  'x-amz-grant-full-control': 'FULL_CONTROL',
  'x-amz-grant-read': 'READ',
  'x-amz-grant-read-acp': 'READ_ACP',
  'x-amz-grant-write': 'WRITE',
  'x-amz-grant-write-acp': 'WRITE_ACP',
}
export const ACL_HEADERS: readonly string[] = ['x-amz-acl', ...Object.keys(HEADERS)]

/** `Grantee` and `Grant` as the codec reads them: nothing in them is sure. */
interface GivenGrantee {
  readonly Type?: string
  readonly ID?: string
  readonly URI?: string
  readonly EmailAddress?: string
}

export interface GivenAcl {
  readonly Owner?: { readonly ID?: string }
  readonly Grants?: readonly { readonly Grantee?: GivenGrantee; readonly Permission?: string }[]
}

/** Whose the thing is, and whose bucket it lies in. */
export interface Owners {
  readonly owner: AccountId
  readonly bucketOwner: AccountId
}

/** The list that the headers say, or nothing where they say none. */
export function aclOfHeaders(call: Call, owners: Owners): Acl | undefined {
  const canned = call.headers['x-amz-acl']
  const granting = Object.keys(HEADERS).filter((name) => call.headers[name] !== undefined)
  if (canned !== undefined && granting.length > 0) {
    throw new Refusal('InvalidRequest', 'Specifying both Canned ACLs and Header Grants is not allowed')
  }
  if (canned !== undefined) return cannedAcl(canned, owners)
  if (granting.length === 0) return undefined
  return limited(granting.flatMap((name) => headerGrants(call, name, HEADERS[name] ?? 'READ')))
}

/** The list of a request that is there to set one: it says it in one way, and not in two. */
export function requestedAcl(call: Call, document: GivenAcl | undefined, owners: Owners): Acl {
  const said = aclOfHeaders(call, owners)
  if (said !== undefined && document !== undefined) {
    throw new Refusal('UnexpectedContent', 'This request does not support content')
  }
  if (said !== undefined) return said
  if (document !== undefined) return documentAcl(call, document, owners)
  throw new Refusal('MissingSecurityHeader', 'Your request was missing a required header', {
    MissingHeaderName: 'x-amz-acl',
  })
}

function cannedAcl(name: string, { owner, bucketOwner }: Owners): Acl {
  const full: AclGrant = { grantee: { account: owner }, permission: 'FULL_CONTROL' }
  if (Object.hasOwn(OF_BUCKET_OWNER, name)) {
    if (owner === bucketOwner) return [full]
    return [full, { grantee: { account: bucketOwner }, permission: OF_BUCKET_OWNER[name] ?? 'READ' }]
  }
  if (!Object.hasOwn(CANNED, name)) throw invalidArgument('', 'x-amz-acl', name)
  const grants = (CANNED[name] ?? []).map(([group, permission]) => ({ grantee: { group }, permission }))
  return [full, ...grants]
}

const PART = /^\s*(id|uri|emailAddress)\s*=\s*(?:"([^"]*)"|([^",\s]+))\s*$/i

/** `id="…", uri="…", emailAddress="…"` */
function headerGrants(call: Call, name: string, permission: Permission): Acl {
  const value = call.headers[name] ?? ''
  return value.split(',').map((part) => {
    const [, kind = '', quoted, bare] = PART.exec(part) ?? []
    const text = quoted ?? bare
    if (text === undefined) throw invalidArgument('Argument format not recognized', name, value)
    return { grantee: granteeOf(call, kind.toLowerCase(), text), permission }
  })
}

function documentAcl(call: Call, { Owner, Grants }: GivenAcl, { owner }: Owners): Acl {
  if (Owner?.ID === undefined || Grants === undefined) throw malformedAcl()
  if (Owner.ID !== canonicalId(owner)) throw new Refusal('denied')
  const acl = Grants.map(({ Grantee = {}, Permission: given }) => {
    const permission = PERMISSIONS.find((one) => one === given)
    const [kind, text] = namedIn(Grantee)
    if (permission === undefined || text === undefined) throw malformedAcl()
    return { grantee: granteeOf(call, kind, text), permission }
  })
  return limited(acl)
}

function namedIn({ Type, ID, URI, EmailAddress }: GivenGrantee): readonly [string, string | undefined] {
  if (Type === 'CanonicalUser') return ['id', ID]
  if (Type === 'Group') return ['uri', URI]
  return ['emailaddress', Type === 'AmazonCustomerByEmail' ? EmailAddress : undefined]
}

function granteeOf(call: Call, kind: string, text: string): AclGrant['grantee'] {
  if (kind === 'uri') {
    if (GROUPS.includes(text)) return { group: text }
    throw invalidArgument('Invalid group uri', 'uri', text)
  }
  const account = kind === 'id' ? accountByCanonicalId(call.directory, text) : accountByEmail(call, text)
  if (account === undefined) throw invalidArgument('Invalid id', 'CanonicalUser/ID', text)
  return { account }
}

/** The list keeps the account, and never the address. */
function accountByEmail(call: Call, email: string): AccountId {
  for (const [id, member] of call.estate.organization.all('member')) {
    if (member.email.toLowerCase() === email.toLowerCase()) return id
  }
  const text = 'The e-mail address you provided does not match any account on record.'
  throw new Refusal('UnresolvableGrantByEmailAddress', text, { EmailAddress: email })
}

function limited(acl: Acl): Acl {
  if (acl.length > GRANTS_AT_MOST) throw malformedAcl()
  return acl
}

function malformedAcl(): Refusal {
  const text = 'The XML you provided was not well-formed or did not validate against our published schema'
  return new Refusal('MalformedACLError', text)
}
