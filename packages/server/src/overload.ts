/**
 * What a call is told for which there is no room: come back, in the words of the service that it asked for. It is said
 * from the head alone, before anything is read, proved or recorded.
 */

import { uuid, type Random } from './random.ts'
import { Refusal } from './refusal.ts'
import { readClaim, type Claim } from './wire/claim.ts'
import { CODECS } from './wire/codecs.ts'
import { wireRefusal } from './wire/dialect.ts'
import { nameCall, type Named } from './wire/dispatch.ts'
import { hostService } from './wire/hosts.ts'
import type { Answer, Message } from './wire/message.ts'

type Asked = Pick<Named, 'service' | 'model' | 'protocol'>

/** STS is the service that most unsigned forms are for. */
const FORM: Asked = { service: 'sts', protocol: 'awsQuery' }

/** 503 whatever the service's own status for it is: the SDKs read the code, and everything between them and us the status. */
const STATUS = 503

export function turnAway(head: Message, random: Random): Answer {
  const { service, model, protocol } = askedFor(head)
  const refusal = wireRefusal(service, new Refusal('throttled'), model, protocol)
  const marks = { requestId: uuid(random), hostId: random.bytes(48).toString('base64') }
  const answer = CODECS[protocol].writeRefusal(model, { ...refusal, status: STATUS, fault: 'Receiver' }, marks)
  const { body } = answer
  return {
    status: STATUS,
    headers: { ...answer.headers, 'retry-after': '1' },
    ...(head.method === 'HEAD' || body === undefined ? {} : { body }),
  }
}

/** As the gate would name it, but that the body is not there: a form that is not signed says its action nowhere else. */
function askedFor(head: Message): Asked {
  const claim = claimOf(head)
  const formed = head.headers['content-type']?.includes('x-www-form-urlencoded') === true
  if (claim === undefined && formed && hostService(head.headers['host'] ?? '') === undefined) return FORM
  return nameCall(head, claim)
}

function claimOf(head: Message): Claim | undefined {
  try {
    return readClaim(head)
  } catch {
    // half signed: what it asks for is found as if it were not
    return undefined
  }
}
