/** Whose a profile's keys are, and what is wrong with them. */

import type { Keys } from '../credentials.ts'
import { query, tag } from '../demo/calls.ts'
import { quote } from '../shell.ts'
import type { Finding } from './diagnosis.ts'
import type { Inquiry } from './inquiry.ts'

export interface KeysCheck {
  readonly findings: readonly Finding[]
  /** Whose they are; absent where nobody says. */
  readonly arn?: string
}

/** They are asked themselves: that is always allowed. */
export async function checkKeys(inquiry: Inquiry, profile: string, keys: Keys): Promise<KeysCheck> {
  const { code, message, body } = await inquiry.call(query('sts:GetCallerIdentity'), keys)
  if (code === 'done') return { findings: [], arn: tag(body, 'Arn') }
  const again = `aws configure --profile ${quote(profile)}`
  if (code === 'SignatureDoesNotMatch') {
    return { findings: [{ code: 'secret', says: `the secret is not that of ${keys.accessKeyId}`, next: again }] }
  }
  if (code.startsWith('ExpiredToken')) {
    return { findings: [{ code: 'expired', says: 'its session has expired: it needs new keys', next: again }] }
  }
  if (code !== 'InvalidClientTokenId')
    return { findings: [{ code: 'keys', says: `its keys are refused: ${code}: ${message}`, next: again }] }
  return { findings: [await unknownKey(inquiry, profile, keys)] }
}

async function unknownKey(inquiry: Inquiry, profile: string, { accessKeyId, sessionToken }: Keys): Promise<Finding> {
  if (sessionToken !== undefined) {
    return {
      code: 'keys',
      says: `the server does not know the session of ${accessKeyId}`,
      next: `aws configure --profile ${quote(profile)}`,
    }
  }
  const holder = await holderOf(inquiry, accessKeyId)
  if (holder === undefined) {
    return {
      code: 'keys',
      says: `the server knows no key ${accessKeyId}`,
      next: `aws configure --profile ${quote(profile)}`,
    }
  }
  const next = `aws iam update-access-key --user-name ${quote(holder.user)} --access-key-id ${accessKeyId} --status Active   # in ${holder.account}`
  return { code: 'inactive', says: `the key ${accessKeyId} of ${holder.user} is inactive`, next }
}

/** The id of a key names its account; the user is looked for there. */
async function holderOf(
  inquiry: Inquiry,
  AccessKeyId: string,
): Promise<{ readonly account: string; readonly user: string } | undefined> {
  const { body } = await inquiry.call(query('sts:GetAccessKeyInfo', { AccessKeyId }))
  const account = (await inquiry.accounts()).find(({ id }) => id === tag(body, 'Account'))
  const users = account === undefined ? [] : ((await inquiry.listed(account.id, 'iam:ListUsers')) ?? [])
  for (const user of users.map((one) => tag(one, 'UserName'))) {
    const keys = (await inquiry.listed(account?.id ?? '', 'iam:ListAccessKeys', { UserName: user })) ?? []
    if (keys.some((one) => tag(one, 'AccessKeyId') === AccessKeyId)) return { account: account?.name ?? '', user }
  }
  return undefined
}
