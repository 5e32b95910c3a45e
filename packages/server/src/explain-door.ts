/**
 * The door by which an operator asks why: `/_sallyport/explain`. It tells of every account's policies, so it opens to a
 * request signed with Signature Version 4 alone, by somebody of the management account whom the law allows everything.
 * It is signed for `sallyport`, which is no service of AWS's: what was signed for one of those opens nothing here, and the
 * other way about.
 */

import { accountOf, organizationOf, type Circumstances, type Principal } from '@sallyport/estate'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { identify } from './caller.ts'
import { ask } from './court.ts'
import { answerTo, type ExplainAnswer, type Question } from './explain/answer.ts'
import { QuestionError } from './explain/question.ts'
import { incoming } from './http.ts'
import { Refusal } from './refusal.ts'
import { readClaim } from './wire/claim.ts'
import type { Message } from './wire/message.ts'
import { checkScope, signingKeys } from './wire/signature.ts'
import type { World } from './world.ts'

export const EXPLAIN_PATH = '/_sallyport/explain'
export const EXPLAIN_SERVICE = 'sallyport'
const BODY_AT_MOST = 64 * 1024

export function explainDoor(
  world: World,
  onBug: (error: unknown) => void,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const keys = signingKeys()

  return (request, response) => {
    if (request.url !== EXPLAIN_PATH) return false
    open(request).then(
      (answer) => say(response, 200, answer),
      (error: unknown) => say(response, ...refusalOf(error)),
    )
    return true
  }

  async function open(request: IncomingMessage): Promise<ExplainAnswer> {
    const { head, whole } = incoming(request)
    const message = { ...head, body: await whole(BODY_AT_MOST) }
    if (message.method !== 'POST') throw new QuestionError('POST a question')
    await world.ground()
    const principal = await callerOf(message)
    const circumstances = circumstancesOf(message)
    if (!mayExplain(principal, circumstances)) {
      throw new Refusal('denied', 'only an administrator of the management account may ask')
    }
    return answerTo(world, readQuestion(message), circumstances)
  }

  async function callerOf(message: Message): Promise<Principal> {
    const claim = readClaim(message, EXPLAIN_SERVICE)
    if (claim === undefined || claim.form !== 'header') {
      throw new Refusal('missingToken', `sign the request with Signature Version 4 for \`${EXPLAIN_SERVICE}\``)
    }
    checkScope(claim, { service: EXPLAIN_SERVICE })
    const { principal } = await identify(world, keys, message, claim)
    await world.bring([accountOf(principal) ?? ''])
    return principal
  }

  /** INVARIANT: nobody outside the management account, and nobody there whom a policy limits for this. */
  function mayExplain(principal: Principal, circumstances: Circumstances): boolean {
    const first = world.directory.all('administrator').get('self')?.account
    const management = organizationOf(world.organization)?.managementAccount ?? first
    if (management === undefined || accountOf(principal) !== management) return false
    const question = { resource: '*', action: 'sallyport:Explain' }
    return ask(world, { principal, circumstances }, question, question.action).effect === 'Allow'
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

  function refusalOf(error: unknown): [number, object] {
    if (error instanceof QuestionError) return [400, { error: error.message }]
    if (error instanceof Refusal) {
      return [error.code === 'tooLarge' ? 413 : 403, { error: error.message || `refused: ${error.code}` }]
    }
    onBug(error)
    return [500, { error: 'the server failed' }]
  }
}

function readQuestion({ body }: Message): Question {
  const given = parsed(Buffer.from(body).toString())
  const text = (name: string): string | undefined => (typeof given[name] === 'string' ? given[name] : undefined)
  const [requestId, message, principal] = [text('requestId'), text('message'), text('principal')]
  if (requestId !== undefined) return { requestId }
  if (message !== undefined) return { message }
  const [action, resource] = [text('action'), text('resource')]
  if (principal === undefined || action === undefined || resource === undefined) {
    throw new QuestionError('give `requestId`, or `message`, or `principal`, `action` and `resource`')
  }
  return { principal, action, resource, context: contextIn(given['context']) }
}

function contextIn(value: unknown): Readonly<Record<string, string | readonly string[]>> {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null) throw new QuestionError('`context` is an object of keys and values')
  return Object.fromEntries(
    Object.entries(value).map(([key, one]: [string, unknown]) => {
      if (typeof one === 'string') return [key, one]
      if (Array.isArray(one) && one.every((it) => typeof it === 'string')) return [key, one]
      throw new QuestionError(`the value of \`${key}\` is a text or a list of texts`)
    }),
  )
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // said below
  }
  throw new QuestionError('the body is no JSON object')
}

function say(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}
