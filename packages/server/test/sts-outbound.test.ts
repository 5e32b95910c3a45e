import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DisableOutboundWebIdentityFederationCommand,
  EnableOutboundWebIdentityFederationCommand,
  GetOutboundWebIdentityFederationInfoCommand,
  IAMClient,
  TagRoleCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleWithWebIdentityCommand,
  GetWebIdentityTokenCommand,
  STSClient,
  type GetWebIdentityTokenCommandInput,
} from '@aws-sdk/client-sts'
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose'
import { client, DEVELOPMENT, MANAGEMENT, PRODUCTION, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, policyText, userAllowed } from './people.ts'

let server: TestServer
let iam: IAMClient
let issuer: string

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  await expectRefusal(ask(), 'OutboundWebIdentityFederationDisabled', /not enabled/, 403)
  await expectRefusal(info(), 'FeatureDisabled', /disabled/, 404)
  const { IssuerIdentifier = '' } = await iam.send(new EnableOutboundWebIdentityFederationCommand({}))
  issuer = IssuerIdentifier
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const info = () => iam.send(new GetOutboundWebIdentityFederationInfoCommand({}))

function ask(extra: Partial<GetWebIdentityTokenCommandInput> = {}, keys?: Keys) {
  const input = { Audience: ['https://api.example.com'], SigningAlgorithm: 'RS256', ...extra }
  return client(STSClient, server, keys).send(new GetWebIdentityTokenCommand(input))
}

async function shown(path: string): Promise<unknown> {
  const [, id = ''] = /^https:\/\/([0-9a-f-]{36})\.tokens\.sts\.global\.api\.aws$/.exec(issuer) ?? []
  const answer = await fetch(`${server.endpoint}/_sallyport/issuers/${id}/.well-known/${path}`)
  return answer.status === 200 ? answer.json() : answer.status
}

async function keys(): Promise<JSONWebKeySet> {
  return (await shown('jwks.json')) as JSONWebKeySet // what the door shows
}

describe('outbound federation', () => {
  test('has an issuer of the account’s own, enabled once', async () => {
    expect(await info()).toMatchObject({ IssuerIdentifier: issuer, JwtVendingEnabled: true })
    const again = iam.send(new EnableOutboundWebIdentityFederationCommand({}))
    await expectRefusal(again, 'FeatureEnabled', /already enabled/, 409)
  })

  test('shows its keys to everybody, and no private half', async () => {
    expect(await shown('openid-configuration')).toMatchObject({
      issuer,
      jwks_uri: expect.stringMatching(/^http:.*\/\.well-known\/jwks\.json$/),
      id_token_signing_alg_values_supported: ['RS256', 'ES384'],
    })
    const shownKeys = (await keys()).keys
    expect(shownKeys.map(({ kid, alg }) => [kid, alg])).toEqual([
      ['RSA_0', 'RS256'],
      ['EC384_0', 'ES384'],
    ])
    expect(shownKeys.some((key) => 'd' in key)).toBe(false)
    expect(await shown('else')).not.toHaveProperty('keys')
  })
})

