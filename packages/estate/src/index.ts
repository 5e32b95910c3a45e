export type * from './account.ts'
export type * from './records.ts'
export {
  openIdProviderArn,
  tokenIssuerHost,
  type OpenIdProvider,
  type TokenIssuer,
  type TokenKey,
} from './federation.ts'
export type * from './ec2.ts'
export { samlProviderArn, type SamlEncryption, type SamlPrivateKey, type SamlProvider } from './saml.ts'
export type * from './sign-in.ts'
export { federatedArn, identityArn, profileArn, rootArn, sessionArn } from './arns.ts'
export { attachmentsFrom, type ListsTargets } from './attachment.ts'
export {
  accountsBound,
  accountsNamed,
  bindPrincipals,
  identityNamed,
  showPrincipals,
  type Bound,
  type BoundPolicy,
} from './bind.ts'
export { bucketPolicy, restriction, withStatements, type AddedStatement } from './bucket.ts'
export { principalTags, type Circumstances } from './context.ts'
export type { AwsPolicy, AwsPolicyVersion, Catalogue, Estate, PolicyLibrary } from './estate.ts'
export { gather, organizationPolicyArn, type Ask, type Gathered } from './gather.ts'
export { nameKey, regionKey, SELF } from './keys.ts'
export type { AlternateContact, ContactType, PrimaryContact } from './contact.ts'
export type { Closure, EmailUpdate, Handshake, HandshakeAction, ServiceAccess } from './membership.ts'
export {
  administers,
  attachedTo,
  organizationOf,
  orgPath,
  pathOf,
  pathTo,
  policiesOn,
  type AccountCreation,
  type Attachment,
  type FeatureSet,
  type Member,
  type OrganizationKind,
  type OrganizationKinds,
  type OrganizationLand,
  type OrganizationPolicy,
  type OrganizationPolicyType,
  type Delegation,
  type GuardrailType,
  type ManagementPolicyType,
  type OrganizationSelf,
  type OrgResourcePolicy,
  type RootFeature,
  type Unit,
} from './organization.ts'
export {
  isExempt,
  isTemplate,
  nameMatches,
  standardsOf,
  TEMPLATE_AT_MOST,
  violations,
  type RoleStandard,
  type Standard,
  type Violation,
} from './standards.ts'
export { boundaryPolicies, holderPolicies, managedPolicy, managedText, userPolicies } from './policies.ts'
export { effectiveBlock, isPublic, ownBlock } from './public-access.ts'
export type { QuotaRequest, QuotaTags } from './quota.ts'
export {
  accountOf,
  isServiceLinked,
  lawCaller,
  principalArn,
  sessionOf,
  userId,
  type Principal,
  type SessionFacts,
} from './principal.ts'
