import {
  ChangePasswordCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  GetAccountPasswordPolicyCommand,
  GetAccountSummaryCommand,
  GetLoginProfileCommand,
  ListMFADevicesCommand,
  PutUserPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand,
  UpdateUserCommand,
  type IAMClient,
  type UpdateAccountPasswordPolicyCommandInput,
} from '@aws-sdk/client-iam'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MANAGEMENT, STAGING, startServer, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, policyText } from './people.ts'

let server: TestServer
let iam: IAMClient
const GOOD = 'Correct0!Horse'
const OTHER = 'Another0!Horse'
const THIRD = 'Third0!Horse'

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
})
beforeEach(async () => {
  await iam.send(new UpdateAccountPasswordPolicyCommand({}))
  await iam.send(new DeleteAccountPasswordPolicyCommand({}))
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const policy = (input: UpdateAccountPasswordPolicyCommandInput) =>
  iam.send(new UpdateAccountPasswordPolicyCommand(input))
const profile = (UserName: string, Password = GOOD) => iam.send(new CreateLoginProfileCommand({ UserName, Password }))
const change = (keys: Keys, OldPassword: string, NewPassword: string) =>
  iamOf(server, keys).send(new ChangePasswordCommand({ OldPassword, NewPassword }))

async function someone(name: string, allowed: readonly string[] = ['iam:ChangePassword']): Promise<Keys> {
  const keys = await newUser(server, name, allowed)
  await profile(name)
  return keys
}

describe('iam:CreateLoginProfile', () => {
  test('answers the profile, which iam:GetLoginProfile tells again', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'Alice' }))
    const input = { UserName: 'alice', Password: GOOD, PasswordResetRequired: true }
    const { LoginProfile: made } = await iam.send(new CreateLoginProfileCommand(input))
    expect(made).toEqual({ UserName: 'Alice', CreateDate: expect.any(Date), PasswordResetRequired: true })
    const { LoginProfile: told } = await iam.send(new GetLoginProfileCommand({ UserName: 'Alice' }))
    expect(told).toEqual(made)
  })

  test('makes one a user', async () => {
    await expectRefusal(profile('Alice'), 'EntityAlreadyExists', 'Login Profile for user Alice already exists.', 409)
  })

  test('refuses a user who is not there, and none without a password', async () => {
    await expectRefusal(profile('nobody'), 'NoSuchEntity', 'The user with name nobody cannot be found.', 404)
    await iam.send(new CreateUserCommand({ UserName: 'bare' }))
    await expectRefusal(
      iam.send(new CreateLoginProfileCommand({ UserName: 'bare' })),
      'ValidationError',
      /password/,
      400,
    )
  })

  test('refuses a character that no password has, and does not say the password', async () => {
    const call = profile('Alice', 'Correct0!Horse\u0007')
    await expectRefusal(call, 'ValidationError', /^(?!.*Horse).*password/s, 400)
  })

  test('without a name is about the caller', async () => {
    const self = iamOf(server, await newUser(server, 'self', ['iam:*']))
    await self.send(new CreateLoginProfileCommand({ Password: GOOD }))
    expect((await self.send(new GetLoginProfileCommand({}))).LoginProfile?.UserName).toBe('self')
    await self.send(new DeleteLoginProfileCommand({}))
    await expectRefusal(self.send(new GetLoginProfileCommand({})), 'NoSuchEntity')
    const session = iamOf(server, await enter(server, STAGING)).send(new GetLoginProfileCommand({}))
    await expectRefusal(session, 'ValidationError', 'Must specify userName when calling with non-User credentials', 400)
  })
})

/** As AssumeRoot opens one. */
function rootSession(account: string): Keys {
  const { world, clock } = server
  const times = { issuedAt: clock.now(), expiresAt: clock.now() + 900_000 }
  const facts = { name: account, ...times, tags: [], transitive: [], chained: false }
  return world.sessions.open(world.random, { type: 'Root', account, identity: account }, facts)
}

