/** An account in figures: how many there are of each thing, and how many there may be. */

import { SELF, type Account, type MfaDevice } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import type { QuotaName } from '../../quotas.ts'
import { INLINE_SIZES } from './inline.ts'
import { POLICY_SIZE } from './policy.ts'

/** iam:GetAccountSummary. */
export const getAccountSummary = operation('iam:GetAccountSummary', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run: (_input, { account, quota }) => ({
    output: { SummaryMap: { ...counted(account), ...quotas(quota), ...FIXED } },
  }),
})

function counted(account: Account) {
  const devices = [...account.all('mfaDevice').values()]
  return {
    Users: account.all('user').size,
    Groups: account.all('group').size,
    Roles: account.all('role').size,
    Policies: account.all('policy').size,
    PolicyVersionsInUse: inUse(account),
    InstanceProfiles: account.all('instanceProfile').size,
    Providers: account.all('oidcProvider').size + account.all('samlProvider').size,
    ServerCertificates: account.all('serverCertificate').size,
    GlobalEndpointTokenVersion: account.all('self').get(SELF)?.globalEndpointTokenVersion ?? 1,
    AccountPasswordPresent: account.all('loginProfile').has(account.id) ? 1 : 0,
    MFADevices: devices.filter(isVirtual).length,
    MFADevicesInUse: devices.filter(({ enabled }) => enabled !== undefined).length,
  }
}

function isVirtual({ sealedSeed }: MfaDevice): boolean {
  return sealedSeed !== undefined
}

/** Policies that hang on somebody, AWS's own among them: of each its default version is in use. */
function inUse(account: Account): number {
  const holders = [...account.all('user').values(), ...account.all('group').values(), ...account.all('role').values()]
  return new Set(holders.flatMap(({ attached }) => attached)).size
}

const QUOTED = {
  AccessKeysPerUserQuota: 'iam:AccessKeysPerUser',
  AssumeRolePolicySizeQuota: 'iam:ACLSizePerRole',
  AttachedPoliciesPerGroupQuota: 'iam:PoliciesPerGroup',
  AttachedPoliciesPerRoleQuota: 'iam:PoliciesPerRole',
  AttachedPoliciesPerUserQuota: 'iam:PoliciesPerUser',
  GroupsPerUserQuota: 'iam:GroupsPerUser',
  GroupsQuota: 'iam:GroupsPerAccount',
  InstanceProfilesQuota: 'iam:InstanceProfilesPerAccount',
  PoliciesQuota: 'iam:PoliciesPerAccount',
  RolesQuota: 'iam:RolesPerAccount',
  ServerCertificatesQuota: 'iam:ServerCertificatesPerAccount',
  SigningCertificatesPerUserQuota: 'iam:SigningCertificatesPerUser',
  UsersQuota: 'iam:UsersPerAccount',
  VersionsPerPolicyQuota: 'iam:VersionsPerPolicy',
} as const satisfies Readonly<Record<string, QuotaName>>

function quotas(quota: Call['quota']): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(QUOTED).map(([key, name]) => [key, quota(name)]))
}

/** What is the same in every account here: no root user has a key, a certificate or a device. */
const FIXED = {
  AccountAccessKeysPresent: 0,
  AccountMFAEnabled: 0,
  AccountSigningCertificatesPresent: 0,
  GroupPolicySizeQuota: INLINE_SIZES.group,
  PolicySizeQuota: POLICY_SIZE,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: INLINE_SIZES.role,
  UserPolicySizeQuota: INLINE_SIZES.user,
} as const
