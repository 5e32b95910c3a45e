/** AWS Identity and Access Management. */

import { isOperation } from '../../operation.ts'
import { service } from '../../service.ts'
import * as accessKey from './access-key.ts'
import * as accountDetails from './account-details.ts'
import * as accountAlias from './account-alias.ts'
import * as accountSummary from './account-summary.ts'
import * as accountSettings from './account-settings.ts'
import * as attachment from './attachment.ts'
import * as boundary from './boundary.ts'
import * as credentialReport from './credential-report.ts'
import * as delegationRequest from './delegation-request.ts'
import * as entity from './entities.ts'
import * as group from './group.ts'
import * as inline from './inline.ts'
import * as instanceProfile from './instance-profile.ts'
import * as loginProfile from './login-profile.ts'
import * as mfaDevice from './mfa-device.ts'
import * as mfaList from './mfa-list.ts'
import * as mfaTag from './mfa-tag.ts'
import * as passwordPolicy from './password-policy.ts'
import * as oidcProvider from './oidc-provider.ts'
import * as organizationsAccess from './organizations-access.ts'
import * as outboundFederation from './outbound-federation.ts'
import * as version from './policy-version.ts'
import * as policy from './policy.ts'
import * as roleTemplate from './role-template.ts'
import * as role from './role.ts'
import * as samlProvider from './saml-provider.ts'
import * as rootFeatures from './root-features.ts'
import * as serverCertificate from './server-certificate.ts'
import * as serviceCredential from './service-credential.ts'
import * as linkedRole from './service-linked-role.ts'
import * as signingCertificate from './signing-certificate.ts'
import * as serviceAccess from './service-access.ts'
import * as simulateKeys from './simulate-keys.ts'
import * as simulate from './simulate.ts'
import * as sshPublicKey from './ssh-public-key.ts'
import * as tag from './tag.ts'
import * as user from './user.ts'

const NOUNS = [
  user,
  group,
  role,
  instanceProfile,
  oidcProvider,
  outboundFederation,
  samlProvider,
  policy,
  version,
  entity,
  inline,
  attachment,
  boundary,
  accessKey,
  accountAlias,
  accountDetails,
  credentialReport,
  serviceAccess,
  organizationsAccess,
  accountSummary,
  loginProfile,
  passwordPolicy,
  mfaDevice,
  mfaList,
  mfaTag,
  tag,
  simulate,
  simulateKeys,
  accountSettings,
  delegationRequest,
  linkedRole,
  roleTemplate,
  rootFeatures,
  serverCertificate,
  serviceCredential,
  signingCertificate,
  sshPublicKey,
]

/** A noun's file exports its operations, beside what other nouns need of it. */
export const iam = service(
  'iam',
  NOUNS.flatMap((noun) => Object.values<unknown>(noun).filter(isOperation)),
)