test('a root session opens the root user’s password to recovery, without setting one', async () => {
  const root = iamOf(server, rootSession(STAGING))
  const present = async () => (await root.send(new GetAccountSummaryCommand({}))).SummaryMap?.AccountPasswordPresent
  await expectRefusal(root.send(new GetLoginProfileCommand({})), 'NoSuchEntity', /^Login Profile for User root cannot/)
  await expectRefusal(root.send(new CreateLoginProfileCommand({ Password: GOOD })), 'ValidationError', /root user/)
  expect(await present()).toBe(0)
  await root.send(new CreateLoginProfileCommand({}))
  expect((await root.send(new GetLoginProfileCommand({}))).LoginProfile?.CreateDate).toBeInstanceOf(Date)
  expect(await present()).toBe(1)
  expect((await root.send(new ListMFADevicesCommand({}))).MFADevices).toEqual([])
  await expectRefusal(change(rootSession(STAGING), GOOD, OTHER), 'InvalidUserType', /Only IAM Users/)
  await root.send(new DeleteLoginProfileCommand({}))
  expect(await present()).toBe(0)
})

test('nothing of a password is in the state or in a record', async () => {
  const keys = await someone('secret')
  await change(keys, GOOD, OTHER)
  const rows = [...(server.world.account(MANAGEMENT)?.all('loginProfile').values() ?? [])]
  const { records } = await server.world.store.audited({ limit: 1000 })
  expect(records.some(({ eventName }) => eventName === 'ChangePassword')).toBe(true)
  expect(rows.length).toBeGreaterThan(0)
  expect(JSON.stringify([rows, records])).not.toMatch(/Horse/)
})

test('two users with one password have different hashes', async () => {
  await someone('twin1')
  await someone('twin2')
  const rows = [...(server.world.account(MANAGEMENT)?.all('loginProfile').values() ?? [])].slice(-2)
  expect(new Set(rows.flatMap(({ hashes }) => hashes)).size).toBe(2)
})

describe('iam:UpdateLoginProfile', () => {
  test('changes what is given and leaves the rest', async () => {
    const keys = await someone('updated')
    const reset = { UserName: 'updated', PasswordResetRequired: true }
    await iam.send(new UpdateLoginProfileCommand(reset))
    await iam.send(new UpdateLoginProfileCommand({ UserName: 'updated', Password: OTHER }))
    const { LoginProfile } = await iam.send(new GetLoginProfileCommand({ UserName: 'updated' }))
    expect(LoginProfile?.PasswordResetRequired).toBe(true)
    await change(keys, OTHER, THIRD)
    const after = await iam.send(new GetLoginProfileCommand({ UserName: 'updated' }))
    expect(after.LoginProfile?.PasswordResetRequired).toBe(false)
  })

  test('refuses a user without a profile, one who is not there, and a weak password', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'none' }))
    const none = iam.send(new UpdateLoginProfileCommand({ UserName: 'none', Password: GOOD }))
    await expectRefusal(none, 'NoSuchEntity', 'Login Profile for User none cannot be found.', 404)
    const nobody = iam.send(new UpdateLoginProfileCommand({ UserName: 'nobody', Password: GOOD }))
    await expectRefusal(nobody, 'NoSuchEntity', /user with name nobody/, 404)
    const weak = iam.send(new UpdateLoginProfileCommand({ UserName: 'updated', Password: 'weak' }))
    await expectRefusal(weak, 'PasswordPolicyViolation', /minimum length of 8/, 400)
  })
})

describe('iam:DeleteLoginProfile', () => {
  test('removes it once, and lets the user be deleted', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'gone' }))
    await profile('gone')
    const early = iam.send(new DeleteUserCommand({ UserName: 'gone' }))
    await expectRefusal(early, 'DeleteConflict', 'Cannot delete entity, must delete login profile first.', 409)
    await iam.send(new UpdateUserCommand({ UserName: 'gone', NewUserName: 'went' }))
    await iam.send(new DeleteLoginProfileCommand({ UserName: 'went' }))
    const again = iam.send(new DeleteLoginProfileCommand({ UserName: 'went' }))
    await expectRefusal(again, 'NoSuchEntity', 'Login Profile for User went cannot be found.', 404)
    await iam.send(new DeleteUserCommand({ UserName: 'went' }))
  })
})

