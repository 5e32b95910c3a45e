/** Who is calling, and whose key is this. */

import { accountOf, principalArn, userId } from '@sallyport/estate'
import { accountOfKey } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'

/** sts:GetCallerIdentity. Needs no permission, and no policy can refuse it (STS API_GetCallerIdentity). */
export const getCallerIdentity = operation('sts:GetCallerIdentity', {
  asks: () => ({ resource: '*', always: true }),
  refusals: [],
  run: (_input, { principal }) => ({
    output: { UserId: userId(principal), Account: accountOf(principal), Arn: principalArn(principal) },
  }),
})

/** sts:GetAccessKeyInfo. Says which account a key belongs to, from the key alone: the key need not be alive. */
export const getAccessKeyInfo = operation('sts:GetAccessKeyInfo', {
  asks: () => ({ resource: '*' }),
  refusals: ['ValidationError'],
  run({ AccessKeyId }, { directory }) {
    const account = accountOfKey(AccessKeyId) ?? directory.all('foreignKey').get(AccessKeyId)?.account
    if (account === undefined) throw new Refusal('ValidationError', 'Invalid AccessKeyId')
    return { output: { Account: account } }
  },
})
