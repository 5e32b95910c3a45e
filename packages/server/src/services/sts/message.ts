/** Encoded authorization messages: the reason of a denial, for those who may read it. */

import { openMessage } from '../../explanation.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'

/** sts:DecodeAuthorizationMessage. Opens what a denial carried, within the account and without it: the message names its own request. */
export const decodeAuthorizationMessage = operation('sts:DecodeAuthorizationMessage', {
  asks: () => ({ resource: '*' }),
  refusals: ['InvalidAuthorizationMessageException'],
  readOnly: true,
  run({ EncodedMessage }, { keyring }) {
    const text = openMessage(keyring, EncodedMessage)?.message
    if (text === undefined) {
      throw new Refusal('InvalidAuthorizationMessageException', 'Message is not valid')
    }
    return { output: { DecodedMessage: text } }
  },
})