describe('iam:ChangePassword', () => {
  test('takes the new password for the old one, and the old one no more', async () => {
    const keys = await someone('changer')
    await change(keys, GOOD, OTHER)
    await expectRefusal(change(keys, GOOD, THIRD), 'AccessDenied', 'The old password was incorrect.', 403)
    await change(keys, OTHER, THIRD)
  })

  test('is for IAM users who have a password', async () => {
    const session = await enter(server, STAGING)
    await expectRefusal(change(session, GOOD, OTHER), 'InvalidUserType', /IAM Users/, 400)
    const bare = await newUser(server, 'passwordless', ['iam:ChangePassword'])
    const text = 'Login Profile for User passwordless cannot be found.'
    await expectRefusal(change(bare, GOOD, OTHER), 'NoSuchEntity', text, 404)
  })

  test('is allowed to users by the account where it says so, unless they are denied', async () => {
    const keys = await someone('plain', [])
    await expectRefusal(change(keys, GOOD, OTHER), 'AccessDenied', /not authorized to perform: iam:ChangePassword/)
    await policy({ AllowUsersToChangePassword: true })
    await change(keys, GOOD, OTHER)
    await iamOf(server, keys).send(new GetAccountPasswordPolicyCommand({}))
    const PolicyDocument = policyText({ Effect: 'Deny', Action: 'iam:ChangePassword', Resource: '*' })
    await iam.send(new PutUserPolicyCommand({ UserName: 'plain', PolicyName: 'no', PolicyDocument }))
    await expectRefusal(change(keys, OTHER, THIRD), 'AccessDenied', /explicit deny/)
  })

  test('changes one that has expired, since hard expiry closes the console alone', async () => {
    const keys = await someone('expired')
    await policy({ MaxPasswordAge: 1, HardExpiry: true })
    server.clock.move(3 * 86_400_000)
    await change(keys, GOOD, OTHER)
  })
})

describe('a password is refused', () => {
  const ALL = {
    RequireUppercaseCharacters: true,
    RequireLowercaseCharacters: true,
    RequireNumbers: true,
    RequireSymbols: true,
  }
  type Policy = UpdateAccountPasswordPolicyCommandInput
  const WEAK: readonly [string, Policy | undefined, string, string][] = [
    ['short by default', undefined, 'Ab1!', 'Password should have a minimum length of 8'],
    [
      'of two classes by default',
      undefined,
      'abcdefgh1',
      'Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one symbol',
    ],
    [
      'of one class by default',
      undefined,
      'abcdefgh',
      'Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number, Password should have at least one symbol',
    ],
    ['short', { MinimumPasswordLength: 15, ...ALL }, GOOD, 'Password should have a minimum length of 15'],
    ['without upper case', ALL, 'aaaaaa0!', 'Password should have at least one uppercase letter'],
    ['without lower case', ALL, 'AAAAAA0!', 'Password should have at least one lowercase letter'],
    ['without a number', ALL, 'aaaaaaA!', 'Password should have at least one number'],
    ['with a symbol that AWS does not count', ALL, 'aaaaaaA0~', 'Password should have at least one symbol'],
    [
      'for two reasons',
      { MinimumPasswordLength: 14, RequireNumbers: true },
      'abc',
      'Password should have a minimum length of 14, Password should have at least one number',
    ],
  ]
  beforeAll(() => iam.send(new CreateUserCommand({ UserName: 'weak' })))
  test.each(WEAK)('%s', async (_what, asked, password, message) => {
    if (asked !== undefined) await policy(asked)
    await expectRefusal(profile('weak', password), 'PasswordPolicyViolation', message, 400)
  })

  test('that is the account’s name or e-mail address, whatever the case', async () => {
    const text = 'Password should not be identical to your AWS account name or email address'
    const call = profile('weak', 'Management@example.com')
    await expectRefusal(call, 'PasswordPolicyViolation', text, 400)
  })

  test('unless the account asks for less than AWS does', async () => {
    await policy({})
    await profile('weak', 'abcdef')
  })
})

