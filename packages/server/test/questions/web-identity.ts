import { MANAGEMENT } from '../harness.ts'
import { newSigner } from '../identity-provider.ts'
import { trustText } from '../people.ts'
import { step, type Story } from './story.ts'

const NAME = 'token.example.com'
const OpenIDConnectProviderArn = `arn:aws:iam::${MANAGEMENT}:oidc-provider/${NAME}`
const Tags = [{ Key: 'team', Value: 'a' }]
const RoleName = 'asked-outside'

const signer = await newSigner()
const WebIdentityToken = await signer.token(
  {
    iss: `https://${NAME}`,
    aud: 'one',
    sub: 'somebody',
    'https://aws.amazon.com/source_identity': 'somebody',
    'https://aws.amazon.com/tags': { principal_tags: { team: ['a'] }, transitive_tag_keys: ['team'] },
  },
  Date.now(),
)

/** In and out. */
export const webIdentity: Story = {
  options: { jwks: new Map([[NAME, signer.keys]]) },
  steps: [
    step('iam:CreateOpenIDConnectProvider', { Url: `https://${NAME}`, ClientIDList: ['one'], Tags }),
    step('iam:GetOpenIDConnectProvider', { OpenIDConnectProviderArn }),
    step('iam:ListOpenIDConnectProviders', {}),
    step('iam:AddClientIDToOpenIDConnectProvider', { OpenIDConnectProviderArn, ClientID: 'two' }),
    step('iam:RemoveClientIDFromOpenIDConnectProvider', { OpenIDConnectProviderArn, ClientID: 'two' }),
    step('iam:UpdateOpenIDConnectProviderThumbprint', { OpenIDConnectProviderArn, ThumbprintList: ['a'.repeat(40)] }),
    step('iam:TagOpenIDConnectProvider', { OpenIDConnectProviderArn, Tags }),
    step('iam:ListOpenIDConnectProviderTags', { OpenIDConnectProviderArn }),
    step('iam:UntagOpenIDConnectProvider', { OpenIDConnectProviderArn, TagKeys: ['other'] }),
    step('iam:CreateRole', {
      RoleName,
      AssumeRolePolicyDocument: trustText({ Federated: OpenIDConnectProviderArn }, [
        'sts:AssumeRoleWithWebIdentity',
        'sts:TagSession',
        'sts:SetSourceIdentity',
      ]),
      Tags,
    }),
    step('sts:AssumeRoleWithWebIdentity', {
      RoleArn: `arn:aws:iam::${MANAGEMENT}:role/${RoleName}`,
      RoleSessionName: 'session',
      WebIdentityToken,
    }),
    step('iam:EnableOutboundWebIdentityFederation', {}),
    step('iam:GetOutboundWebIdentityFederationInfo', {}),
    step('sts:GetWebIdentityToken', { Audience: ['one'], SigningAlgorithm: 'ES384', DurationSeconds: 60, Tags }),
    step('iam:DisableOutboundWebIdentityFederation', {}),
    step('iam:DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn }),
  ],
}
