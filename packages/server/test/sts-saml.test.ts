import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  DeleteSAMLProviderCommand,
  GetSAMLProviderCommand,
  GetUserCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  UpdateSAMLProviderCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleWithSAMLCommand,
  GetCallerIdentityCommand,
  STSClient,
  type AssumeRoleWithSAMLCommandInput,
} from '@aws-sdk/client-sts'
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  EnablePolicyTypeCommand,
  ListRootsCommand,
  OrganizationsClient,
  type PolicyType,
} from '@aws-sdk/client-organizations'
import { client, MANAGEMENT, PRODUCTION, STAGING, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, policyText, trustText } from './people.ts'
import { base64, encrypt, newIdp, OURS, responseText, SIGNIN, type Claims, type SamlIdp } from './saml-idp.ts'

const PROVIDER = `arn:aws:iam::${MANAGEMENT}:saml-provider/Company`
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/Office`
/** SHA-1 of the issuer, the account and `/Company`, reckoned apart. */
const QUALIFIER = 'wQssY4rvzfX+5NKr4GFQc1Pvxzc='
const ATTRIBUTES = { [`${OURS}Role`]: `${ROLE},${PROVIDER}`, [`${OURS}RoleSessionName`]: 'jane' }

let server: TestServer
let idp: SamlIdp
let stranger: SamlIdp

beforeAll(async () => {
  server = await startServer()
  idp = await newIdp()
  stranger = await newIdp()
  await provider('Company')
  await role('Office', PROVIDER, {
    StringEquals: { 'SAML:aud': SIGNIN, 'saml:sub_type': 'persistent' },
    StringLike: { 'saml:sub': '*@example.com' },
  })
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

async function provider(Name: string, more: object = {}): Promise<string> {
  const command = new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: idp.metadata, ...more })
  const { SAMLProviderArn = '' } = await iamOf(server).send(command)
  return SAMLProviderArn
}

const ACTIONS = ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity']

async function role(RoleName: string, from: string, Condition: object, Action = ACTIONS): Promise<void> {
  const statement = { Effect: 'Allow', Principal: { Federated: from }, Action, Condition }
  const iam = iamOf(server)
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policyText(statement) }))
}

type Extra = Partial<AssumeRoleWithSAMLCommandInput>

function send(SAMLAssertion: string, extra: Extra = {}) {
  const sts = client(STSClient, server, { accessKeyId: 'none', secretAccessKey: 'none' })
  return sts.send(new AssumeRoleWithSAMLCommand({ RoleArn: ROLE, PrincipalArn: PROVIDER, SAMLAssertion, ...extra }))
}

function assertion({ attributes = {}, ...claims }: Claims = {}, by = idp): string {
  return by.assertion(server.clock.now(), { ...claims, attributes: { ...ATTRIBUTES, ...attributes } })
}

function signedAssertion(claims: Claims = {}): string {
  return idp.sign(assertion(claims), 'Assertion')
}

/** A response whose assertion is signed. */
function response(claims: Claims = {}): string {
  return base64(responseText(signedAssertion(claims)))
}

async function keysOf(answer: ReturnType<typeof send>): Promise<Keys> {
  const { Credentials: { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = {} } = await answer
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

async function secondsOf(answer: ReturnType<typeof send>): Promise<number> {
  const { Credentials } = await answer
  return Math.round(((Credentials?.Expiration?.getTime() ?? 0) - server.clock.now()) / 1000)
}

const ISSUER = `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://idp.example.com/saml</saml:Issuer>`

