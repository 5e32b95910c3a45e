/**
 * Browsers whose page is of another origin: they ask before they call, without a signature, and see an answer only where
 * it says that they may. A bucket's rules decide on both; they let nobody in whom the law does not.
 */

import type { CorsRules } from './services/s3/cors.ts'
import { crossOriginHeaders, type CrossOrigin } from './services/s3/cors-rule.ts'
import { CODECS } from './wire/codecs.ts'
import type { Answer, AnswerMarks, Message } from './wire/message.ts'
import { loadModel } from './wire/models.ts'
import { s3Address } from './wire/s3-routes.ts'
import type { World } from './world.ts'

/** The answer to a browser that asks whether it may call, where it asks about a bucket that is there. */
export async function preflight(world: World, message: Message, marks: AnswerMarks): Promise<Answer | undefined> {
  if (message.method !== 'OPTIONS') return undefined
  const found = await rulesFor(world, message)
  if (found === undefined) return undefined
  const {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': names = '',
  } = message.headers
  const refuse = (status: number, code: string, text: string, detail = {}): Answer =>
    CODECS.restXml.writeRefusal(loadModel('s3'), { code, status, fault: 'Sender', message: text, detail }, marks)
  if (origin === undefined) return refuse(400, 'BadRequest', 'Insufficient information. Origin request header needed.')
  if (method === undefined || !/^(?:GET|PUT|HEAD|POST|DELETE)$/.test(method)) {
    return refuse(400, 'BadRequest', `Invalid Access-Control-Request-Method: ${method ?? 'null'}`)
  }
  const about = { Method: method, ResourceType: found.resource }
  if (found.rules === undefined) {
    return refuse(403, 'AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.', about)
  }
  const headers = crossOriginHeaders(found.rules, { origin, method, headers: listed(names) })
  if (headers === undefined) return refuse(403, 'AccessForbidden', NOT_ALLOWED, about)
  return { status: 200, headers: { 'x-amz-request-id': marks.requestId, 'x-amz-id-2': marks.hostId, ...headers } }
}

const NOT_ALLOWED =
  "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."

/** What an answer says besides, refusals included. */
export async function withCrossOrigin(world: World, message: Message, answer: Answer): Promise<Answer> {
  const { origin } = message.headers
  if (origin === undefined || message.method === 'OPTIONS') return answer
  const { rules } = (await rulesFor(world, message)) ?? {}
  if (rules === undefined) return answer
  const asked: CrossOrigin = { origin, method: message.method, headers: [] }
  return { ...answer, headers: { ...answer.headers, ...crossOriginHeaders(rules, asked) } }
}

interface Found {
  readonly resource: 'BUCKET' | 'OBJECT'
  readonly rules: CorsRules | undefined
}

async function rulesFor(world: World, message: Message): Promise<Found | undefined> {
  await world.ground()
  const { bucket = '', key } = s3Address(message)
  const owner = world.directory.all('bucketName').get(bucket)?.account
  const row = owner === undefined ? undefined : (await world.enter(owner))?.all('bucket').get(bucket)
  if (row === undefined) return undefined
  const rules = row.settings?.['cors'] as CorsRules | undefined // `given` of cors.ts made it
  return { resource: key === undefined ? 'BUCKET' : 'OBJECT', rules }
}

function listed(names: string): readonly string[] {
  return names
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}
