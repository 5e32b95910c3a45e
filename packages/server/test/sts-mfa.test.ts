import { CreateRoleCommand, GetUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeAt, giveDevice, later, wrongCode, type Device } from './codes.ts'
import { client, MANAGEMENT, STAGING, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, policyText } from './people.ts'

let server: TestServer
let keys: Keys
let device: Device
const ROLE = `arn:aws:iam::${STAGING}:role/proved`
const INVALID = 'MultiFactorAuthentication failed with invalid MFA one time pass code. '
const UNKNOWN =
  /^MultiFactorAuthentication failed, unable to validate MFA code\. {2}Please verify your MFA serial number/

beforeAll(async () => {
  server = await startServer()
  keys = await newUser(server, 'person', ['sts:AssumeRole', 'iam:GetUser'])
  device = await giveDevice(server, 'person')
  const trust = policyText({
    Effect: 'Allow',
    Principal: { AWS: MANAGEMENT },
    Action: 'sts:AssumeRole',
    Condition: {
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
    },
  })
  const create = new CreateRoleCommand({ RoleName: 'proved', AssumeRolePolicyDocument: trust })
  await iamOf(server, await enter(server, STAGING)).send(create)
})
/** Codes that were used, and guesses, are over. */
beforeEach(() => later(server, 10 * 60_000))
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const code = () => codeAt(device.seed, server.clock.now())
const sts = (as: Keys) => client(STSClient, server, as)

type Factor = { readonly SerialNumber?: string; readonly TokenCode?: string }

function assume(factor: Factor, as = keys) {
  return sts(as).send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'session', ...factor }))
}

