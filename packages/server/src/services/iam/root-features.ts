/** Root users of member accounts, managed from the management account. UG id_root-user_centralized-management. */

import { administers, organizationOf, type OrganizationSelf, type RootFeature } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { ORGANIZATION } from '../../directory.ts'
import { operation, type Outcome } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'

const REFUSALS = [
  'AccountNotManagementOrDelegatedAdministratorException',
  'OrganizationNotFoundException',
  'OrganizationNotInAllFeaturesModeException',
  'ServiceAccessNotEnabledException',
] as const

const IAM = 'iam.amazonaws.com'
const touches = () => [ORGANIZATION]
const asks = () => ({ resource: '*' })

/** iam:EnableOrganizationsRootCredentialsManagement. Members' root users need no credentials of their own any more. */
export const enableOrganizationsRootCredentialsManagement = operation(
  'iam:EnableOrganizationsRootCredentialsManagement',
  { needs: touches, asks, refusals: REFUSALS, run: (_input, call) => turn(call, 'RootCredentialsManagement', true) },
)

/** iam:DisableOrganizationsRootCredentialsManagement. */
export const disableOrganizationsRootCredentialsManagement = operation(
  'iam:DisableOrganizationsRootCredentialsManagement',
  { needs: touches, asks, refusals: REFUSALS, run: (_input, call) => turn(call, 'RootCredentialsManagement', false) },
)

/** iam:EnableOrganizationsRootSessions. sts:AssumeRoot opens. */
export const enableOrganizationsRootSessions = operation('iam:EnableOrganizationsRootSessions', {
  needs: touches,
  asks,
  refusals: REFUSALS,
  run: (_input, call) => turn(call, 'RootSessions', true),
})

/** iam:DisableOrganizationsRootSessions. */
export const disableOrganizationsRootSessions = operation('iam:DisableOrganizationsRootSessions', {
  needs: touches,
  asks,
  refusals: REFUSALS,
  run: (_input, call) => turn(call, 'RootSessions', false),
})

/** iam:ListOrganizationsFeatures. */
export const listOrganizationsFeatures = operation('iam:ListOrganizationsFeatures', {
  needs: touches,
  asks,
  refusals: REFUSALS,
  run(_input, call) {
    const { id, rootFeatures = [] } = overseen(call)
    return { output: { OrganizationId: id, EnabledFeatures: [...rootFeatures] } }
  },
})

function turn(
  call: Call,
  feature: RootFeature,
  on: boolean,
): Outcome<{ OrganizationId: string; EnabledFeatures: RootFeature[] }> {
  const organization = overseen(call)
  const others = (organization.rootFeatures ?? []).filter((one) => one !== feature)
  const rootFeatures = on ? [...others, feature].toSorted() : others
  return {
    output: { OrganizationId: organization.id, EnabledFeatures: rootFeatures },
    changes: [put(ORGANIZATION, 'organization', 'self', { ...organization, rootFeatures })],
  }
}

/** The organisation, for its management account or the administrator that it delegated IAM to. */
function overseen({ account, estate }: Call): OrganizationSelf {
  const { organization: land } = estate
  const organization = organizationOf(land)
  if (organization === undefined || !land.all('member').has(account.id)) {
    throw new Refusal('OrganizationNotFoundException', 'The account is not a member of an organization.')
  }
  if (organization.featureSet !== 'ALL') {
    throw new Refusal(
      'OrganizationNotInAllFeaturesModeException',
      'The organization does not have all features enabled.',
    )
  }
  if (!land.all('serviceAccess').has(IAM)) {
    throw new Refusal('ServiceAccessNotEnabledException', 'Trusted access for IAM is not enabled in the organization.')
  }
  if (!administers(land, account.id, IAM)) {
    throw new Refusal(
      'AccountNotManagementOrDelegatedAdministratorException',
      'The account is not the management account or a delegated administrator of IAM.',
    )
  }
  return organization
}