describe('passwords of before', () => {
  test('are refused as far back as the policy says, whoever sets them', async () => {
    await policy({ PasswordReusePrevention: 2 })
    const keys = await someone('reuse')
    const text = 'Policy constraint violation with password reuse prevention during password change.'
    await expectRefusal(change(keys, GOOD, GOOD), 'PasswordPolicyViolation', text, 400)
    await change(keys, GOOD, OTHER)
    await expectRefusal(change(keys, OTHER, GOOD), 'PasswordPolicyViolation', text, 400)
    const admin = iam.send(new UpdateLoginProfileCommand({ UserName: 'reuse', Password: GOOD }))
    await expectRefusal(admin, 'PasswordPolicyViolation', text, 400)
    await change(keys, OTHER, THIRD)
    await change(keys, THIRD, GOOD)
  })

  test('are kept before a policy asks for them', async () => {
    const keys = await someone('history')
    await change(keys, GOOD, OTHER)
    await policy({ PasswordReusePrevention: 24 })
    await expectRefusal(change(keys, OTHER, GOOD), 'PasswordPolicyViolation', /reuse/)
  })
})

describe('the account password policy', () => {
  const DEFAULTS = {
    MinimumPasswordLength: 6,
    RequireSymbols: false,
    RequireNumbers: false,
    RequireUppercaseCharacters: false,
    RequireLowercaseCharacters: false,
    AllowUsersToChangePassword: false,
    ExpirePasswords: false,
    HardExpiry: false,
  }
  const told = async () => (await iam.send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy

  test('is told as it was set', async () => {
    const set = {
      MinimumPasswordLength: 14,
      RequireSymbols: true,
      RequireNumbers: true,
      RequireUppercaseCharacters: true,
      RequireLowercaseCharacters: true,
      AllowUsersToChangePassword: true,
      MaxPasswordAge: 90,
      PasswordReusePrevention: 24,
      HardExpiry: true,
    }
    await policy(set)
    expect(await told()).toEqual({ ...set, ExpirePasswords: true })
  })

  test('gets defaults for what is left out, whatever it was', async () => {
    await policy({ MinimumPasswordLength: 14, MaxPasswordAge: 90, PasswordReusePrevention: 5 })
    await policy({ RequireNumbers: true })
    expect(await told()).toEqual({ ...DEFAULTS, RequireNumbers: true })
  })

  test('is not there until it is set, nor once it was deleted', async () => {
    const get = iam.send(new GetAccountPasswordPolicyCommand({}))
    const text = `The Password Policy with domain name ${MANAGEMENT} cannot be found.`
    await expectRefusal(get, 'NoSuchEntity', text, 404)
    const remove = iam.send(new DeleteAccountPasswordPolicyCommand({}))
    await expectRefusal(remove, 'NoSuchEntity', 'The account policy with name PasswordPolicy cannot be found.', 404)
  })

  const OUT: readonly [string, UpdateAccountPasswordPolicyCommandInput, RegExp][] = [
    ['five characters', { MinimumPasswordLength: 5 }, /minimumPasswordLength/],
    ['129 characters', { MinimumPasswordLength: 129 }, /minimumPasswordLength/],
    ['no days', { MaxPasswordAge: 0 }, /maxPasswordAge/],
    ['1,096 days', { MaxPasswordAge: 1096 }, /maxPasswordAge/],
    ['25 passwords', { PasswordReusePrevention: 25 }, /passwordReusePrevention/],
    ['two things at once', { MaxPasswordAge: 1096, PasswordReusePrevention: 25 }, /^2 validation errors detected/],
  ]
  test.each(OUT)('cannot ask for %s', async (_what, input, message) => {
    await expectRefusal(policy(input), 'ValidationError', message, 400)
  })
})
