/** An account as plain data: its identities, their policies, and the resources it owns. One account is one partition. */

import type { BoundPolicy } from './bind.ts'
import type { ServerCertificate, ServiceCredential, SigningCertificate, SshPublicKey } from './records.ts'
import type { AlternateContact, PrimaryContact } from './contact.ts'
import type { OpenIdProvider, TokenIssuer } from './federation.ts'
import type { QuotaRequest, QuotaTags } from './quota.ts'
import type { SamlProvider } from './saml.ts'
import type { Instance, KeyPair, NetworkTags, SecurityGroup } from './ec2.ts'
import type { LoginProfile, MfaDevice, PasswordPolicy } from './sign-in.ts'

export type AccountId = string

export interface Tag {
  readonly key: string
  readonly value: string
}

/** A policy written into a user, group or role. `document` is the text as it was given. */
export interface InlinePolicy {
  readonly name: string
  readonly document: string
}

interface Identity {
  readonly name: string
  /** Begins and ends with `/`. */
  readonly path: string
  /** The unique id: AIDA…, AGPA…, AROA…, ANPA…. It never comes again, even for the same name. */
  readonly id: string
  /** Epoch milliseconds, as are all times here. */
  readonly createdAt: number
}

interface PolicyHolder extends Identity {
  readonly inline: readonly InlinePolicy[]
  /** ARNs of managed policies. */
  readonly attached: readonly string[]
}

export interface User extends PolicyHolder {
  readonly kind: 'user'
  /** Keys of groups: names in lower case. */
  readonly groups: readonly string[]
  readonly boundary?: string
  readonly tags: readonly Tag[]
  readonly passwordLastUsed?: number
}

export interface Group extends PolicyHolder {
  readonly kind: 'group'
}

export interface Role extends PolicyHolder {
  readonly kind: 'role'
  readonly description?: string
  /** Seconds, 3,600 … 43,200. */
  readonly maxSession: number
  /** The trust policy, with the users and roles it names replaced by their unique ids (`bindPrincipals`). */
  readonly trust: BoundPolicy
  readonly boundary?: string
  readonly tags: readonly Tag[]
}

export interface PolicyVersion {
  /** `v1`, `v2`, … */
  readonly id: string
  readonly document: string
  readonly createdAt: number
}

export interface ManagedPolicy extends Identity {
  readonly kind: 'policy'
  readonly description?: string
  readonly updatedAt: number
  readonly defaultVersion: string
  readonly versions: readonly PolicyVersion[]
  /** The number that the next version takes: numbers are never used twice. */
  readonly nextVersion: number
  readonly tags: readonly Tag[]
}

export interface AccessKey {
  readonly id: string
  /** The owner's unique id. */
  readonly userId: string
  readonly status: 'Active' | 'Inactive'
  readonly createdAt: number
  /** The secret, encrypted at rest. Only the server can open it. */
  readonly sealedSecret: string
}

export interface Bucket {
  readonly name: string
  readonly region: string
  readonly createdAt: number
  readonly tags: readonly Tag[]
  readonly policy?: BoundPolicy
  /** Absent until versions were first asked for; then they are kept, or no longer. */
  readonly versioning?: 'Enabled' | 'Suspended'
  /** Absent as on a new bucket, where everything is blocked. */
  readonly publicAccessBlock?: PublicAccessBlock | 'removed'
  /** Absent as on a new bucket: `BucketOwnerEnforced`. Where the controls were removed, writers own their objects. */
  readonly ownership?: ObjectOwnership | 'removed'
  /** Absent where the list is the private one: nothing but the owner's full control. */
  readonly acl?: readonly AclGrant[]
  /** Sub-resources that are kept as they were given and told again, by the names that queries have for them: `cors`, `lifecycle`, … */
  readonly settings?: Readonly<Record<string, unknown>>
}

/** An upload in parts that is under way: what its first call said, until it is completed or given up. */
export interface Upload {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly initiatedAt: number
  readonly initiator: { readonly account: AccountId | undefined; readonly arn: string | undefined }
  /** How often a part was written: whoever read the parts sees by it whether they are still the same. */
  readonly writes: number
}

export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter'

/** What is refused to the public, in a bucket or in all of an account's. */
export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean
  readonly ignorePublicAcls: boolean
  readonly blockPublicPolicy: boolean
  readonly restrictPublicBuckets: boolean
}

/** One line of an access control list. */
export interface AclGrant {
  /** An account, or one of S3's groups by its URI. */
  readonly grantee: { readonly account: AccountId } | { readonly group: string }
  readonly permission: 'FULL_CONTROL' | 'READ' | 'READ_ACP' | 'WRITE' | 'WRITE_ACP'
}

