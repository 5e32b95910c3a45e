/**
 * The doors by which an operator asks a server about itself: `/_sallyport/…`. Behind them lies what every account has, so
 * they open to a request signed with Signature Version 4 alone, by somebody of the management account whom the law allows
 * it. It is signed for `sallyport`, which is no service of AWS's: what was signed for one of those opens nothing here, and
 * the other way about. What goes through is no call of AWS's and leaves no audit record.
 */

import { accountOf, organizationOf, type Circumstances, type Principal } from '@sallyport/estate'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { identify } from './caller.ts'
import { ask } from './court.ts'
import { QuestionError } from './explain/question.ts'
import { incoming, isHangUp, type OwnDoor } from './http.ts'
import { Refusal } from './refusal.ts'
import { StoreTrouble } from './store/store.ts'
import { readClaim } from './wire/claim.ts'
import type { Message } from './wire/message.ts'
import { checkScope, signingKeys } from './wire/signature.ts'
import type { World } from './world.ts'

export const DOOR_SERVICE = 'sallyport'
const BODY_AT_MOST = 64 * 1024

/** What may be done by a method: the action that the law is asked about, and what is answered. */
export interface Errand {
  readonly action: `sallyport:${string}`
  /** An object is answered as JSON. Throws `QuestionError` where what is asked makes no sense. */
  answer(message: Message, circumstances: Circumstances): Promise<object | Flow> | object | Flow
}

/** An answer too long to be held: its bytes, as fast as they are taken. */
export class Flow {
  readonly type: string
  readonly bytes: Readable

  constructor(type: string, bytes: Readable) {
    this.type = type
    this.bytes = bytes
  }
}

export interface SignedDoor {
  readonly path: string
  readonly errands: Readonly<Record<string, Errand>>
  /** Said where the method has no errand. */
  readonly methods: string
}

export function signedDoor(
  world: World,
  { path, errands, methods }: SignedDoor,
  onBug: (error: unknown) => void,
): OwnDoor {
  const keys = signingKeys()

  return (request, response) => {
    if (request.url !== path) return false
    void open(request)
      .then((answer) => send(response, answer))
      .catch((error: unknown) => refuse(response, error))
    return true
  }

  async function open(request: IncomingMessage): Promise<object | Flow> {
    const { head, whole } = incoming(request)
    const message = { ...head, body: await whole(BODY_AT_MOST) }
    const errand = Object.hasOwn(errands, message.method) ? errands[message.method] : undefined
    if (errand === undefined) throw new QuestionError(methods)
    await world.ground()
    const principal = await callerOf(message)
    const circumstances = circumstancesOf(message)
    if (!may(principal, circumstances, errand.action)) {
      throw new Refusal('denied', 'only an administrator of the management account may ask')
    }
    return errand.answer(message, circumstances)
  }

  async function callerOf(message: Message): Promise<Principal> {
    const claim = readClaim(message, DOOR_SERVICE)
    if (claim === undefined || claim.form !== 'header') {
      throw new Refusal('missingToken', `sign the request with Signature Version 4 for \`${DOOR_SERVICE}\``)
    }
    checkScope(claim, { service: DOOR_SERVICE })
    const { principal } = await identify(world, keys, message, claim)
    await world.bring([accountOf(principal) ?? ''])
    return principal
  }

  /** INVARIANT: nobody outside the management account, and nobody there whom a policy limits for this. */
  function may(principal: Principal, circumstances: Circumstances, action: string): boolean {
    const first = world.directory.all('administrator').get('self')?.account
    const management = organizationOf(world.organization)?.managementAccount ?? first
    if (management === undefined || accountOf(principal) !== management) return false
    return ask(world, { principal, circumstances }, { resource: '*', action }, action).effect === 'Allow'
  }

  function circumstancesOf({ headers, source }: Message): Circumstances {
    return {
      now: world.clock.now(),
      sourceIp: source.ip,
      userAgent: headers['user-agent'] ?? '',
      region: world.region,
      secureTransport: source.tls,
    }
  }

  /** An answer that has begun can only be broken off, and whoever reads it sees that it was. */
  function refuse(response: ServerResponse, error: unknown): void {
    if (!response.headersSent) return say(response, ...refusalOf(error))
    if (!isHangUp(error)) onBug(error)
    response.destroy()
  }

  function refusalOf(error: unknown): [number, object] {
    if (error instanceof QuestionError) return [400, { error: error.message }]
    if (error instanceof Refusal) {
      return [error.code === 'tooLarge' ? 413 : 403, { error: error.message || `refused: ${error.code}` }]
    }
    if (error instanceof StoreTrouble) return [503, { error: error.message }]
    onBug(error)
    return [500, { error: 'the server failed' }]
  }
}

/** The body's JSON object. */
export function membersOf({ body }: Message): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString())
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // said below
  }
  throw new QuestionError('the body is no JSON object')
}

async function send(response: ServerResponse, answer: object | Flow): Promise<void> {
  if (!(answer instanceof Flow)) return say(response, 200, answer)
  response.writeHead(200, { 'content-type': answer.type })
  await pipeline(answer.bytes, response)
}

function say(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}
