/**
 * A browser's form upload to S3 (POST on a bucket): taken for what it amounts to, a PutObject whose headers, claim and
 * permission to write are the form's fields, and answered as forms are. S3 API RESTObjectPOST.
 */

import { Refusal } from './refusal.ts'
import type { Incoming } from './reception.ts'
import { ALGORITHM, credentialOf, type Claim } from './wire/claim.ts'
import { nameCall, type Named } from './wire/dispatch.ts'
import { readForm, type Form } from './wire/form.ts'
import type { Answer, Message } from './wire/message.ts'
import { checkPostPolicy, within } from './wire/post-policy.ts'
import { s3Address } from './wire/s3-routes.ts'
import { escapeXml, parseXml, textIn } from './wire/xml.ts'

export interface FormUpload {
  readonly incoming: Incoming
  /** Whoever signed the form's policy; nobody where it has none. */
  readonly claim: Claim | undefined
  /** Checks what the signer allowed. Asked once the signature is proved; the file does not flow before. */
  checkPolicy(now: number): void
  answer(answer: Answer): Answer
}

/** As one PutObject takes, whatever the policy says. */
const ANY_LENGTH = { least: 0, most: 5 * 1024 ** 3 }

/** What a form is called, before it is read; `undefined` where the request is none. */
export function namedForm(head: Message): Named | undefined {
  if (head.method !== 'POST' || head.headers['authorization'] !== undefined) return undefined
  if (head.headers['content-type']?.startsWith('multipart/form-data') !== true) return undefined
  const named = nameCall(head)
  return named.form === true ? named : undefined
}

export async function openForm({ head, bytes }: Incoming): Promise<FormUpload> {
  const { headers } = head
  const form = await readForm(headers['content-type'] ?? '', bytes)
  const bucket = s3Address(head).bucket ?? ''
  const key = keyOf(form)
  let file = within(form.file.bytes, ANY_LENGTH)
  return {
    incoming: {
      head: { ...head, method: 'PUT', path: pathOf(head, key), headers: headersOf(headers, form.fields) },
      bytes: later(() => file),
      whole: () => Promise.resolve(new Uint8Array()),
    },
    claim: claimOf(form.fields),
    checkPolicy(now) {
      const policy = form.fields.get('policy')
      const range = policy === undefined ? undefined : checkPostPolicy(policy, { fields: form.fields, bucket, now })
      if (range !== undefined) file = within(file, range)
    },
    answer: (answer) => answerOf(answer, { head, fields: form.fields, bucket, key }),
  }
}

async function* later(bytes: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* bytes()
}

function keyOf({ fields, file }: Form): string {
  const key = fields.get('key')
  if (key === undefined) throw missing('key')
  const name = file.name.slice(Math.max(file.name.lastIndexOf('/'), file.name.lastIndexOf('\\')) + 1)
  return key.replaceAll('${filename}', name)
}

function pathOf({ path }: Message, key: string): string {
  const base = path.endsWith('/') ? path : `${path}/`
  return base + key.split('/').map(encodeURIComponent).join('/')
}

/** Fields that say something of the object, under the names that headers have for them. */
const HEADERS: Readonly<Record<string, string>> = {
  acl: 'x-amz-acl',
  'cache-control': 'cache-control',
  'content-disposition': 'content-disposition',
  'content-encoding': 'content-encoding',
  'content-type': 'content-type',
  expires: 'expires',
}
const SIGNING: ReadonlySet<string> = new Set(['x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-signature'])

function headersOf(own: Message['headers'], fields: Form['fields']): Message['headers'] {
  const { 'content-type': _type, 'content-length': _length, ...rest } = own
  const said = [...fields].flatMap(([name, value]) => {
    const header = Object.hasOwn(HEADERS, name) ? HEADERS[name] : name.startsWith('x-amz-') ? name : undefined
    return header === undefined || SIGNING.has(name) ? [] : [[header, value] as const]
  })
  const tagging = fields.get('tagging')
  const tags = tagging === undefined ? {} : { 'x-amz-tagging': tagsOf(tagging) }
  return { ...rest, ...Object.fromEntries(said), ...tags }
}

