/**
 * MFA devices: made, given to a user, taken back. Two codes in a row prove that a virtual device holds its seed; hardware
 * tokens are records, since their seeds are with AWS and their makers.
 */

import { nameKey, SELF, sessionOf, type MfaDevice, type User } from '@sallyport/estate'
import QRCode from 'qrcode'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { draw } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { takeTwoCodes } from '../second-factor.ts'
import { requestTags } from '../tags.ts'
import { aboutDevice, devicesOf, deviceOf, virtualDevice } from './mfa-shared.ts'
import { about, find, refuseBeyond, withTags } from './shared.ts'
import { aboutUser, personOf } from './user.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const ISSUER = 'Amazon%20Web%20Services'

/** iam:CreateVirtualMFADevice. The seed is told once, as text and as a picture, and then only kept sealed. */
export const createVirtualMfaDevice = operation('iam:CreateVirtualMFADevice', {
  asks: ({ Path = '/', VirtualMFADeviceName, Tags }, { account }) => ({
    resource: `arn:aws:iam::${account.id}:mfa${Path}${VirtualMFADeviceName}`,
    context: requestTags(Tags),
  }),
  refusals: ['EntityAlreadyExists', 'InvalidInput', 'LimitExceeded'],
  async prepare({ VirtualMFADeviceName }, { account, random }) {
    const seed = draw(random, 64, BASE32)
    const whose = account.all('self').get(SELF)?.alias ?? account.id
    const label = `${ISSUER}:${encodeURIComponent(VirtualMFADeviceName)}@${whose}`
    return { seed, picture: await QRCode.toBuffer(`otpauth://totp/${label}?secret=${seed}&issuer=${ISSUER}`) }
  },
  run({ Path = '/', VirtualMFADeviceName, Tags }, call) {
    const { account, keyring, now, prepared } = call
    const serial = `arn:aws:iam::${account.id}:mfa${Path}${VirtualMFADeviceName}`
    if (account.all('mfaDevice').has(nameKey(serial))) {
      throw new Refusal('EntityAlreadyExists', 'MFADevice entity at the same path and name already exists.')
    }
    refuseTooMany(call)
    const tags = withTags([], Tags)
    const device: MfaDevice = { serial, createdAt: now, tags, sealedSeed: keyring.sealText('mfa-seed', prepared.seed) }
    return {
      output: {
        VirtualMFADevice: {
          SerialNumber: serial,
          Base32StringSeed: Buffer.from(prepared.seed),
          QRCodePNG: prepared.picture,
          ...(tags.length === 0 ? {} : { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
        },
      },
      changes: [put(account.id, 'mfaDevice', nameKey(serial), device)],
    }
  },
})

/** As many as there may be users (UG reference_iam-quotas, "Virtual MFA devices"). */
function refuseTooMany({ account, quota }: Call): void {
  const most = quota('iam:UsersPerAccount')
  const have = [...account.all('mfaDevice').values()].filter(({ sealedSeed }) => sealedSeed !== undefined)
  if (have.length < most) return
  throw new Refusal('LimitExceeded', `Cannot exceed quota for VirtualMFADevicesPerAccount: ${most}`)
}

/** iam:DeleteVirtualMFADevice. */
export const deleteVirtualMfaDevice = operation('iam:DeleteVirtualMFADevice', {
  asks: ({ SerialNumber }, { account }) => aboutDevice(account, SerialNumber),
  refusals: ['DeleteConflict', 'NoSuchEntity'],
  run({ SerialNumber }, { account }) {
    const { enabled } = virtualDevice(account, SerialNumber)
    if (enabled !== undefined) throw new Refusal('DeleteConflict', 'MFA VirtualDevice in use. Must deactivate first.')
    return { output: {}, changes: [remove(account.id, 'mfaDevice', nameKey(SerialNumber))] }
  },
})

/** iam:EnableMFADevice. */
export const enableMfaDevice = operation('iam:EnableMFADevice', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['AccessDenied', 'EntityAlreadyExists', 'InvalidAuthenticationCode', 'LimitExceeded', 'NoSuchEntity'],
  run({ UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }, call) {
    const { account, now } = call
    const user = find(account, 'user', UserName)
    const device = isArn(SerialNumber) ? virtualDevice(account, SerialNumber) : token(call, SerialNumber)
    if (device.enabled !== undefined) throw new Refusal('EntityAlreadyExists', 'MFA Device is already in use.')
    const have = devicesOf(account, user)
    if (have.length > 0) refuseWithoutFactor(call, user)
    refuseBeyond(call, 'iam:MFADevicesPerUser', have.length)
    const proved = proof(call, device, [AuthenticationCode1, AuthenticationCode2])
    const enabled = { ...proved, enabled: { userId: user.id, at: now } }
    return { output: {}, changes: [put(account.id, 'mfaDevice', nameKey(SerialNumber), enabled)] }
  },
})

/** iam:ResyncMFADevice. */
export const resyncMfaDevice = operation('iam:ResyncMFADevice', {
  asks: ({ UserName }, { account }) => about(account, 'user', UserName),
  refusals: ['InvalidAuthenticationCode', 'NoSuchEntity'],
  run({ UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }, call) {
    const { account } = call
    const device = deviceOf(account, find(account, 'user', UserName), SerialNumber)
    const synced = takeTwoCodes(call, device, [AuthenticationCode1, AuthenticationCode2])
    if (synced === undefined) throw invalidCode()
    return { output: {}, changes: [put(account.id, 'mfaDevice', nameKey(SerialNumber), synced)] }
  },
})

/** iam:DeactivateMFADevice. A virtual device goes on to exist, and may be given to somebody again. */
export const deactivateMfaDevice = operation('iam:DeactivateMFADevice', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['AccessDenied', 'NoSuchEntity'],
  run({ UserName, SerialNumber }, call) {
    const { account } = call
    const user = personOf(call, UserName)
    const { enabled: _taken, ...device } = deviceOf(account, user, SerialNumber)
    refuseWithoutFactor(call, user)
    const key = nameKey(SerialNumber)
    const virtual = device.sealedSeed !== undefined
    return {
      output: {},
      changes: [virtual ? put(account.id, 'mfaDevice', key, device) : remove(account.id, 'mfaDevice', key)],
    }
  },
})

/** Who has a device must have used one to add or to remove one of their own (UG id_credentials_mfa_enable_cliapi). */
function refuseWithoutFactor({ principal }: Call, { id }: Pick<User, 'id'>): void {
  if (principal.type !== 'User' || principal.user.id !== id) return
  if (sessionOf(principal)?.mfaAt !== undefined) return
  const text = 'please ensure that you are authenticated with an MFA device that is enabled for this user.'
  throw new Refusal('AccessDenied', `To complete this action, ${text}`)
}

/** A hardware token as it is known by its number alone. */
function token({ account, now }: Call, serial: string): MfaDevice {
  return account.all('mfaDevice').get(nameKey(serial)) ?? { serial, createdAt: now, tags: [] }
}

/** Two different codes are all that can be asked of a hardware token, and no session opens with it. */
function proof(call: Call, device: MfaDevice, codes: readonly [string, string]): MfaDevice {
  const proved = device.sealedSeed === undefined && codes[0] !== codes[1] ? device : takeTwoCodes(call, device, codes)
  if (proved === undefined) throw invalidCode()
  return proved
}

function invalidCode(): Refusal {
  return new Refusal('InvalidAuthenticationCode', 'Authentication code for device is not valid.')
}

function isArn(serial: string): boolean {
  return serial.startsWith('arn:')
}