async function token(factor: Factor): Promise<Keys> {
  const { Credentials: given } = await sts(keys).send(new GetSessionTokenCommand(factor))
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = given ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

describe('sts:AssumeRole of a role that asks for a second factor', () => {
  test('is allowed with a code, and refused without one', async () => {
    await expectRefusal(assume({}), 'AccessDenied', /not authorized to perform: sts:AssumeRole/)
    await expect(assume({ SerialNumber: device.serial, TokenCode: code() })).resolves.toHaveProperty('Credentials')
  })

  test('takes a code once, and none that is older', async () => {
    const before = codeAt(device.seed, server.clock.now() - 30_000)
    const taken = code()
    await assume({ SerialNumber: device.serial, TokenCode: taken })
    await expectRefusal(assume({ SerialNumber: device.serial, TokenCode: taken }), 'AccessDenied', INVALID, 403)
    await expectRefusal(assume({ SerialNumber: device.serial, TokenCode: before }), 'AccessDenied', INVALID, 403)
    await expectRefusal(token({ SerialNumber: device.serial, TokenCode: taken }), 'AccessDenied', INVALID, 403)
  })

  test('lets one of two calls at once have a code', async () => {
    const factor = { SerialNumber: device.serial, TokenCode: code() }
    const both = await Promise.allSettled([assume(factor), assume(factor)])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('uses up no code of a call that the law refuses', async () => {
    const factor = { SerialNumber: device.serial, TokenCode: code() }
    const elsewhere = { RoleArn: `arn:aws:iam::${STAGING}:role/none`, RoleSessionName: 'session', ...factor }
    await expectRefusal(sts(keys).send(new AssumeRoleCommand(elsewhere)), 'AccessDenied', /not authorized/)
    await expect(assume(factor)).resolves.toHaveProperty('Credentials')
  })

  const DRIFT: readonly [string, number, boolean][] = [
    ['of the step before', -30, true],
    ['of the next step', 30, true],
    ['of two steps before', -60, false],
    ['of two steps on', 60, false],
  ]
  test.each(DRIFT)('with a code %s', async (_what, off, good) => {
    // a code of the right time first: the device is known to be in step
    await assume({ SerialNumber: device.serial, TokenCode: code() })
    later(server, 5 * 60_000)
    const call = assume({
      SerialNumber: device.serial,
      TokenCode: codeAt(device.seed, server.clock.now() + off * 1000),
    })
    if (good) await expect(call).resolves.toHaveProperty('Credentials')
    else await expectRefusal(call, 'AccessDenied', INVALID, 403)
  })

  const FAILING: readonly [string, () => Factor, string | RegExp][] = [
    [
      'a wrong code',
      () => ({ SerialNumber: device.serial, TokenCode: wrongCode(device.seed, server.clock.now()) }),
      INVALID,
    ],
    ['a device that is not there', () => ({ SerialNumber: `${device.serial}x`, TokenCode: code() }), UNKNOWN],
    ['a code alone', () => ({ TokenCode: code() }), /must provide both MFA serial number and one time pass code\.$/],
    ['a serial number alone', () => ({ SerialNumber: device.serial }), /must provide both MFA serial number/],
  ]
  test.each(FAILING)('is refused with %s', async (_what, factor, message) => {
    await expectRefusal(assume(factor()), 'AccessDenied', message, 403)
  })

  test('takes a code from a session of the user’s that has proved none', async () => {
    const session = await token({})
    const factor = { SerialNumber: device.serial, TokenCode: code() }
    await expect(assume(factor, session)).resolves.toHaveProperty('Credentials')
  })

  test('is refused with somebody else’s device, and to a role’s session with any', async () => {
    await newUser(server, 'other')
    const { serial, seed } = await giveDevice(server, 'other')
    const others = { SerialNumber: serial, TokenCode: codeAt(seed, server.clock.now()) }
    await expectRefusal(assume(others), 'AccessDenied', UNKNOWN)
    const session = await enter(server, STAGING)
    await expectRefusal(assume({ SerialNumber: device.serial, TokenCode: code() }, session), 'AccessDenied', UNKNOWN)
  })

  test('looks at no code after ten wrong ones, for five minutes', async () => {
    const wrong = wrongCode(device.seed, server.clock.now())
    const guess = () => assume({ SerialNumber: device.serial, TokenCode: wrong })
    for (let at = 0; at < 10; at += 1) await expectRefusal(guess(), 'AccessDenied', INVALID)
    await expectRefusal(assume({ SerialNumber: device.serial, TokenCode: code() }), 'AccessDenied', INVALID)
    server.clock.move(5 * 60_000)
    await expect(assume({ SerialNumber: device.serial, TokenCode: code() })).resolves.toHaveProperty('Credentials')
  })
})

describe('sts:GetSessionToken', () => {
  test('with a code lets its session call IAM, and assume the role for an hour', async () => {
    const session = await token({ SerialNumber: device.serial, TokenCode: code() })
    await expect(iamOf(server, session).send(new GetUserCommand({}))).resolves.toHaveProperty('User')
    server.clock.move(3590_000)
    await expect(assume({}, session)).resolves.toHaveProperty('Credentials')
    server.clock.move(10_000)
    await expectRefusal(assume({}, session), 'AccessDenied', /not authorized to perform: sts:AssumeRole/)
  })

  test('without one does neither', async () => {
    const session = await token({})
    await expectRefusal(iamOf(server, session).send(new GetUserCommand({})), 'InvalidClientTokenId')
    await expectRefusal(assume({}, session), 'AccessDenied', /not authorized to perform: sts:AssumeRole/)
  })

  test('refuses a wrong code and a device that is not there', async () => {
    const wrong = wrongCode(device.seed, server.clock.now())
    await expectRefusal(token({ SerialNumber: device.serial, TokenCode: wrong }), 'AccessDenied', INVALID, 403)
    await expectRefusal(token({ SerialNumber: 'GAHT00000000', TokenCode: wrong }), 'AccessDenied', UNKNOWN, 403)
  })
})

test('a role’s session has no second factor, whatever opened it (UG id_credentials_mfa_configure-api-require)', async () => {
  const session = await token({ SerialNumber: device.serial, TokenCode: code() })
  const { Credentials: given } = await assume({}, session)
  const role = {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  }
  await expect(sts(role).send(new GetCallerIdentityCommand({}))).resolves.toHaveProperty('Arn')
  expect(server.world.sessions.check(role.sessionToken)?.facts.mfaAt).toBeUndefined()
})

test('a Deny to whoever proved no second factor holds for keys, and not for a session that did', async () => {
  const document = policyText(
    { Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' },
    {
      Effect: 'Deny',
      Action: 'iam:*',
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    },
  )
  const put = new PutUserPolicyCommand({ UserName: 'person', PolicyName: 'force', PolicyDocument: document })
  await iamOf(server).send(put)
  await expectRefusal(iamOf(server, keys).send(new GetUserCommand({})), 'AccessDenied', /explicit deny/)
  const session = await token({ SerialNumber: device.serial, TokenCode: code() })
  await expect(iamOf(server, session).send(new GetUserCommand({}))).resolves.toHaveProperty('User')
})
