/** What an account blocks in all of its buckets, whatever their own settings. Nothing, until somebody says so. */

import { SELF, type AccountSelf } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { put } from '../../store/store.ts'
import { readBlock, showBlock } from '../s3/public-access-block.ts'
import { aboutAccount } from './shared.ts'

/** s3control:GetPublicAccessBlock. */
export const getPublicAccessBlock = operation('s3control:GetPublicAccessBlock', {
  asks: (input, call) => aboutAccount(input, call, 's3:GetAccountPublicAccessBlock'),
  refusals: ['NoSuchPublicAccessBlockConfiguration'],
  run(_input, call) {
    const named = { AccountId: call.account.id }
    return { output: { PublicAccessBlockConfiguration: showBlock(selfOf(call).publicAccessBlock, named) } }
  },
})

/** s3control:PutPublicAccessBlock. What is not said is off. */
export const putPublicAccessBlock = operation('s3control:PutPublicAccessBlock', {
  asks: (input, call) => aboutAccount(input, call, 's3:PutAccountPublicAccessBlock'),
  refusals: [],
  run({ PublicAccessBlockConfiguration: configuration }, call) {
    const self = { ...selfOf(call), publicAccessBlock: readBlock(configuration) }
    return { output: {}, changes: [put(call.account.id, 'self', SELF, self)] }
  },
})

/** s3control:DeletePublicAccessBlock. */
export const deletePublicAccessBlock = operation('s3control:DeletePublicAccessBlock', {
  asks: (input, call) => aboutAccount(input, call, 's3:PutAccountPublicAccessBlock'),
  refusals: [],
  run(_input, call) {
    const { publicAccessBlock: _, ...self } = selfOf(call)
    return { output: {}, changes: [put(call.account.id, 'self', SELF, self)] }
  },
})

function selfOf({ account }: Call): AccountSelf {
  const self = account.all('self').get(SELF)
  if (self === undefined) throw new Error('every account has a row of its own')
  return self
}
