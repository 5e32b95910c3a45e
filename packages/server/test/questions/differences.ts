/** Where an operation asks otherwise than the reference says, and is right: each with what shows it. */

const ONE_REQUEST =
  'one request: a trust policy may allow its actions in one statement, with one condition on all of them'
const CLAIMS = 'condition keys that are named after the provider: the reference cannot list them'
const NEWER = 'the operation is newer than the reference: an action is named as its operation is'
const DENIALS = 'denials of AWS’s name it so; as an ARN it stands for, `*` covers it, and so does the path'

/** What a directory says of somebody: the reference has it at one of the three actions that one response asks for. */
const DIRECTORY = [
  'cn',
  'commonname',
  'doc',
  ...['homepageuri', 'identityauthnpolicyuri', 'legalname', 'superioruri', 'whitepagesuri'].map((of) => `eduorg${of}`),
  ...['affiliation', 'assurance', 'entitlement', 'nickname', 'orgdn', 'orgunitdn', 'primaryaffiliation'].map(ofPerson),
  ...['primaryorgunitdn', 'principalname', 'scopedaffiliation', 'targetedid'].map(ofPerson),
  'givenname',
  'iss',
  'mail',
  'name',
  'namequalifier',
  'organizationstatus',
  'primarygroupsid',
  'sub',
  'sub_type',
  'surname',
  'uid',
  'x500uniqueidentifier',
]

function ofPerson(attribute: string): string {
  return `eduperson${attribute}`
}

function bySaml(action: string, keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map((key) => [`sts:AssumeRoleWithSAML (sts:${action}) gives ${key}`, ONE_REQUEST]))
}

const SAML = DIRECTORY.map((key) => `saml:${key}`)

export const DIFFERENCES: Readonly<Record<string, string>> = {
  ...bySaml('TagSession', [...SAML, 'sts:rolesessionname', 'sts:sourceidentity']),
  ...bySaml('SetSourceIdentity', [
    ...SAML,
    'saml:aud',
    'aws:requesttag/…',
    'aws:tagkeys',
    'sts:rolesessionname',
    'sts:transitivetagkeys',
  ]),
  'iam:AcquireRole asks iam:AcquireRole, which is no action': NEWER,
  'iam:DeleteServiceLinkedRole (iam:DeleteServiceLinkedRole) gives iam:awsservicename':
    'the policies of UG create-service-linked-role have it as a condition of deleting too',
  'iam:ListGroups (iam:ListGroups) asks about a resource, and the action has none': DENIALS,
  'iam:ListInstanceProfiles (iam:ListInstanceProfiles) asks about a resource, and the action has none': DENIALS,
  'iam:ListPolicies (iam:ListPolicies) asks about a resource, and the action has none':
    'denials of AWS’s name `policy path /`, which is no ARN: `*` alone covers it',
  'iam:ListRoles (iam:ListRoles) asks about a resource, and the action has none': DENIALS,
  'iam:ListUsers (iam:ListUsers) asks about a resource, and the action has none': DENIALS,
  'iam:UpdateDelegationRequest asks iam:UpdateDelegationRequest, which is no action': NEWER,
  'logs:DescribeLogGroups (logs:DescribeLogGroups) asks about a resource, and the action has none': DENIALS,
  'organizations:CreatePolicy (organizations:CreatePolicy) asks about a resource of organizations like policy/…/service_control_policy/…':
    'the policy has no id yet: the resource is all policies of the type',
  'organizations:CreatePolicy (organizations:CreatePolicy) asks about a resource of organizations like policy/…/tag_policy/…':
    'as above',
  'organizations:CreatePolicy (organizations:CreatePolicy) asks about no policy': 'as above',
  's3:CreateBucket (s3:PutBucketOwnershipControls) gives s3:x-amz-object-ownership':
    'one request, which has the header: a condition on it in a denial of both actions holds for both',
  's3:GetObjectLockConfiguration (s3:GetBucketObjectLockConfiguration) gives s3:x-amz-content-sha256':
    'every signed call has it, as the reference says of all other actions',
  'sts:AssumeRole (sts:SetSourceIdentity) gives aws:requesttag/…': ONE_REQUEST,
  'sts:AssumeRole (sts:SetSourceIdentity) gives aws:tagkeys': ONE_REQUEST,
  'sts:AssumeRole (sts:SetSourceIdentity) gives sts:externalid': ONE_REQUEST,
  'sts:AssumeRole (sts:SetSourceIdentity) gives sts:rolesessionname': ONE_REQUEST,
  'sts:AssumeRole (sts:SetSourceIdentity) gives sts:transitivetagkeys': ONE_REQUEST,
  'sts:AssumeRole (sts:TagSession) gives sts:externalid': ONE_REQUEST,
  'sts:AssumeRole (sts:TagSession) gives sts:rolesessionname': ONE_REQUEST,
  'sts:AssumeRole (sts:TagSession) gives sts:sourceidentity': ONE_REQUEST,
  'sts:AssumeRoleWithWebIdentity (sts:SetSourceIdentity) gives aws:requesttag/…': ONE_REQUEST,
  'sts:AssumeRoleWithWebIdentity (sts:SetSourceIdentity) gives aws:tagkeys': ONE_REQUEST,
  'sts:AssumeRoleWithWebIdentity (sts:SetSourceIdentity) gives sts:rolesessionname': ONE_REQUEST,
  'sts:AssumeRoleWithWebIdentity (sts:SetSourceIdentity) gives sts:transitivetagkeys': ONE_REQUEST,
  'sts:AssumeRoleWithWebIdentity (sts:TagSession) gives sts:rolesessionname': ONE_REQUEST,
  'sts:AssumeRoleWithWebIdentity (sts:TagSession) gives sts:sourceidentity': ONE_REQUEST,
  'sts:AssumeRoleWithWebIdentity (sts:AssumeRoleWithWebIdentity) gives token.example.com:aud': CLAIMS,
  'sts:AssumeRoleWithWebIdentity (sts:AssumeRoleWithWebIdentity) gives token.example.com:sub': CLAIMS,
  'sts:AssumeRoleWithWebIdentity (sts:SetSourceIdentity) gives token.example.com:aud': CLAIMS,
  'sts:AssumeRoleWithWebIdentity (sts:SetSourceIdentity) gives token.example.com:sub': CLAIMS,
  'sts:AssumeRoleWithWebIdentity (sts:TagSession) gives token.example.com:aud': CLAIMS,
  'sts:AssumeRoleWithWebIdentity (sts:TagSession) gives token.example.com:sub': CLAIMS,
  'sts:GetFederationToken (sts:TagSession) asks about a resource of sts like federated-user/…':
    'the session that is tagged is a federated user’s; the reference knows roles alone',
}
