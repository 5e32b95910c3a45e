/** What the operations on MFA devices share: a device found or refused, and what the law is asked about it. */

import { nameKey, type Account, type MfaDevice, type User } from '@sallyport/estate'
import { Refusal } from '../../refusal.ts'
import { resourceTags } from '../tags.ts'

/** A virtual device by its ARN. */
export function virtualDevice(account: Account, serial: string): MfaDevice {
  const device = account.all('mfaDevice').get(nameKey(serial))
  if (device?.sealedSeed !== undefined) return device
  throw new Refusal('NoSuchEntity', `VirtualMFADevice with serial number ${serial} doesn't exist.`)
}

/** A device that the user has. */
export function deviceOf(account: Account, { id }: Pick<User, 'id'>, serial: string): MfaDevice {
  const device = serial.startsWith('arn:')
    ? virtualDevice(account, serial)
    : account.all('mfaDevice').get(nameKey(serial))
  if (device?.enabled?.userId === id) return device
  throw new Refusal('NoSuchEntity', 'MFA Device invalid for user.')
}

export function devicesOf(account: Account, { id }: Pick<User, 'id'>): readonly MfaDevice[] {
  return [...account.all('mfaDevice').values()].filter(({ enabled }) => enabled?.userId === id)
}

/** `asks` of an operation on a virtual device. What is no ARN is no resource: whoever may do it to all may ask. */
export function aboutDevice(account: Account, serial: string) {
  const tags = account.all('mfaDevice').get(nameKey(serial))?.tags ?? []
  return { resource: serial.startsWith('arn:') ? serial : '*', account: account.id, context: resourceTags(tags) }
}
