import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
  type AssumeRoleWithWebIdentityCommandInput,
} from '@aws-sdk/client-sts'
import { client, MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'
import { newSigner, startProvider, type IdentityProvider, type Signer } from './identity-provider.ts'
import { expectRefusal, iamOf, policyText } from './people.ts'

const GIVEN = 'token.example.com/team'
const ISSUER = `https://${GIVEN}`
const PROVIDER = `arn:aws:iam::${MANAGEMENT}:oidc-provider/${GIVEN}`
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/Deploy`
const SUBJECT = 'repo:acme/infra:ref:refs/heads/main'
const TAGS = 'https://aws.amazon.com/tags'
const CLAIMS = { iss: ISSUER, aud: 'sts.amazonaws.com', sub: SUBJECT }

let server: TestServer
let signer: Signer
let local: IdentityProvider

beforeAll(async () => {
  signer = await newSigner()
  local = await startProvider()
  server = await startServer({ jwks: new Map([[GIVEN, signer.keys]]) })
  await register(ISSUER)
  await role('Deploy', PROVIDER, {
    StringEquals: { [`${GIVEN}:aud`]: 'sts.amazonaws.com' },
    StringLike: { [`${GIVEN}:sub`]: 'repo:acme/infra:*' },
  })
  await register(local.issuer, [local.thumbprint])
  await role('Local', `arn:aws:iam::${MANAGEMENT}:oidc-provider/${local.issuer.slice('https://'.length)}`)
})
afterAll(async () => {
  local.close()
  expect(server.bugs).toEqual([])
  await server.close()
})

async function register(Url: string, ThumbprintList?: string[]): Promise<void> {
  const clients = { ClientIDList: ['sts.amazonaws.com', 'other'] }
  await iamOf(server).send(
    new CreateOpenIDConnectProviderCommand({ Url, ...clients, ...(ThumbprintList && { ThumbprintList }) }),
  )
}

async function role(RoleName: string, provider: string, Condition?: object): Promise<void> {
  const Action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity']
  const statement = { Effect: 'Allow', Principal: { Federated: provider }, Action, ...(Condition && { Condition }) }
  const iam = iamOf(server)
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policyText(statement) }))
  const PolicyDocument = policyText({
    Effect: 'Allow',
    Action: 'iam:ListUsers',
    Resource: '*',
    Condition: { StringEquals: { 'aws:FederatedProvider': provider } },
  })
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }))
}

/** `undefined` leaves one out. */
type Claims = Readonly<Record<string, unknown>>

type Extra = Partial<AssumeRoleWithWebIdentityCommandInput>

async function assume(WebIdentityToken: string, extra: Extra = {}) {
  const sts = client(STSClient, server, { accessKeyId: 'none', secretAccessKey: 'none' })
  const command = { RoleArn: ROLE, RoleSessionName: 'pipeline', WebIdentityToken, ...extra }
  return sts.send(new AssumeRoleWithWebIdentityCommand(command))
}

function token(claims: Claims = {}): Promise<string> {
  return signer.token({ ...CLAIMS, ...claims }, server.clock.now())
}

async function keysOf(answer: ReturnType<typeof assume>): Promise<Keys> {
  const { Credentials: { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = {} } = await answer
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

describe('sts:AssumeRoleWithWebIdentity', () => {
  test('opens a session of the role for whom the provider names', async () => {
    const answer = await assume(await token(), { DurationSeconds: 900 })
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: SUBJECT,
      Audience: 'sts.amazonaws.com',
      Provider: PROVIDER,
      AssumedRoleUser: {
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:pipeline$/),
        Arn: `arn:aws:sts::${MANAGEMENT}:assumed-role/Deploy/pipeline`,
      },
      PackedPolicySize: 0,
    })
    const expected = Math.floor(server.clock.now() / 1000) * 1000 + 900_000
    expect(Math.abs((answer.Credentials?.Expiration?.getTime() ?? 0) - expected)).toBeLessThanOrEqual(2000)
  })

  test('takes no signature, and its credentials know their provider', async () => {
    const keys = await keysOf(assume(await token()))
    await expect(iamOf(server, keys).send(new ListUsersCommand())).resolves.toHaveProperty('Users')
    const { Arn } = await client(STSClient, server, keys).send(new GetCallerIdentityCommand())
    expect(Arn).toBe(`arn:aws:sts::${MANAGEMENT}:assumed-role/Deploy/pipeline`)
    const again = client(STSClient, server, keys).send(new GetSessionTokenCommand())
    await expectRefusal(again, 'AccessDenied', 'Cannot call GetSessionToken with session credentials', 403)
  })

  const REFUSED: readonly [what: string, claims: Claims, code: string, text: RegExp, why: string][] = [
    [
      'a subject that the role does not name',
      { sub: 'repo:acme/other:x' },
      'AccessDenied',
      /^Not authorized to perform sts:AssumeRoleWithWebIdentity$/,
      'the trust policy has the last word',
    ],
    [
      'a client that the role does not name',
      { aud: 'other' },
      'AccessDenied',
      /^Not authorized/,
      'registered, and not this role’s',
    ],
    [
      'a client that is not registered',
      { aud: 'stranger' },
      'InvalidIdentityToken',
      /^Incorrect token audience$/,
      'the provider has a list',
    ],
    [
      'an authorised party that is not registered',
      { azp: 'stranger' },
      'InvalidIdentityToken',
      /^Incorrect token audience$/,
      '`azp` goes before `aud`',
    ],
    [
      'no audience',
      { aud: undefined },
      'InvalidIdentityToken',
      /^Missing a required claim: aud$/,
      'it may be for anybody',
    ],
    ['no subject', { sub: undefined }, 'InvalidIdentityToken', /^Missing a required claim: sub$/, 'it names nobody'],
    [
      'no expiry',
      { exp: undefined },
      'InvalidIdentityToken',
      /^Missing a required claim: exp$/,
      'it would be good for ever',
    ],
    [
      'an issuer that is not registered',
      { iss: 'https://else.example.com' },
      'InvalidIdentityToken',
      /^No OpenIDConnect provider found in your account for https:\/\/else\.example\.com$/,
      'nobody vouches for it',
    ],
    [
      'an issuer without its scheme',
      { iss: GIVEN },
      'InvalidIdentityToken',
      /^No OpenIDConnect provider found/,
      'compared to the letter',
    ],
    [
      'an issuer with a slash more',
      { iss: `${ISSUER}/` },
      'InvalidIdentityToken',
      /^No OpenIDConnect provider found/,
      'compared to the letter',
    ],
    [
      'an expiry that is past',
      { exp: 1_600_000_000 },
      'ExpiredTokenException',
      /^Token expired: current date\/time \d+ must be before the expiration date\/time 1600000000$/,
      'by the server’s clock',
    ],
    [
      'a start that is to come',
      { nbf: 4_000_000_000, exp: 4_000_003_600 },
      'InvalidIdentityToken',
      /not valid yet/,
      'it was made for later',
    ],
  ]
  test.each(REFUSED)('a token with %s is refused', async (_what, claims, code, text) => {
    await expectRefusal(assume(await token(claims)), code, text)
  })

  test('a token that another key signed is refused', async () => {
    const forged = await (await newSigner()).token(CLAIMS, server.clock.now())
    await expectRefusal(assume(forged), 'InvalidIdentityToken', /signature/, 400)
  })

  test('a token whose claims were changed after it was signed is refused', async () => {
    const [head, body, signature] = (await token()).split('.')
    const claims = {
      ...(JSON.parse(Buffer.from(body ?? '', 'base64url').toString()) as object),
      sub: 'repo:acme/infra:x',
    }
    const changed = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
    await expectRefusal(assume(changed), 'InvalidIdentityToken', /signature/, 400)
  })

  test('a token without a signature is refused', async () => {
    const head = Buffer.from('{"alg":"none"}').toString('base64url')
    const [, body] = (await token()).split('.')
    await expectRefusal(assume(`${head}.${body}.`), 'InvalidIdentityToken', /signature/, 400)
  })

  test('what is no token is refused', async () => {
    await expectRefusal(assume('no-token'), 'InvalidIdentityToken', /not a valid JWT/, 400)
  })

  test('a role that is not there refuses in the words of one that does not trust', async () => {
    const stranger = assume(await token(), { RoleArn: ROLE.replace('Deploy', 'Nobody') })
    await expectRefusal(stranger, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403)
  })

  test('a session longer than the role allows is refused', async () => {
    const long = assume(await token(), { DurationSeconds: 7200 })
    await expectRefusal(long, 'ValidationError', /exceeds the MaxSessionDuration set for this role/, 400)
  })

  test('tags and the source identity come from the token', async () => {
    const claims = { [TAGS]: { principal_tags: { team: ['a'] }, transitive_tag_keys: ['team'] } }
    const source = { 'https://aws.amazon.com/source_identity': 'dana' }
    const answer = await assume(await token({ ...claims, ...source }))
    expect(answer.SourceIdentity).toBe('dana')
    expect(answer.PackedPolicySize).toBe(1)
  })

  test('the record names the provider and the subject', async () => {
    await assume(await token())
    const { records } = await server.world.store.audited({ eventName: 'AssumeRoleWithWebIdentity', limit: 1 })
    expect(records[0]).toMatchObject({
      userIdentity: {
        type: 'WebIdentityUser',
        principalId: `${PROVIDER}:sts.amazonaws.com:${SUBJECT}`,
        userName: SUBJECT,
        identityProvider: PROVIDER,
      },
      recipientAccountId: MANAGEMENT,
    })
    expect(JSON.stringify(records[0])).not.toContain(await token())
  })
})

describe('the keys of a provider', () => {
  const RoleArn = ROLE.replace('Deploy', 'Local')

  test('are read from it once, and again for a key that is not among them', async () => {
    const claims = { ...CLAIMS, iss: local.issuer }
    const before = local.reads()
    await assume(await local.token(claims, server.clock.now()), { RoleArn })
    await assume(await local.token(claims, server.clock.now()), { RoleArn })
    expect(local.reads() - before).toBe(1)
    const other = await (await newSigner('two')).token(claims, server.clock.now())
    await expectRefusal(assume(other, { RoleArn }), 'InvalidIdentityToken', /signature/)
    expect(local.reads() - before).toBe(2)
  })

  test('are not taken from a server whose certificate is another', async () => {
    const OpenIDConnectProviderArn = `arn:aws:iam::${MANAGEMENT}:oidc-provider/${local.issuer.slice('https://'.length)}`
    const change = (ThumbprintList: string[]) =>
      iamOf(server).send(new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }))
    await change(['0'.repeat(40)])
    const claims = { ...CLAIMS, iss: local.issuer }
    const answer = assume(await local.token(claims, server.clock.now()), { RoleArn })
    await expectRefusal(answer, 'InvalidIdentityToken', /HTTPS certificate doesn't match configured thumbprint/)
    await change([local.thumbprint])
  })

  test('are not there where nobody answers', async () => {
    const issuer = 'https://localhost:1'
    await register(issuer)
    const answer = assume(await signer.token({ ...CLAIMS, iss: issuer }, server.clock.now()))
    await expectRefusal(answer, 'InvalidIdentityToken', /^Couldn't retrieve verification key/)
  })
})
