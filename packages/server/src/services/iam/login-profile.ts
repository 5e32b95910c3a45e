/** Users' passwords. No password is kept: a slow hash of it is, and of those before it that must not come again. */

import type { Account, LoginProfile, User } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'
import { hashOf, isSameHash, newSalt } from './password-hash.ts'
import { ownPasswordGrant } from './password-policy.ts'
import { policyOf, refuseWeak } from './password-rules.ts'
import { about, find } from './shared.ts'
import { aboutUser, isOwnRoot, personOf } from './user.ts'

/** The most that a policy can ask to be remembered. */
const REMEMBERED = 24

type Person = Pick<User, 'id' | 'name'>

interface Hashed {
  readonly salt: string
  readonly hash: string
}

/** iam:CreateLoginProfile. */
export const createLoginProfile = operation('iam:CreateLoginProfile', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['EntityAlreadyExists', 'NoSuchEntity', 'PasswordPolicyViolation', 'ValidationError'],
  async prepare({ Password }, { random }) {
    return Password === undefined ? undefined : hashed(Password, newSalt(random))
  },
  run({ UserName, Password, PasswordResetRequired = false }, call) {
    const { account, now, prepared } = call
    const person = personOf(call, UserName)
    if (account.all('loginProfile').has(person.id)) {
      throw new Refusal('EntityAlreadyExists', `Login Profile for user ${person.name} already exists.`)
    }
    if (Password !== undefined) refuseWeak(call, Password)
    const profile: LoginProfile = {
      userId: person.id,
      createdAt: now,
      changedAt: now,
      resetRequired: PasswordResetRequired,
      ...firstPassword(isOwnRoot(call, UserName), prepared),
    }
    return { output: { LoginProfile: show(person, profile) }, changes: [keep(account, profile)] }
  },
})

/** A root user's profile has no password: it lets its owner recover one (UG id_root-user-privileged-task). */
function firstPassword(root: boolean, hashed: Hashed | undefined): Pick<LoginProfile, 'salt' | 'hashes'> {
  if (root === (hashed !== undefined)) {
    const text = root ? 'Cannot specify a password for the root user.' : 'Must specify a password for an IAM user.'
    throw new Refusal('ValidationError', text)
  }
  return hashed === undefined ? { salt: '', hashes: [] } : { salt: hashed.salt, hashes: [hashed.hash] }
}

/** iam:GetLoginProfile. Without a name, that of the user who asks. */
export const getLoginProfile = operation('iam:GetLoginProfile', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName }, call) {
    const person = personOf(call, UserName)
    return { output: { LoginProfile: show(person, profileOf(call.account, person)) } }
  },
})

/** iam:UpdateLoginProfile. What is left out stays as it is. */
export const updateLoginProfile = operation('iam:UpdateLoginProfile', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['EntityTemporarilyUnmodifiable', 'NoSuchEntity', 'PasswordPolicyViolation'],
  async prepare({ UserName, Password }, { account }) {
    const profile = account.all('loginProfile').get(find(account, 'user', UserName).id)
    return Password === undefined || profile === undefined ? undefined : hashed(Password, profile.salt)
  },
  run({ UserName, Password, PasswordResetRequired }, call) {
    const { account, prepared } = call
    const before = profileOf(account, find(account, 'user', UserName))
    const profile = Password === undefined ? before : withPassword(call, before, { password: Password, is: prepared })
    const resetRequired = PasswordResetRequired ?? before.resetRequired
    return { output: {}, changes: [keep(account, { ...profile, resetRequired })] }
  },
})

/** iam:DeleteLoginProfile. Access keys go on to work. */
export const deleteLoginProfile = operation('iam:DeleteLoginProfile', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName }, call) {
    const { account } = call
    const { userId } = profileOf(account, personOf(call, UserName))
    return { output: {}, changes: [remove(account.id, 'loginProfile', userId)] }
  },
})

/**
 * iam:ChangePassword. The caller's own. One that has expired can be changed too, hard expiry or not: that keeps users out
 * of the console alone (API_PasswordPolicy, HardExpiry).
 */
export const changePassword = operation('iam:ChangePassword', {
  asks: (_input, call) => ({ ...about(call.account, 'user', self(call).name), ...ownPasswordGrant(call) }),
  refusals: [
    'AccessDenied',
    'EntityTemporarilyUnmodifiable',
    'InvalidUserType',
    'NoSuchEntity',
    'PasswordPolicyViolation',
  ],
  async prepare({ OldPassword, NewPassword }, call) {
    const profile = call.account.all('loginProfile').get(self(call).id)
    if (profile === undefined) return undefined
    return { was: await hashed(OldPassword, profile.salt), is: await hashed(NewPassword, profile.salt) }
  },
  run({ NewPassword }, call) {
    const { account, prepared } = call
    const before = profileOf(account, self(call))
    if (!isCurrent(before, prepared?.was)) throw new Refusal('AccessDenied', 'The old password was incorrect.')
    const after = withPassword(call, before, { password: NewPassword, is: prepared?.is })
    return { output: {}, changes: [keep(account, { ...after, resetRequired: false })] }
  },
})

function self({ principal }: Pick<Call, 'principal'>): User {
  if (principal.type === 'User') return principal.user
  throw new Refusal('InvalidUserType', 'Only IAM Users can change their own password.')
}

async function hashed(password: string, salt: string): Promise<Hashed> {
  return { salt, hash: await hashOf(password, salt) }
}

/** The profile with another password, which is neither weak nor one of the last. */
function withPassword(
  call: Call,
  before: LoginProfile,
  { password, is }: { readonly password: string; readonly is: Hashed | undefined },
): LoginProfile {
  if (is?.salt !== before.salt) throw changedMeanwhile()
  refuseWeak(call, password)
  const last = before.hashes.slice(0, policyOf(call)?.reusePrevention ?? 0)
  if (last.some((hash) => isSameHash(hash, is.hash))) {
    const text = 'Policy constraint violation with password reuse prevention during password change.'
    throw new Refusal('PasswordPolicyViolation', text)
  }
  return { ...before, changedAt: call.now, hashes: [is.hash, ...before.hashes].slice(0, REMEMBERED) }
}

function isCurrent({ salt, hashes: [current = ''] }: LoginProfile, was: Hashed | undefined): boolean {
  if (was?.salt !== salt) throw changedMeanwhile()
  return isSameHash(current, was.hash)
}

/** Between hashing and writing the profile was deleted and made anew. */
function changedMeanwhile(): Refusal {
  return new Refusal('EntityTemporarilyUnmodifiable', 'The login profile was changed meanwhile. Try again.')
}

function profileOf(account: Account, { id, name }: Person): LoginProfile {
  const profile = account.all('loginProfile').get(id)
  if (profile !== undefined) return profile
  throw new Refusal('NoSuchEntity', `Login Profile for User ${name} cannot be found.`)
}

function keep(account: Account, profile: LoginProfile): Change {
  return put(account.id, 'loginProfile', profile.userId, profile)
}

function show({ name }: Person, { createdAt, resetRequired }: LoginProfile) {
  return { UserName: name, CreateDate: new Date(createdAt), PasswordResetRequired: resetRequired }
}