/** A form's tags are XML; a header's are a query string. */
function tagsOf(xml: string): string {
  const pairs = elements(parseXml(xml), 'Tag').map((tag) => {
    const [key, value] = ['Key', 'Value'].map((name) => elements(tag, name).map(textIn)[0] ?? '')
    return `${encodeURIComponent(key ?? '')}=${encodeURIComponent(value ?? '')}`
  })
  return pairs.join('&')
}

type Element = ReturnType<typeof parseXml>

function elements(element: Element, name: string): readonly Element[] {
  return element.children.flatMap((child) => (child.name === name ? [child] : elements(child, name)))
}

function claimOf(fields: Form['fields']): Claim | undefined {
  if (!fields.has('policy')) return undefined
  const token = fields.get('x-amz-security-token')
  const common = {
    signedHeaders: [],
    payload: 'unsigned' as const,
    signed: fields.get('policy') ?? '',
    ...(token === undefined ? {} : { token }),
  }
  const accessKeyId = fields.get('awsaccesskeyid')
  if (accessKeyId !== undefined) {
    const nowhere = { accessKeyId, date: '', region: '', service: 's3', time: '' }
    return { form: 'v2post', ...nowhere, ...common, signature: need(fields, 'Signature') }
  }
  if (!fields.has('x-amz-algorithm') && !fields.has('x-amz-credential')) throw new Refusal('denied')
  const [algorithm, credential, time, signature] = [
    need(fields, 'X-Amz-Algorithm'),
    need(fields, 'X-Amz-Credential'),
    need(fields, 'X-Amz-Date'),
    need(fields, 'X-Amz-Signature'),
  ]
  if (algorithm !== ALGORITHM) {
    const detail = { ArgumentName: 'X-Amz-Algorithm', ArgumentValue: algorithm }
    throw new Refusal('InvalidArgument', `X-Amz-Algorithm only supports "${ALGORITHM}"`, detail)
  }
  return { form: 'post', ...credentialOf(credential), ...common, time, signature }
}

function need(fields: Form['fields'], name: string): string {
  const value = fields.get(name.toLowerCase())
  if (value === undefined || value === '') throw missing(name)
  return value
}

function missing(name: string): Refusal {
  const text = `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`
  return new Refusal('InvalidArgument', text, { ArgumentName: name, ArgumentValue: '' })
}

interface Stored {
  readonly head: Message
  readonly fields: Form['fields']
  readonly bucket: string
  readonly key: string
}

/** 204 unless the form asks for another status, or for a page to go on to. */
function answerOf({ headers }: Answer, { head, fields, bucket, key }: Stored): Answer {
  const { 'content-length': _, ...kept } = headers
  const scheme = head.source.tls ? 'https' : 'http'
  const location = `${scheme}://${head.headers['host'] ?? ''}${pathOf(head, key)}`
  const etag = headers['etag'] ?? headers['ETag'] ?? ''
  const next = pageAfter(fields)
  if (next !== undefined) {
    for (const [name, value] of Object.entries({ bucket, key, etag })) next.searchParams.append(name, value)
    return { status: 303, headers: { ...kept, location: next.href } }
  }
  const asked = fields.get('success_action_status')
  const told = { ...kept, location }
  if (asked === '200') return { status: 200, headers: told }
  if (asked !== '201') return { status: 204, headers: told }
  const members = Object.entries({ Location: location, Bucket: bucket, Key: key, ETag: etag })
  const inner = members.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`).join('')
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${inner}</PostResponse>`
  return { status: 201, headers: { ...told, 'content-type': 'application/xml' }, body }
}

/** One that is no URL is passed over. */
function pageAfter(fields: Form['fields']): URL | undefined {
  const given = fields.get('success_action_redirect') ?? fields.get('redirect')
  return given !== undefined && URL.canParse(given) ? new URL(given) : undefined
}