describe('sts:AssumeRoleWithSAML', () => {
  test('opens a session of the role for whom the provider names', async () => {
    const answer = await send(response())
    expect(answer).toMatchObject({
      Subject: 'jane@example.com',
      SubjectType: 'persistent',
      Issuer: idp.entityId,
      Audience: SIGNIN,
      NameQualifier: QUALIFIER,
      AssumedRoleUser: {
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:jane$/),
        Arn: `arn:aws:sts::${MANAGEMENT}:assumed-role/Office/jane`,
      },
      PackedPolicySize: 0,
    })
    expect(answer.SourceIdentity).toBeUndefined()
  })

  test('takes no signature, and its credentials know their provider', async () => {
    const condition = {
      StringEquals: {
        'saml:namequalifier': QUALIFIER,
        'saml:sub': 'jane@example.com',
        'saml:sub_type': 'persistent',
        'aws:FederatedProvider': PROVIDER,
      },
    }
    const PolicyDocument = policyText({ Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*', Condition: condition })
    await iamOf(server).send(new PutRolePolicyCommand({ RoleName: 'Office', PolicyName: 'own', PolicyDocument }))
    const keys = await keysOf(send(response()))
    await expect(iamOf(server, keys).send(new ListUsersCommand())).resolves.toHaveProperty('Users')
    const { Arn } = await client(STSClient, server, keys).send(new GetCallerIdentityCommand())
    expect(Arn).toBe(`arn:aws:sts::${MANAGEMENT}:assumed-role/Office/jane`)
    const other = await keysOf(send(response({ subject: 'joe@example.com' })))
    await expectRefusal(iamOf(server, other).send(new ListUsersCommand()), 'AccessDenied')
  })

  const TAKEN: readonly [what: string, xml: () => string, why: string][] = [
    ['whose assertion alone is signed', () => responseText(signedAssertion()), 'as most providers do it'],
    [
      'that is signed as a whole',
      () => idp.sign(responseText(assertion(), { issuer: ISSUER }), 'Response'),
      'the signature covers the assertion',
    ],
    [
      'with both signed',
      () => idp.sign(responseText(signedAssertion(), { issuer: ISSUER }), 'Response'),
      'each is proved',
    ],
    [
      'signed with SHA-512',
      () =>
        responseText(
          idp.sign(assertion(), 'Assertion', {
            method: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
            digest: 'http://www.w3.org/2001/04/xmlenc#sha512',
          }),
        ),
      'sound as well',
    ],
    [
      'in inclusive form',
      () => {
        const form = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
        return idp.sign(responseText(assertion(), { issuer: ISSUER }), 'Response', { form })
      },
      'the older of the two',
    ],
    [
      'for AWS by its other name',
      () => responseText(signedAssertion({ audience: 'urn:amazon:webservices' })),
      'both are documented',
    ],
    [
      'sent to a region',
      () => {
        const recipient = SIGNIN
        return responseText(signedAssertion({ recipient, audience: 'https://eu-west-1.signin.aws.amazon.com/saml' }))
      },
      'each has a door of its own',
    ],
    [
      'that names the provider before the role',
      () => responseText(signedAssertion({ attributes: { [`${OURS}Role`]: `${PROVIDER}, ${ROLE}` } })),
      'either order',
    ],
    [
      'that names other roles too',
      () =>
        responseText(
          signedAssertion({ attributes: { [`${OURS}Role`]: [`${ROLE}X,${PROVIDER}`, `${ROLE},${PROVIDER}`] } }),
        ),
      'one of them was asked for',
    ],
  ]
  test.each(TAKEN)('takes a response %s', async (_what, xml) => {
    await expect(send(base64(xml()))).resolves.toHaveProperty('Credentials')
  })

  const INVALID = 'InvalidIdentityToken'
  const NO_AUDIENCE = /^Response does not contain the required audience\.$/
  const NO_RECIPIENT = /^Responses must contain SubjectConfirmatonData with a Recipient and NotOnOrAfter$/
  const REFUSED: readonly [what: string, claims: Claims, code: string, text: RegExp, why: string][] = [
    [
      'a subject whom the role does not name',
      { subject: 'jane@example.org' },
      'AccessDenied',
      /^Not authorized to perform sts:AssumeRoleWithSAML$/,
      'the trust policy has the last word',
    ],
    [
      'a name of another form',
      { nameId: '<saml:NameID>jane@example.com</saml:NameID>' },
      'AccessDenied',
      /^Not authorized/,
      'without a form it is not persistent',
    ],
    [
      'no name',
      { nameId: '' },
      'AccessDenied',
      /^Not authorized to perform sts:AssumeRoleWithSAML$/,
      'as AWS documents it',
    ],
    [
      'another issuer',
      { issuer: 'https://else.example.com' },
      INVALID,
      /^Issuer not present in specified provider \(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; Request ID: [0-9a-f-]+; Proxy: null\)$/,
      'the metadata say who may speak',
    ],
    ['no audience', { conditions: '' }, INVALID, NO_AUDIENCE, 'it may be for anybody'],
    ['no restriction', { conditions: '<saml:Conditions/>' }, INVALID, NO_AUDIENCE, 'it may be for anybody'],
    ['another audience', { audience: 'https://sp.example.com' }, INVALID, NO_AUDIENCE, 'it is for somebody else'],
    [
      'an audience that only begins like AWS',
      { audience: 'https://signin.aws.amazon.com.example.com/saml' },
      INVALID,
      NO_AUDIENCE,
      'compared to the letter',
    ],
    [
      'two restrictions, of which one leaves AWS out',
      {
        conditions:
          '<saml:Conditions><saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction><saml:AudienceRestriction><saml:Audience>other</saml:Audience></saml:AudienceRestriction></saml:Conditions>',
      },
      INVALID,
      NO_AUDIENCE,
      'each must be met',
    ],
    ['no confirmation', { confirmation: '' }, INVALID, NO_RECIPIENT, 'whoever finds it could use it'],
    [
      'a confirmation without a time',
      {
        confirmation: `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${SIGNIN}"/></saml:SubjectConfirmation>`,
      },
      INVALID,
      NO_RECIPIENT,
      'both are required',
    ],
    [
      'a confirmation by a key',
      {
        confirmation: `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"><saml:SubjectConfirmationData NotOnOrAfter="2999-01-01T00:00:00Z" Recipient="${SIGNIN}"/></saml:SubjectConfirmation>`,
      },
      INVALID,
      NO_RECIPIENT,
      'nobody proves to hold it',
    ],
    [
      'another recipient',
      { recipient: 'https://sp.example.com/acs' },
      INVALID,
      /^Response does not contain the required recipient\.$/,
      'it was sent to somebody else',
    ],
    [
      'the recipient of another provider',
      { recipient: `${SIGNIN}/acs/SAMLOTHER` },
      INVALID,
      /required recipient/,
      'each that encrypts has an address of its own',
    ],
    [
      'a confirmation that is over',
      { confirmedUntil: 0 },
      'ExpiredTokenException',
      /^Response has expired$/,
      'to the millisecond',
    ],
    [
      'conditions that are over',
      { until: 0 },
      'ExpiredTokenException',
      /^Response has expired$/,
      'as recorded from AWS',
    ],
    [
      'an age of five minutes',
      { issued: -300_000 },
      'ExpiredTokenException',
      /^Token must be redeemed within 5 minutes of issuance$/,
      'whatever its conditions say',
    ],
    ['an issue that is to come', { issued: 301_000 }, INVALID, /not valid yet/, 'clocks do not differ so much'],
    ['a start that is to come', { from: 301_000 }, INVALID, /not valid yet/, 'clocks do not differ so much'],
    [
      'a session that is over',
      { statement: ' SessionNotOnOrAfter="2020-01-01T00:00:00Z"' },
      'ExpiredTokenException',
      /^Response has expired$/,
      'the person has left',
    ],
    [
      'a time that is none',
      { conditions: '<saml:Conditions NotOnOrAfter="soon"/>' },
      INVALID,
      /^NotOnOrAfter of the SAML assertion is not a time$/,
      'unread is not unlimited',
    ],
    ['another version', { version: '1.1' }, INVALID, /version 2\.0/, 'its elements mean something else'],
    [
      'another role',
      { attributes: { [`${OURS}Role`]: `${ROLE}X,${PROVIDER}` } },
      INVALID,
      /^SAML Assertion doesn't contain the requested Role and Metadata in the attributes$/,
      'the provider gives roles one by one',
    ],
    [
      'the role of another provider',
      { attributes: { [`${OURS}Role`]: `${ROLE},${PROVIDER}X` } },
      INVALID,
      /^SAML Assertion doesn't contain/,
      'a pair is one thing',
    ],
    [
      'no session name',
      { attributes: { [`${OURS}RoleSessionName`]: [] } },
      INVALID,
      /^RoleSessionName is required in AuthnResponse$/,
      'records would name nobody',
    ],
    [
      'a session name with a space',
      { attributes: { [`${OURS}RoleSessionName`]: 'Jane Doe' } },
      INVALID,
      /^RoleSessionName in AuthnResponse must match \[a-zA-Z_0-9\+=,\.@-\]\{2,64\}$/,
      'it goes into an ARN',
    ],
    [
      'two session names',
      { attributes: { [`${OURS}RoleSessionName`]: ['jane', 'root'] } },
      INVALID,
      /must have one value/,
      'nobody knows which was meant',
    ],
    [
      'a source identity of one letter',
      { attributes: { [`${OURS}SourceIdentity`]: 'j' } },
      INVALID,
      /^Source Identity must match \[a-zA-Z_0-9\+=,\.@-\]\{2,64\} and not begin with "aws:"$/,
      'two at the least',
    ],
    [
      'a duration of a day',
      { attributes: { [`${OURS}SessionDuration`]: '86400' } },
      INVALID,
      /^SessionDuration/,
      'twelve hours at the most',
    ],
  ]
  test.each(REFUSED)('an assertion with %s is refused', async (_what, claims, code, text) => {
    await expectRefusal(send(response(claims)), code, text)
  })

  const OTHERS: readonly [what: string, extra: Extra, code: string, text: RegExp, why: string][] = [
    [
      'a role that is not there',
      { RoleArn: `${ROLE}s` },
      INVALID,
      /^SAML Assertion doesn't contain/,
      'the provider did not give it',
    ],
    [
      'a provider that is not there',
      { PrincipalArn: `${PROVIDER}s` },
      INVALID,
      /^Specified provider doesn't exist \(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlManifestNotFoundException; Request ID: [0-9a-f-]+; Proxy: null\)$/,
      'as recorded from AWS',
    ],
    [
      'a provider in other letters',
      { PrincipalArn: PROVIDER.toLowerCase() },
      INVALID,
      /^Specified provider doesn't exist/,
      'an ARN is compared to the letter',
    ],
    [
      'a provider of another account',
      { PrincipalArn: PROVIDER.replace(MANAGEMENT, STAGING) },
      'AccessDenied',
      /^Principal exists outside the account of the Role being assumed$/,
      'an account answers for its own people',
    ],
    [
      'a role in its place',
      { PrincipalArn: ROLE },
      'ValidationError',
      /^Request ARN is invalid$/,
      'it vouches for nobody',
    ],
    [
      'more hours than the role has',
      { DurationSeconds: 7200 },
      'ValidationError',
      /^The requested DurationSeconds exceeds the MaxSessionDuration set for this role\.$/,
      'one, unless the role says more',
    ],
    ['a session policy that is none', { Policy: '{}' }, 'MalformedPolicyDocument', /./, 'it would limit nothing'],
  ]
  test.each(OTHERS)('a call for %s is refused', async (_what, extra, code, text) => {
    await expectRefusal(send(response(), extra), code, text)
  })

  test('a role that the provider gives and that is not there refuses in the words of one that does not trust', async () => {
    const RoleArn = `${ROLE}-gone`
    const answer = send(response({ attributes: { [`${OURS}Role`]: `${RoleArn},${PROVIDER}` } }), { RoleArn })
    await expectRefusal(answer, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithSAML', 403)
  })

  test('a person whom the provider does not know is refused by its word', async () => {
    const answer = send(base64(responseText('', { status: 'Responder' })))
    await expectRefusal(answer, 'IDPRejectedClaim', /reported that authentication failed/, 403)
  })

  const DURATIONS: readonly [what: string, claims: Claims, extra: Extra, seconds: number, why: string][] = [
    ['an hour', {}, {}, 3600, 'the default'],
    ['what was asked for', {}, { DurationSeconds: 900 }, 900, 'the least'],
    [
      'what the provider says, where it is less',
      { attributes: { [`${OURS}SessionDuration`]: '1800' } },
      {},
      1800,
      'it shortens',
    ],
    [
      'what was asked for, where it is less',
      { attributes: { [`${OURS}SessionDuration`]: '1800' } },
      { DurationSeconds: 1000 },
      1000,
      'the shorter of the two',
    ],
    [
      'an hour, where the provider says more',
      { attributes: { [`${OURS}SessionDuration`]: '43200' } },
      {},
      3600,
      'it does not lengthen',
    ],
  ]
  test.each(DURATIONS)('lasts %s', async (_what, claims, extra, seconds) => {
    expect(Math.abs((await secondsOf(send(response(claims), extra))) - seconds)).toBeLessThanOrEqual(1)
  })

  test('lasts no longer than the provider’s own session', async () => {
    const end = new Date(server.clock.now() + 1_200_000).toISOString()
    const seconds = await secondsOf(send(response({ statement: ` SessionNotOnOrAfter="${end}"` })))
    expect(Math.abs(seconds - 1200)).toBeLessThanOrEqual(1)
  })

  test('is refused by a provider whose metadata are past their end', async () => {
    const metadata = idp.metadata.replace(/ entityID="[^"]*"/, (id) => `${id} validUntil="2020-01-01T00:00:00Z"`)
    const PrincipalArn = await provider('Past', { SAMLMetadataDocument: metadata })
    const attributes = { [`${OURS}Role`]: `${ROLE},${PrincipalArn}` }
    await expectRefusal(send(response({ attributes }), { PrincipalArn }), INVALID, /metadata .* have expired/)
  })

  test('answers from the metadata as they are now', async () => {
    const arn = await provider('Moving')
    const RoleArn = `arn:aws:iam::${MANAGEMENT}:role/Moving`
    await role('Moving', arn, {})
    const attributes = { [`${OURS}Role`]: `${RoleArn},${arn}` }
    const answer = () => send(response({ attributes }), { RoleArn, PrincipalArn: arn })
    await answer()
    const update = { SAMLProviderArn: arn, SAMLMetadataDocument: stranger.metadata }
    await iamOf(server).send(new UpdateSAMLProviderCommand(update))
    await expectRefusal(answer(), INVALID, 'Response signature invalid', 400)
    await iamOf(server).send(new DeleteSAMLProviderCommand({ SAMLProviderArn: arn }))
    await expectRefusal(answer(), INVALID, /^Specified provider doesn't exist/)
  })
})

describe('the policies of the organisation', () => {
  const arn = `arn:aws:iam::${PRODUCTION}:saml-provider/Company`
  const RoleArn = `arn:aws:iam::${PRODUCTION}:role/Office`
  const attributes = { [`${OURS}Role`]: `${RoleArn},${arn}` }
  const answer = (claims: Claims = {}) => send(response({ ...claims, attributes }), { RoleArn, PrincipalArn: arn })

  beforeAll(async () => {
    const iam = iamOf(server, await enter(server, PRODUCTION))
    await iam.send(new CreateSAMLProviderCommand({ Name: 'Company', SAMLMetadataDocument: idp.metadata }))
    const AssumeRolePolicyDocument = trustText({ Federated: arn }, ACTIONS)
    await iam.send(new CreateRoleCommand({ RoleName: 'Office', AssumeRolePolicyDocument }))
  })

  async function attach(Type: PolicyType, statement: object): Promise<void> {
    const organizations = client(OrganizationsClient, server)
    const { Roots } = await organizations.send(new ListRootsCommand({}))
    await organizations.send(new EnablePolicyTypeCommand({ RootId: Roots?.[0]?.Id ?? '', PolicyType: Type }))
    const Content = policyText(statement)
    const made = await organizations.send(new CreatePolicyCommand({ Name: Type, Description: '', Type, Content }))
    const PolicyId = made.Policy?.PolicySummary?.Id ?? ''
    await organizations.send(new AttachPolicyCommand({ PolicyId, TargetId: PRODUCTION }))
  }

  test('that limit an account’s principals do not bear on whoever is none yet', async () => {
    await attach('SERVICE_CONTROL_POLICY', { Effect: 'Deny', Action: 'sts:*', Resource: '*' })
    await expect(answer()).resolves.toHaveProperty('Credentials')
  })

  test('that limit an account’s resources bear on its roles', async () => {
    const condition = { StringNotLikeIfExists: { 'saml:sub': '*@example.com' } }
    const denial = {
      Effect: 'Deny',
      Principal: '*',
      Action: 'sts:AssumeRoleWithSAML',
      Resource: '*',
      Condition: condition,
    }
    await attach('RESOURCE_CONTROL_POLICY', denial)
    await expect(answer()).resolves.toHaveProperty('Credentials')
    await expectRefusal(answer({ subject: 'jane@example.org' }), 'AccessDenied', /^Not authorized/, 403)
  })
})

describe('the record', () => {
  test('names the person, and shows what the response asked for and not the response', async () => {
    const RoleArn = `arn:aws:iam::${MANAGEMENT}:role/Recorded`
    await role('Recorded', PROVIDER, {})
    const attributes = {
      [`${OURS}Role`]: `${RoleArn},${PROVIDER}`,
      [`${OURS}PrincipalTag:team`]: 'a',
      [`${OURS}TransitiveTagKeys`]: 'team',
      [`${OURS}SourceIdentity`]: 'jane',
    }
    const SAMLAssertion = response({ id: '_recorded', attributes })
    await send(SAMLAssertion, { RoleArn, DurationSeconds: 900 })
    const { records } = await server.world.store.audited({ eventName: 'AssumeRoleWithSAML', limit: 1 })
    expect(records[0]).toMatchObject({ recipientAccountId: MANAGEMENT })
    expect(records[0]?.userIdentity).toEqual({
      type: 'SAMLUser',
      principalId: `${QUALIFIER}:jane@example.com`,
      userName: 'jane@example.com',
      identityProvider: QUALIFIER,
    })
    expect(records[0]?.requestParameters).toEqual({
      sAMLAssertionID: '_recorded',
      roleSessionName: 'jane',
      sourceIdentity: 'jane',
      principalTags: { team: 'a' },
      transitiveTagKeys: ['team'],
      roleArn: RoleArn,
      principalArn: PROVIDER,
      durationSeconds: 900,
    })
    expect(JSON.stringify(records[0])).not.toContain(SAMLAssertion)
  })
})

describe('a response that somebody else had a hand in', () => {
  const BAD = 'Response signature invalid'
  const evil = () => assertion({ id: '_evil', subject: 'root@example.com' })
  const ATTACKS: readonly [what: string, xml: () => string, text: string | RegExp, why: string][] = [
    ['nobody signed', () => responseText(assertion()), BAD, 'anybody may have written it'],
    [
      'another key signed',
      () => responseText(stranger.sign(assertion(), 'Assertion')),
      BAD,
      'its certificate is in the response, and not in the metadata',
    ],
    [
      'was changed after it was signed',
      () => responseText(signedAssertion().replace('jane@example.com', 'root@example.com')),
      BAD,
      'the digest is of what was signed',
    ],
    [
      'had its digest made anew',
      () => {
        const forged = stranger.sign(assertion({ subject: 'root@example.com' }), 'Assertion')
        const digest = /<DigestValue>[^<]*<\/DigestValue>/.exec(forged)?.[0] ?? ''
        const changed = signedAssertion().replace('jane@example.com', 'root@example.com')
        return responseText(changed.replace(/<DigestValue>[^<]*<\/DigestValue>/, digest))
      },
      BAD,
      'the digest is signed in its turn',
    ],
    [
      'holds a second assertion before the signed one',
      () => responseText(evil() + signedAssertion()),
      BAD,
      'readers look at the first',
    ],
    [
      'holds a second assertion behind the signed one',
      () => responseText(signedAssertion() + evil()),
      BAD,
      'readers look at the last',
    ],
    [
      'wraps the signed assertion in an extension',
      () => responseText(`<samlp:Extensions>${signedAssertion()}</samlp:Extensions>${evil()}`),
      BAD,
      'the signature is right, and of something else',
    ],
    [
      'moves the signature into another assertion',
      () => {
        const good = signedAssertion()
        const signature = /<Signature .*<\/Signature>/.exec(good)?.[0] ?? ''
        const bare = good.replace(signature, '')
        const wrapped = signature.replace('</Signature>', `<Object>${bare}</Object></Signature>`)
        return responseText(evil().replace('</saml:Issuer>', `</saml:Issuer>${wrapped}`))
      },
      BAD,
      'the signed one lies within the signature',
    ],
    [
      'moves the signature into another assertion of the same id',
      () => {
        const good = signedAssertion()
        const signature = /<Signature .*<\/Signature>/.exec(good)?.[0] ?? ''
        const kept = `<samlp:Extensions>${good.replace(signature, '').replaceAll('saml:Assertion', 'saml:Evidence')}</samlp:Extensions>`
        const same = assertion({ subject: 'root@example.com' }).replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
        return responseText(kept + same)
      },
      BAD,
      'the reference means either',
    ],
    [
      'borrows the signature of another message',
      () => {
        const logout = '<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_logout">'
        const message = idp.sign(`${logout}${ISSUER}</samlp:LogoutResponse>`, 'LogoutResponse')
        const signature = /<Signature .*<\/Signature>/.exec(message)?.[0] ?? ''
        const lent = `<samlp:Extensions>${message.replace(signature, '')}</samlp:Extensions>`
        return responseText(lent + evil().replace('</saml:Issuer>', `</saml:Issuer>${signature}`))
      },
      BAD,
      'providers sign more than assertions',
    ],
    [
      'gives two elements the signed name',
      () => responseText(`<samlp:Extensions ID="_assertion"/>${signedAssertion()}`),
      BAD,
      'the reference means either',
    ],
    [
      'puts the whole signed response within another',
      () => responseText(idp.sign(responseText(assertion(), { issuer: ISSUER }), 'Response')),
      BAD,
      'the outer one is nobody’s',
    ],
    [
      'has two signatures',
      () => {
        const twice = idp.sign(stranger.sign(assertion(), 'Assertion'), 'Assertion')
        return responseText(twice)
      },
      BAD,
      'which of them counts is for the attacker to choose',
    ],
    [
      'is signed as a whole by the provider, with an assertion that another signed',
      () => idp.sign(responseText(stranger.sign(assertion(), 'Assertion'), { issuer: ISSUER }), 'Response'),
      BAD,
      'each signature that is there must hold',
    ],
    [
      'is signed with SHA-1',
      () => responseText(idp.sign(assertion(), 'Assertion', { method: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' })),
      BAD,
      'two texts with one digest can be made',
    ],
    [
      'is digested with SHA-1',
      () => responseText(idp.sign(assertion(), 'Assertion', { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' })),
      BAD,
      'two texts with one digest can be made',
    ],
    [
      'names a secret for a key',
      () =>
        responseText(
          signedAssertion().replace(
            'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
            'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
          ),
        ),
      BAD,
      'the certificate would be the secret, and everybody has it',
    ],
    [
      'refers to the whole document',
      () => responseText(signedAssertion().replace('URI="#_assertion"', 'URI=""')),
      BAD,
      'what that is depends on who reads',
    ],
    [
      'has an entity',
      () => `<!DOCTYPE x [<!ENTITY who "root@example.com">]>${responseText(signedAssertion())}`,
      /^Invalid base64 SAMLResponse/,
      'it grows, or reads files',
    ],
    [
      'is cut short',
      () => responseText(signedAssertion()).slice(0, -5),
      /^Invalid base64 SAMLResponse/,
      'not well-formed',
    ],
    [
      'is very deep',
      () => responseText(signedAssertion() + '<a>'.repeat(3000) + '</a>'.repeat(3000)),
      /^Invalid base64 SAMLResponse/,
      'whoever goes down it may not come back',
    ],
    [
      'is made of very many parts',
      () => responseText(signedAssertion() + '<!---->'.repeat(4000)),
      /^Invalid base64 SAMLResponse/,
      'reading them would keep everybody waiting',
    ],
    ['is an assertion alone', () => signedAssertion(), /^Invalid base64 SAMLResponse/, 'a response says how it went'],
    ['has no assertion', () => responseText(''), /^Invalid base64 SAMLResponse/, 'it says nothing'],
    [
      'says that another sent it',
      () => responseText(signedAssertion(), { issuer: ISSUER.replace('idp', 'else') }),
      /^Issuer not present in specified provider/,
      'the assertion was taken from elsewhere',
    ],
  ]
  test.each(ATTACKS)('is refused where it %s', async (_what, xml, text) => {
    await expectRefusal(send(base64(xml())), 'InvalidIdentityToken', text, 400)
  })

  test('is refused where it is no base64', async () => {
    await expectRefusal(send('<samlp:Response/>'), 'InvalidIdentityToken', /^Invalid base64 SAMLResponse/, 400)
  })

  const CUT: readonly [name: string, cut: string, taken: boolean, why: string][] = [
    ['jane.doe@example.com', 'jane<!-- -->.doe@example.com', true, 'signatures do not cover comments'],
    [
      'jane@example.com.example.org',
      'jane@example.com<!-- -->.example.org',
      false,
      'its beginning alone would be let in',
    ],
  ]
  test.each(CUT)('keeps the name %s whole where a comment cuts it in two', async (name, cut, taken) => {
    const answer = send(base64(responseText(signedAssertion({ subject: name }).replace(name, cut))))
    if (taken) return expect((await answer).Subject).toBe(name)
    await expectRefusal(answer, 'AccessDenied', /^Not authorized/)
  })
})

describe('attributes', () => {
  const OID = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.'
  const KEYS: readonly [key: string, operator: string, attribute: string, values: string | string[], why: string][] = [
    ['saml:iss', 'StringEquals', '', '', 'the issuer'],
    ['saml:doc', 'StringEquals', '', '', 'account and provider'],
    ['saml:namequalifier', 'StringEquals', '', '', 'a hash of all three'],
    ['saml:edupersonaffiliation', 'ForAnyValue:StringEquals', `${OID}1`, ['staff', 'member'], 'a list'],
    ['saml:edupersonorgdn', 'StringEquals', `${OID}3`, 'staff', 'one value'],
    ['saml:cn', 'ForAnyValue:StringEquals', 'urn:oid:2.5.4.3', ['staff'], 'a list'],
    ['saml:commonName', 'StringEquals', 'http://schemas.xmlsoap.org/claims/CommonName', 'staff', 'of Active Directory'],
    [
      'saml:mail',
      'StringEquals',
      'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
      'staff',
      'of Active Directory',
    ],
    ['saml:uid', 'StringEquals', '0.9.2342.19200300100.1.1', 'staff', 'of X.500, as AWS spells it'],
    ['saml:givenName', 'StringEquals', '2.5.4.42', ['staff', 'other'], 'of X.500; the first counts'],
  ]
  const WANTED: Readonly<Record<string, () => string>> = {
    'saml:iss': () => idp.entityId,
    'saml:doc': () => `${MANAGEMENT}/Company`,
    'saml:namequalifier': () => QUALIFIER,
  }
  test.each(KEYS)('%s can be asked for', async (key, operator, attribute, values) => {
    const name = `by-${key.slice(5)}`
    const RoleArn = `arn:aws:iam::${MANAGEMENT}:role/${name}`
    await role(name, PROVIDER, { [operator]: { [key]: WANTED[key]?.() ?? 'staff' } })
    const pair = { [`${OURS}Role`]: `${RoleArn},${PROVIDER}` }
    const answer = (more: object) => send(response({ attributes: { ...pair, ...more } }), { RoleArn })
    await expect(answer(attribute === '' ? {} : { [attribute]: values })).resolves.toHaveProperty('Credentials')
    if (attribute !== '') await expectRefusal(answer({ [attribute]: 'guest' }), 'AccessDenied', /^Not authorized/)
  })

  test('tag the session, name its source, and open further doors', async () => {
    const RoleArn = `arn:aws:iam::${MANAGEMENT}:role/Tagged`
    await role('Tagged', PROVIDER, { StringEquals: { 'aws:RequestTag/team': 'a' } })
    const PolicyDocument = policyText({
      Effect: 'Allow',
      Action: 'iam:ListUsers',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'a', 'aws:SourceIdentity': 'jane' } },
    })
    await iamOf(server).send(new PutRolePolicyCommand({ RoleName: 'Tagged', PolicyName: 'own', PolicyDocument }))
    const attributes = {
      [`${OURS}Role`]: `${RoleArn},${PROVIDER}`,
      [`${OURS}PrincipalTag:team`]: 'a',
      [`${OURS}TransitiveTagKeys`]: 'team',
      [`${OURS}SourceIdentity`]: 'jane',
    }
    const answer = await send(response({ attributes }), { RoleArn })
    expect(answer).toMatchObject({ SourceIdentity: 'jane', PackedPolicySize: 1 })
    const keys = await keysOf(Promise.resolve(answer))
    await expect(iamOf(server, keys).send(new ListUsersCommand())).resolves.toHaveProperty('Users')
  })

  test('stand in the policies of the role, in the place of a name', async () => {
    const iam = iamOf(server)
    const RoleArn = `arn:aws:iam::${MANAGEMENT}:role/Own`
    await role('Own', PROVIDER, {})
    const Resource = `arn:aws:iam::${MANAGEMENT}:user/\${saml:sub}`
    const PolicyDocument = policyText({ Effect: 'Allow', Action: 'iam:GetUser', Resource })
    await iam.send(new PutRolePolicyCommand({ RoleName: 'Own', PolicyName: 'own', PolicyDocument }))
    for (const UserName of ['jane@example.com', 'joe@example.com']) await iam.send(new CreateUserCommand({ UserName }))
    const pair = { [`${OURS}Role`]: `${RoleArn},${PROVIDER}` }
    const keys = await keysOf(send(response({ attributes: pair }), { RoleArn }))
    const show = (UserName: string) => iamOf(server, keys).send(new GetUserCommand({ UserName }))
    await expect(show('jane@example.com')).resolves.toHaveProperty('User')
    await expectRefusal(show('joe@example.com'), 'AccessDenied', /iam:GetUser/)
  })

  const CLOSED: readonly [action: string, attribute: string][] = [
    ['sts:TagSession', 'PrincipalTag:team'],
    ['sts:SetSourceIdentity', 'SourceIdentity'],
  ]
  test.each(CLOSED)('are refused where the role does not allow %s', async (action, attribute) => {
    const name = action.slice(4)
    const RoleArn = `arn:aws:iam::${MANAGEMENT}:role/${name}`
    await role(
      name,
      PROVIDER,
      {},
      ACTIONS.filter((one) => one !== action),
    )
    const pair = { [`${OURS}Role`]: `${RoleArn},${PROVIDER}` }
    await expect(send(response({ attributes: pair }), { RoleArn })).resolves.toHaveProperty('Credentials')
    const answer = send(response({ attributes: { ...pair, [OURS + attribute]: 'abc' } }), { RoleArn })
    await expectRefusal(answer, 'AccessDenied', `Not authorized to perform ${action}`, 403)
  })

  test('make no tag transitive that is not there', async () => {
    const answer = send(response({ attributes: { [`${OURS}TransitiveTagKeys`]: 'team' } }))
    await expectRefusal(answer, 'InvalidParameterValue', /transitive tag key must be included/)
  })
})

describe('an encrypted assertion', () => {
  const pair = () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    return { publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }
  const ours = pair()
  const old = pair()
  const arns = { Required: '', Allowed: '' }

  beforeAll(async () => {
    for (const mode of ['Required', 'Allowed'] as const) {
      const more = { AssertionEncryptionMode: mode, AddPrivateKey: old.pem }
      const arn = await provider(`Sealed${mode}`, more)
      await iamOf(server).send(new UpdateSAMLProviderCommand({ SAMLProviderArn: arn, AddPrivateKey: ours.pem }))
      await role(`Sealed${mode}`, arn, {})
      arns[mode] = arn
    }
  })

  const roleOf = (mode: string) => `arn:aws:iam::${MANAGEMENT}:role/Sealed${mode}`
  const claims = (mode: 'Required' | 'Allowed'): Claims => ({
    attributes: { [`${OURS}Role`]: `${roleOf(mode)},${arns[mode]}` },
  })
  const offer = (mode: 'Required' | 'Allowed', within: string) =>
    send(base64(responseText(within)), { RoleArn: roleOf(mode), PrincipalArn: arns[mode] })

  const TAKEN: readonly [what: string, how: Parameters<typeof encrypt>[2], key: typeof ours, why: string][] = [
    ['by GCM', { cipher: 'aes-256-gcm' }, ours, 'the newer way'],
    ['by CBC', { cipher: 'aes-128-cbc' }, ours, 'the older way, which most have'],
    ['with the first of two keys', {}, old, 'one follows the other'],
  ]
  test.each(TAKEN)('is read %s', async (_what, how, { publicKey }) => {
    for (const mode of ['Required', 'Allowed'] as const) {
      const answer = await offer(mode, encrypt(signedAssertion(claims(mode)), publicKey, how))
      expect(answer.Subject).toBe('jane@example.com')
    }
  })

  test('is read in a response that is signed, without a signature of its own', async () => {
    const sealed = encrypt(assertion(claims('Allowed')), ours.publicKey)
    const xml = idp.sign(responseText(sealed, { issuer: ISSUER }), 'Response')
    const answer = send(base64(xml), { RoleArn: roleOf('Allowed'), PrincipalArn: arns.Allowed })
    await expect(answer).resolves.toHaveProperty('Credentials')
  })

  const REFUSED: readonly [what: string, sealed: () => string, why: string][] = [
    ['nobody signed it', () => encrypt(assertion(claims('Allowed')), ours.publicKey), 'everybody has the public key'],
    [
      'it is for another key',
      () => encrypt(signedAssertion(claims('Allowed')), pair().publicKey),
      'it was meant for somebody else',
    ],
    [
      'its key is wrapped by RSA 1.5',
      () => encrypt(signedAssertion(claims('Allowed')), ours.publicKey, { wrap: 'pkcs1' }),
      'answers to it give keys away',
    ],
    ['it is no XML', () => encrypt('nothing', ours.publicKey), 'told in the same words'],
    [
      'it hides a second response',
      () => encrypt(responseText(signedAssertion(claims('Allowed'))), ours.publicKey),
      'an assertion was promised',
    ],
  ]
  test.each(REFUSED)('is refused where %s', async (_what, sealed) => {
    await expectRefusal(offer('Allowed', sealed()), 'InvalidIdentityToken', 'Response signature invalid', 400)
  })

  test('is what a provider must send where it is required, and may where it is allowed', async () => {
    const text = /must be encrypted/
    await expectRefusal(offer('Required', signedAssertion(claims('Required'))), 'InvalidIdentityToken', text)
    await expect(offer('Allowed', signedAssertion(claims('Allowed')))).resolves.toHaveProperty('Credentials')
  })

  test('may be sent to the provider’s own address', async () => {
    const command = new GetSAMLProviderCommand({ SAMLProviderArn: arns.Allowed })
    const { SAMLProviderUUID } = await iamOf(server).send(command)
    const own = `${SIGNIN}/acs/${SAMLProviderUUID}`
    const sent = signedAssertion({ ...claims('Allowed'), recipient: own, audience: own })
    expect((await offer('Allowed', encrypt(sent, createPublicKey(ours.pem)))).Audience).toBe(own)
  })
})
