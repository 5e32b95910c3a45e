/** AWS's quotas, in one table: what an account has from birth, and how far it may be raised. */

import type { Account } from '@sallyport/estate'

export interface Quota {
  readonly value: number
  /** The highest that AWS grants; absent where it grants no more than the default. */
  readonly most?: number
  /** Its code in Service Quotas; absent where Service Quotas does not list it. */
  readonly code?: string
  /** A code that it had before: AWS changes them, and scripts go on to use the old one. */
  readonly formerly?: string
  /** What Service Quotas calls it, where it lists it. */
  readonly name?: string
  /** Each region counts by itself. Others hold for all regions at once, and are raised in `GLOBAL_HOME`. */
  readonly regional?: true
}

/** The only region in which Service Quotas tells and raises quotas that hold for all regions. */
export const GLOBAL_HOME = 'us-east-1'

/** UG reference_iam-quotas; ORG orgs_reference_limits. The names are those in IAM's own `Cannot exceed quota for …`. */
export const QUOTAS = {
  'iam:ACLSizePerRole': { value: 2048, most: 8192, code: 'L-C07B4B0D', name: 'Role trust policy length' },
  'iam:AccessKeysPerUser': { value: 2 },
  'iam:ClientIdsPerOpenIdConnectProvider': { value: 100 },
  'iam:GroupsPerAccount': { value: 300, most: 500, code: 'L-F4A5425F', name: 'Groups per account' },
  'iam:GroupsPerUser': { value: 10 },
  'iam:InstanceProfilesPerAccount': {
    value: 1000,
    most: 10_000,
    code: 'L-6E65F664',
    name: 'Instance profiles per account',
  },
  'iam:MFADevicesPerUser': { value: 8 },
  'iam:OpenIdConnectProvidersPerAccount': {
    value: 100,
    most: 700,
    code: 'L-858F3967',
    name: 'OpenId connect providers per account',
  },
  'iam:PoliciesPerAccount': {
    value: 1500,
    most: 10_000,
    code: 'L-E95E4862',
    name: 'Customer managed policies per account',
  },
  'iam:PoliciesPerGroup': { value: 10, most: 10, code: 'L-384571C4', name: 'Managed policies per group' },
  'iam:PoliciesPerRole': { value: 10, most: 25, code: 'L-0DA4ABF3', name: 'Managed policies per role' },
  'iam:PoliciesPerUser': { value: 10, most: 20, code: 'L-4019AD8B', name: 'Managed policies per user' },
  'iam:RolesPerAccount': { value: 1000, most: 10_000, code: 'L-FE177D64', name: 'Roles per account' },
  'iam:SAMLProvidersPerAccount': { value: 100 },
  'iam:SSHPublicKeysPerUser': { value: 5 },
  'iam:ServiceSpecificCredentialsPerUser': { value: 2 },
  'iam:ServerCertificatesPerAccount': {
    value: 20,
    most: 1000,
    code: 'L-BF35879D',
    name: 'Server certificates per account',
  },
  'iam:SigningCertificatesPerUser': { value: 2 },
  'iam:UsersPerAccount': { value: 5000, most: 5000, code: 'L-F55AF5E4', name: 'Users per account' },
  'iam:VersionsPerPolicy': { value: 5 },
  /** Of an organisation: the row lies in the management account, which counts. */
  'organizations:Accounts': {
    value: 10,
    most: 10_000,
    code: 'L-E619E033',
    formerly: 'L-29A0C5DF',
    name: 'Maximum number of accounts',
  },
  /** Days that a created account must have been there before it may leave (API_LeaveOrganization, `WAIT_PERIOD_ACTIVE`). */
  'organizations:WaitPeriodDays': { value: 4 },
  /** Lambda DG gettingstarted-limits, which names no highest. */
  'lambda:ConcurrentExecutions': {
    value: 1000,
    most: Infinity,
    code: 'L-B99A9384',
    name: 'Concurrent executions',
    regional: true,
  },
  /** S3 UG BucketRestrictions. */
  's3:Buckets': { value: 10_000, most: 1_000_000, code: 'L-DC2B2D3D', name: 'General purpose buckets' },
  /** VPC UG amazon-vpc-limits, which names no highest. */
  'vpc:SecurityGroups': {
    value: 2500,
    most: Infinity,
    code: 'L-E79EC296',
    name: 'VPC security groups per Region',
    regional: true,
  },
} as const satisfies Readonly<Record<string, Quota>>

export type QuotaName = keyof typeof QUOTAS

/** What the operator has set for every account, in the place of AWS's defaults. */
export type QuotaSettings = Readonly<Partial<Record<QuotaName, number>>>

/** Where a quota holds: everywhere, or in a region. */
export function quotaKey(name: QuotaName, region: string): string {
  const quota: Quota = QUOTAS[name]
  return quota.regional === true ? `${region}/${name}` : name
}

/** What holds for an account now: what was granted to it, else what the operator says, else AWS's default. */
export function quotaOf(
  settings: QuotaSettings,
  account: Account | undefined,
  { name, region }: { readonly name: QuotaName; readonly region: string },
): number {
  return account?.all('quota').get(quotaKey(name, region))?.value ?? settings[name] ?? QUOTAS[name].value
}

export function isQuotaName(name: string): name is QuotaName {
  return Object.hasOwn(QUOTAS, name)
}

export const QUOTA_NAMES: readonly QuotaName[] = Object.keys(QUOTAS).filter(isQuotaName)