describe('sts:GetWebIdentityToken', () => {
  test.each(['RS256', 'ES384'])('signs with %s who asks, for whom, and until when', async (SigningAlgorithm) => {
    const Tags = [{ Key: 'job', Value: '7' }]
    const { WebIdentityToken = '', Expiration } = await ask({ SigningAlgorithm, DurationSeconds: 60, Tags })
    const { payload } = await jwtVerify(WebIdentityToken, createLocalJWKSet(await keys()), { issuer })
    expect(payload).toMatchObject({
      iss: issuer,
      aud: 'https://api.example.com',
      sub: `arn:aws:iam::${MANAGEMENT}:user/administrator`,
      exp: (payload.iat ?? 0) + 60,
      jti: expect.any(String),
      'https://sts.amazonaws.com/': {
        aws_account: MANAGEMENT,
        source_region: 'us-east-1',
        org_id: expect.stringMatching(/^o-/),
        ou_path: expect.stringMatching(/^o-\w+\/r-\w+\/$/),
        request_tags: { job: '7' },
      },
    })
    expect(Expiration?.getTime()).toBe((payload.exp ?? 0) * 1000)
  })

  test('names the role of a session, and is not good for longer', async () => {
    const session = await enter(server, DEVELOPMENT)
    const inside = iamOf(server, session)
    await inside.send(new EnableOutboundWebIdentityFederationCommand({}))
    const tag = { RoleName: 'OrganizationAccountAccessRole', Tags: [{ Key: 'team', Value: 'a' }] }
    await inside.send(new TagRoleCommand(tag))
    const { WebIdentityToken = '' } = await ask({ Audience: ['a', 'b'] }, session)
    expect(decodeJwt(WebIdentityToken)).toMatchObject({
      aud: ['a', 'b'],
      sub: `arn:aws:iam::${DEVELOPMENT}:role/OrganizationAccountAccessRole`,
      'https://sts.amazonaws.com/': {
        principal_tags: { team: 'a' },
        original_session_exp: expect.stringMatching(/Z$/),
      },
    })
    server.clock.move(3_000_000)
    const long = ask({ DurationSeconds: 3600 }, session)
    await expectRefusal(long, 'SessionDurationEscalation', /beyond its original expiration/, 403)
    server.clock.reset()
  })

  const REFUSED: readonly [what: string, extra: Partial<GetWebIdentityTokenCommandInput>, code: string, why: string][] =
    [
      ['another algorithm', { SigningAlgorithm: 'HS256' }, 'ValidationError', 'nobody could check it'],
      ['no audience', { Audience: [] }, 'ValidationError', 'a token is for somebody'],
      ['a second less than a minute', { DurationSeconds: 59 }, 'ValidationError', 'the least is sixty'],
      ['a second more than an hour', { DurationSeconds: 3601 }, 'ValidationError', 'the most is an hour'],
      ['a tag of AWS’s', { Tags: [{ Key: 'aws:x', Value: '' }] }, 'InvalidParameterValue', 'reserved'],
      [
        'tags without end',
        { Tags: Array.from({ length: 50 }, (_, at) => ({ Key: `${at}`.padEnd(128, 'k'), Value: 'v'.repeat(256) })) },
        'JWTPayloadSizeExceeded',
        'more than AssumeRoleWithWebIdentity takes',
      ],
    ]
  test.each(REFUSED)('is refused with %s', async (_what, extra, code) => {
    await expectRefusal(ask(extra), code)
  })

  test('asks the law, for the audience and for the tags', async () => {
    await expectRefusal(ask({}, await newUser(server, 'nobody')), 'AccessDenied', /sts:GetWebIdentityToken/, 403)
    const Condition = { 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': ['https://api.example.com'] } }
    const some = await userAllowed(server, 'some', { Action: 'sts:GetWebIdentityToken', Resource: '*', Condition })
    await expect(ask({}, some)).resolves.toHaveProperty('WebIdentityToken')
    await expectRefusal(ask({ Audience: ['other'] }, some), 'AccessDenied')
    const Tags = [{ Key: 'job', Value: '7' }]
    await expectRefusal(ask({ Tags }, some), 'AccessDenied', /sts:TagGetWebIdentityToken/)
  })

  test('opens a role of another account that trusts this one as a provider', async () => {
    const production = iamOf(server, await enter(server, PRODUCTION))
    await production.send(new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ['production'] }))
    const name = issuer.replace('https://', '')
    const statement = {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${PRODUCTION}:oidc-provider/${name}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${name}:sub`]: `arn:aws:iam::${MANAGEMENT}:user/administrator` } },
    }
    await production.send(new CreateRoleCommand({ RoleName: 'Door', AssumeRolePolicyDocument: policyText(statement) }))
    const enterBy = (WebIdentityToken = '') =>
      client(STSClient, server).send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: `arn:aws:iam::${PRODUCTION}:role/Door`,
          RoleSessionName: 'outside',
          WebIdentityToken,
        }),
      )
    const { WebIdentityToken = '' } = await ask({ Audience: ['production'] })
    await expect(enterBy(WebIdentityToken)).resolves.toHaveProperty('Credentials')
    await iam.send(new DisableOutboundWebIdentityFederationCommand({}))
    await expectRefusal(enterBy(WebIdentityToken), 'InvalidIdentityToken')
    await expectRefusal(iam.send(new DisableOutboundWebIdentityFederationCommand({})), 'FeatureDisabled')
    expect(await shown('jwks.json')).toBe(404)
  })
})
