/** Tags on virtual MFA devices. */

import { nameKey, type MfaDevice, type Tag } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { put } from '../../store/store.ts'
import { requestTags } from '../tags.ts'
import { aboutDevice, virtualDevice } from './mfa-shared.ts'
import { iamPage, showTags, withTags, withoutTags } from './shared.ts'

/** iam:TagMFADevice. */
export const tagMfaDevice = operation('iam:TagMFADevice', {
  asks({ SerialNumber, Tags }, { account }) {
    const { context, ...ask } = aboutDevice(account, SerialNumber)
    return { ...ask, context: { ...context, ...requestTags(Tags) } }
  },
  refusals: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
  run: ({ SerialNumber, Tags }, call) => tagged(call, SerialNumber, ({ tags }) => withTags(tags, Tags)),
})

/** iam:UntagMFADevice. */
export const untagMfaDevice = operation('iam:UntagMFADevice', {
  asks({ SerialNumber, TagKeys }, { account }) {
    const { context, ...ask } = aboutDevice(account, SerialNumber)
    return { ...ask, context: { ...context, 'aws:TagKeys': TagKeys } }
  },
  refusals: ['NoSuchEntity'],
  run: ({ SerialNumber, TagKeys }, call) => tagged(call, SerialNumber, ({ tags }) => withoutTags(tags, TagKeys)),
})

/** iam:ListMFADeviceTags. */
export const listMfaDeviceTags = operation('iam:ListMFADeviceTags', {
  asks: ({ SerialNumber }, { account }) => aboutDevice(account, SerialNumber),
  refusals: ['NoSuchEntity'],
  run({ SerialNumber, ...paging }, call) {
    const { serial, tags } = virtualDevice(call.account, SerialNumber)
    const { items, end } = iamPage(call, tags, { listing: `tags/${serial}`, keyOf: ({ key }) => key, ...paging })
    return { output: { Tags: showTags(items), ...end } }
  },
})

function tagged({ account }: Call, serial: string, change: (device: MfaDevice) => readonly Tag[]) {
  const device = virtualDevice(account, serial)
  const changed: MfaDevice = { ...device, tags: change(device) }
  return { output: {}, changes: [put(account.id, 'mfaDevice', nameKey(serial), changed)] }
}
