import { MANAGEMENT } from '../harness.ts'
import { trustText } from '../people.ts'
import { base64, newIdp, OURS, responseText } from '../saml-idp.ts'
import { after, step, type Story } from './story.ts'

const SAMLProviderArn = `arn:aws:iam::${MANAGEMENT}:saml-provider/asked`
const RoleArn = `arn:aws:iam::${MANAGEMENT}:role/asked-by-saml`
const Tags = [{ Key: 'team', Value: 'a' }]
const EDU = 'urn:oid:1.3.6.1.4.1.5923.1'
const AD = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims'

const idp = await newIdp()

/** One attribute for each condition key that a directory can fill. */
const DIRECTORY = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((number) => `${EDU}.1.1.${number}`),
  ...[2, 3, 4, 5, 6].map((number) => `${EDU}.2.1.${number}`),
  ...['name', 'givenname', 'surname', 'emailaddress'].map((name) => `${AD}/${name}`),
  'http://schemas.xmlsoap.org/claims/CommonName',
  'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid',
  'urn:oid:2.5.4.3',
  '2.5.4.45',
  '0.9.2342.19200300.100.1.1',
  '0.9.2342.19200300.100.1.45',
]

const attributes = {
  ...Object.fromEntries(DIRECTORY.map((name) => [name, 'value'])),
  [`${OURS}Role`]: `${RoleArn},${SAMLProviderArn}`,
  [`${OURS}RoleSessionName`]: 'session',
  [`${OURS}SourceIdentity`]: 'somebody',
  [`${OURS}PrincipalTag:team`]: 'a',
  [`${OURS}TransitiveTagKeys`]: 'team',
}

export const saml: Story = {
  steps: [
    step('iam:CreateSAMLProvider', { Name: 'asked', SAMLMetadataDocument: idp.metadata, Tags }),
    step('iam:GetSAMLProvider', { SAMLProviderArn }),
    step('iam:ListSAMLProviders', {}),
    step('iam:UpdateSAMLProvider', { SAMLProviderArn, SAMLMetadataDocument: idp.metadata }),
    step('iam:TagSAMLProvider', { SAMLProviderArn, Tags }),
    step('iam:ListSAMLProviderTags', { SAMLProviderArn }),
    step('iam:UntagSAMLProvider', { SAMLProviderArn, TagKeys: ['other'] }),
    step('iam:CreateRole', {
      RoleName: 'asked-by-saml',
      AssumeRolePolicyDocument: trustText({ Federated: SAMLProviderArn }, [
        'sts:AssumeRoleWithSAML',
        'sts:TagSession',
        'sts:SetSourceIdentity',
      ]),
      Tags,
    }),
    // it is good for five minutes
    after('sts:AssumeRoleWithSAML', () => ({
      RoleArn,
      PrincipalArn: SAMLProviderArn,
      SAMLAssertion: base64(responseText(idp.sign(idp.assertion(Date.now(), { attributes }), 'Assertion'))),
    })),
    step('iam:DeleteSAMLProvider', { SAMLProviderArn }),
  ],
}
