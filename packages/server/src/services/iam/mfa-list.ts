/** Which MFA devices there are, and whose. */

import type { Account, MfaDevice } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { deviceOf, devicesOf } from './mfa-shared.ts'
import { iamPage } from './shared.ts'
import { aboutUser, briefUser, personOf } from './user.ts'

/** iam:ListMFADevices. Without a name, those of the user who asks. */
export const listMfaDevices = operation('iam:ListMFADevices', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, ...paging }, call) {
    const user = personOf(call, UserName)
    const { items, end } = iamPage(call, devicesOf(call.account, user), {
      listing: `ListMFADevices/${user.id}`,
      keyOf: ({ serial }) => serial,
      ...paging,
    })
    const devices = items.map(({ serial, enabled }) => ({
      UserName: user.name,
      SerialNumber: serial,
      EnableDate: new Date(enabled?.at ?? 0),
    }))
    return { output: { MFADevices: devices, ...end } }
  },
})

/** iam:ListVirtualMFADevices. Tells neither seeds nor tags. */
export const listVirtualMfaDevices = operation('iam:ListVirtualMFADevices', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run({ AssignmentStatus = 'Any', ...paging }, call) {
    const listed = [...call.account.all('mfaDevice').values()].filter(
      ({ sealedSeed, enabled }) =>
        sealedSeed !== undefined &&
        (AssignmentStatus === 'Any' || (AssignmentStatus === 'Assigned') === (enabled !== undefined)),
    )
    const { items, end } = iamPage(call, listed, {
      listing: `ListVirtualMFADevices/${AssignmentStatus}`,
      keyOf: ({ serial }) => serial,
      ...paging,
    })
    return { output: { VirtualMFADevices: items.map((device) => showVirtual(call.account, device)), ...end } }
  },
})

function showVirtual(account: Account, { serial, enabled }: MfaDevice) {
  const user = enabled === undefined ? undefined : account.byId('user', enabled.userId)
  return {
    SerialNumber: serial,
    ...(user === undefined ? {} : { User: briefUser(account.id, user) }),
    ...(enabled === undefined ? {} : { EnableDate: new Date(enabled.at) }),
  }
}

/** iam:GetMFADevice. Of a user's; without a name, of the user who asks. */
export const getMfaDevice = operation('iam:GetMFADevice', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, SerialNumber }, call) {
    const user = personOf(call, UserName)
    const { serial, enabled } = deviceOf(call.account, user, SerialNumber)
    return { output: { UserName: user.name, SerialNumber: serial, EnableDate: new Date(enabled?.at ?? 0) } }
  },
})
