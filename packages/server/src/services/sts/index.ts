/** AWS Security Token Service. */

import { service } from '../../service.ts'
import { assumeRole } from './assume-role.ts'
import { assumeRoot } from './assume-root.ts'
import { getDelegatedAccessToken } from './delegated-access.ts'
import { getFederationToken } from './federation-token.ts'
import { getAccessKeyInfo, getCallerIdentity } from './identity.ts'
import { decodeAuthorizationMessage } from './message.ts'
import { assumeRoleWithSAML } from './saml.ts'
import { getSessionToken } from './session-token.ts'
import { getWebIdentityToken } from './web-identity-token.ts'
import { assumeRoleWithWebIdentity } from './web-identity.ts'

export const sts = service('sts', [
  assumeRole,
  assumeRoleWithSAML,
  assumeRoleWithWebIdentity,
  assumeRoot,
  decodeAuthorizationMessage,
  getAccessKeyInfo,
  getCallerIdentity,
  getDelegatedAccessToken,
  getFederationToken,
  getSessionToken,
  getWebIdentityToken,
])
