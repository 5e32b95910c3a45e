/** Accounts as S3 knows them: canonical user ids, 64 hexadecimal digits that stay the same. */

import type { AccountId } from '@sallyport/estate'
import { createHash } from 'node:crypto'
import type { Directory } from '../../directory.ts'

export function canonicalId(account: AccountId): string {
  return createHash('sha256').update(`sallyport s3 canonical user ${account}`).digest('hex')
}

/** The account that has the id, where there is one. */
export function accountByCanonicalId(directory: Directory, id: string): AccountId | undefined {
  if (!/^[0-9a-f]{64}$/.test(id)) return undefined
  for (const account of directory.all('account').keys()) if (canonicalId(account) === id) return account
  return undefined
}

const CANONICAL = /"CanonicalUser"(\s*:\s*)("[0-9a-f]{64}"|\[[\s",0-9a-f]*\])/g

/** A policy's text with each `CanonicalUser` that is one of our accounts named by its ARN, which is how S3 shows it again. */
export function withoutCanonicalIds(directory: Directory, text: string): string {
  if (!text.includes('CanonicalUser')) return text
  return text.replaceAll(CANONICAL, (whole, colon: string, ids: string) => {
    const arns = ids.replaceAll(/[0-9a-f]{64}/g, (id) => {
      const account = accountByCanonicalId(directory, id)
      return account === undefined ? id : `arn:aws:iam::${account}:root`
    })
    return /"[0-9a-f]{64}"/.test(arns) ? whole : `"AWS"${colon}${arns}`
  })
}
