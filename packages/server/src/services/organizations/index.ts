/** AWS Organizations: the tree of accounts and the guardrails that hang in it. */

import { service } from '../../service.ts'
import * as account from './account.ts'
import { acceptHandshake, cancelHandshake, declineHandshake } from './answer.ts'
import * as attachment from './attachment.ts'
import { closeAccount } from './close.ts'
import * as creation from './creation.ts'
import * as delegate from './delegated-administrator.ts'
import * as effective from './effective-policy.ts'
import { enableAllFeatures } from './features.ts'
import { createGovCloudAccount } from './govcloud.ts'
import * as handshake from './handshake.ts'
import { inviteAccountToOrganization } from './invitation.ts'
import { leaveOrganization, removeAccountFromOrganization } from './membership.ts'
import { createOrganization, deleteOrganization, describeOrganization } from './organization.ts'
import * as policy from './policy.ts'
import { deleteResourcePolicy, describeResourcePolicy, putResourcePolicy } from './resource-policy.ts'
import { disablePolicyType, enablePolicyType, listRoots } from './root.ts'
import * as serviceAccess from './service-access.ts'
import { listTagsForResource, tagResource, untagResource } from './tag.ts'
import * as transfer from './transfer.ts'
import { listChildren, listParents } from './tree.ts'
import * as unit from './unit.ts'

export const organizations = service('organizations', [
  createOrganization,
  describeOrganization,
  deleteOrganization,
  enableAllFeatures,
  inviteAccountToOrganization,
  acceptHandshake,
  declineHandshake,
  cancelHandshake,
  handshake.describeHandshake,
  handshake.listHandshakesForAccount,
  handshake.listHandshakesForOrganization,
  removeAccountFromOrganization,
  leaveOrganization,
  closeAccount,
  createGovCloudAccount,
  transfer.inviteOrganizationToTransferResponsibility,
  transfer.describeResponsibilityTransfer,
  transfer.listInboundResponsibilityTransfers,
  transfer.listOutboundResponsibilityTransfers,
  transfer.terminateResponsibilityTransfer,
  transfer.updateResponsibilityTransfer,
  creation.createAccount,
  creation.describeCreateAccountStatus,
  creation.listCreateAccountStatus,
  account.listAccounts,
  account.listAccountsForParent,
  account.describeAccount,
  account.moveAccount,
  unit.createOrganizationalUnit,
  unit.updateOrganizationalUnit,
  unit.deleteOrganizationalUnit,
  unit.describeOrganizationalUnit,
  unit.listOrganizationalUnitsForParent,
  listRoots,
  enablePolicyType,
  disablePolicyType,
  listChildren,
  listParents,
  tagResource,
  untagResource,
  listTagsForResource,
  policy.createPolicy,
  policy.updatePolicy,
  policy.deletePolicy,
  policy.describePolicy,
  policy.listPolicies,
  attachment.attachPolicy,
  attachment.detachPolicy,
  attachment.listPoliciesForTarget,
  attachment.listTargetsForPolicy,
  effective.describeEffectivePolicy,
  effective.listAccountsWithInvalidEffectivePolicy,
  effective.listEffectivePolicyValidationErrors,
  serviceAccess.enableAWSServiceAccess,
  serviceAccess.disableAWSServiceAccess,
  serviceAccess.listAWSServiceAccessForOrganization,
  delegate.registerDelegatedAdministrator,
  delegate.deregisterDelegatedAdministrator,
  delegate.listDelegatedAdministrators,
  delegate.listDelegatedServicesForAccount,
  putResourcePolicy,
  describeResourcePolicy,
  deleteResourcePolicy,
])
