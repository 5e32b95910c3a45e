/** The first steps of the road: what a request is called, and how its body comes in. */

import { Refusal } from './refusal.ts'
import type { Claim } from './wire/claim.ts'
import { checkBytes, checkedBody, type CheckedBody } from './wire/checksum.ts'
import { nameCall, type Named } from './wire/dispatch.ts'
import type { Message } from './wire/message.ts'
import type { Verified } from './wire/signature.ts'

/** A request whose head has come. `bytes` is its body, read by whoever needs it: whole, or as it flows. */
export interface Incoming {
  readonly head: Message
  /** The whole body, up to `limit` bytes; throws `Refusal('tooLarge')` past it. */
  whole(limit: number): Promise<Uint8Array>
  readonly bytes: AsyncIterable<Uint8Array>
}

const MIB = 1024 * 1024
/** The largest body of each service, where it is not one MiB: Lambda's holds a zip of 50 MiB in base64, Logs' a MiB of escaped text, S3's a list of 10,000 parts. */
const BODY_LIMITS: Readonly<Record<string, number>> = { lambda: 70 * MIB, logs: 8 * MIB, s3: 4 * MIB }

/** Operations that stream are known from the head alone; for all others the body is read first: it may name the action. */
export async function nameOperation(
  incoming: Incoming,
  claim: Claim | undefined,
): Promise<{ readonly named: Named; readonly message: Message }> {
  const { head } = incoming
  const scope = claim === undefined ? undefined : { service: claim.service, region: claim.region }
  if (claim?.service === 's3') {
    const named = nameCall(head, scope)
    if (streams(named)) return { named, message: head }
  }
  const body = await incoming.whole(BODY_LIMITS[claim?.service ?? ''] ?? MIB)
  const message = { ...head, body }
  return { named: nameCall(message, scope), message }
}

/** The body, checked against what was signed: as it flows for an operation that streams, at once for any other. */
export function receiveBody(
  incoming: Incoming,
  message: Message,
  claim: Claim | Verified | undefined,
  named: Named,
): CheckedBody {
  if (streams(named)) return checkedBody(incoming.bytes, claim, message.headers)
  if (named.service === 's3') checkBytes(message.body, claim, aboutBody(named, message.headers))
  return { bytes: one(message.body), done: () => checkBytes(message.body, undefined, {}) }
}

/** The headers that speak of the body: those of the last call of an upload speak of the object that it makes. */
function aboutBody({ operation }: Named, headers: Message['headers']): Message['headers'] {
  if (operation?.name !== 'CompleteMultipartUpload') return headers
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-')))
}

/** Why there is no operation to run, in the words that the protocol has for it. */
export function refuseUnbuilt({ service, model, operation, protocol, asked = '', version = '' }: Named): Refusal {
  if (model !== undefined && operation !== undefined) {
    const name = `${service}:${operation.name}`
    return new Refusal('notBuilt', `sallyport has not built ${name}; \`sallyport coverage\` lists what it has`)
  }
  if (protocol === 'ec2Query') {
    return new Refusal('unknownOperation', `The action ${asked} is not valid for this web service.`)
  }
  if (protocol !== 'awsQuery') return new Refusal('unknownOperation')
  return new Refusal('unknownOperation', `Could not find operation ${asked} for version ${version}`)
}

/** Whether the operation's body is a stream that must not be held in memory. */
function streams({ model, operation }: Named): boolean {
  if (model === undefined || operation === undefined) return false
  const shape = model.shapes[operation.input]
  if (shape === undefined || !('members' in shape)) return false
  return Object.values(shape.members).some(({ binding, target }) => {
    const body = model.shapes[target]
    return binding === 'payload' && body?.kind === 'simple' && body.streaming === true
  })
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