/** A door of its own to a bucket, with a policy of its own. It may belong to another account than the bucket. */
export interface AccessPoint {
  readonly name: string
  readonly region: string
  readonly bucket: string
  readonly bucketAccount: AccountId
  /** What may stand for it where a bucket's name is wanted. */
  readonly alias: string
  readonly createdAt: number
  readonly publicAccessBlock: PublicAccessBlock
  /** The only network that it is open to; absent where it is open to all. */
  readonly vpc?: string
  readonly policy?: BoundPolicy
}

export interface LambdaFunction {
  readonly name: string
  readonly region: string
  readonly runtime?: string
  readonly handler?: string
  /** The execution role's ARN. */
  readonly role: string
  readonly description: string
  /** Seconds. */
  readonly timeout: number
  /** MiB. */
  readonly memory: number
  readonly packageType: 'Zip' | 'Image'
  readonly architectures: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly codeSize: number
  /** SHA-256 of the deployment package, base64. */
  readonly codeSha256: string
  readonly revisionId: string
  readonly updatedAt: number
  readonly tags: readonly Tag[]
  /** Of the function as it is named without a qualifier. */
  readonly policy?: BoundPolicy
  /** Of its versions and aliases, by their names: each has its own. */
  readonly qualifiedPolicies?: Readonly<Record<string, BoundPolicy>>
}

/** A log group of CloudWatch Logs. Its streams and events lie on shelves. */
export interface LogGroup {
  readonly name: string
  readonly region: string
  readonly createdAt: number
  readonly retentionDays?: number
  readonly tags: readonly Tag[]
}

/** What an EC2 instance may run as: a role under a name of its own. AWS lets a profile have one role, or none yet. */
export interface InstanceProfile extends Identity {
  readonly kind: 'instanceProfile'
  /** The role's name. A role cannot go while a profile has it. */
  readonly role?: string
  readonly tags: readonly Tag[]
}

/** A quota of the account's that was raised. */
export interface RaisedQuota {
  readonly value: number
}

/** The account's own row. */
export interface AccountSelf {
  readonly id: AccountId
  readonly createdAt: number
  readonly alias?: string
  /** Of tokens that the global endpoint gives; 1 where nobody said. */
  readonly globalEndpointTokenVersion?: 1 | 2
  /** What all buckets of the account block, whatever their own settings. */
  readonly publicAccessBlock?: PublicAccessBlock
}

/** What an account's partition holds, kind by kind. Keys are said in `keys.ts`. */
export interface AccountKinds {
  readonly self: AccountSelf
  /** Under its URL without scheme. */
  readonly oidcProvider: OpenIdProvider
  readonly samlProvider: SamlProvider
  readonly tokenIssuer: TokenIssuer
  readonly serverCertificate: ServerCertificate
  readonly signingCertificate: SigningCertificate
  readonly sshPublicKey: SshPublicKey
  readonly serviceCredential: ServiceCredential
  /** Service-linked roles that were deleted, under the ids of the tasks that did it. */
  readonly roleDeletion: { readonly id: string; readonly role: string; readonly at: number }
  readonly user: User
  readonly group: Group
  readonly role: Role
  readonly policy: ManagedPolicy
  readonly accessKey: AccessKey
  readonly loginProfile: LoginProfile
  /** Under `SELF`. */
  readonly passwordPolicy: PasswordPolicy
  readonly mfaDevice: MfaDevice
  /** Under `primary`. */
  readonly contact: PrimaryContact
  readonly alternateContact: AlternateContact
  readonly bucket: Bucket
  readonly accessPoint: AccessPoint
  readonly upload: Upload
  /** Under the quota's name, behind the region and `/` where it holds for one. */
  readonly quota: RaisedQuota
  readonly quotaRequest: QuotaRequest
  /** Under the same keys as `quota`. */
  readonly quotaTags: QuotaTags
  readonly function: LambdaFunction
  /** What was published of functions, under the function's key and the version. */
  readonly functionVersion: LambdaFunction
  readonly logGroup: LogGroup
  readonly instance: Instance
  readonly instanceProfile: InstanceProfile
  readonly keyPair: KeyPair
  readonly securityGroup: SecurityGroup
  readonly networkTags: NetworkTags
}

export type AccountKind = keyof AccountKinds

/** One account's partition, read only. */
export interface Account {
  readonly id: AccountId
  all<K extends AccountKind>(kind: K): ReadonlyMap<string, AccountKinds[K]>
  /** The keys of `all(kind)` in ascending order of `<`. They change with the land: take them anew for each question. */
  inOrder(kind: AccountKind): readonly string[]
  /** A user, group, role or policy by its unique id, or whatever else carries an `id`. */
  byId<K extends AccountKind>(kind: K, id: string): AccountKinds[K] | undefined
}
