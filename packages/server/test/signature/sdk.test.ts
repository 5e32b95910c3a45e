import { posix } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../src/wire/message.ts'
import { readQuery } from '../../src/wire/claim.ts'
import { KEY, NOW, asMessage, at, escape, prove, refusalOf, sdkSigner, type Sent } from './sign.ts'

const segment = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('a b+c', 'ünï', '日本', '~', "(x)!'*", 'per%20cent', '', 'arn:aws:iam', '&=?#'),
)
const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.map(escape).join('/')}`)
const query = fc.dictionary(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter((name) => !/^X-Amz-/i.test(name)),
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.array(fc.string({ maxLength: 4 }), { minLength: 2, maxLength: 3 }),
  ),
  { maxKeys: 4, noNullPrototype: true },
)
const value = fc.stringMatching(/^[!-~]([ -~]{0,12}[!-~])?$/)
const extra = fc.dictionary(
  fc.constantFrom('content-type', 'x-amz-target', 'x-amz-meta-a', 'range', 'x-custom'),
  value,
  {
    noNullPrototype: true,
  },
)
const token = fc.option(fc.stringMatching(/^[A-Za-z0-9+/]{8,60}=$/), { nil: undefined })
const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD')
const request = fc.record({ method, path, query, extra, token, body: fc.uint8Array({ maxLength: 40 }) })
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never

async function send(service: string, drawn: Request): Promise<Message> {
  const sent = await sdkSigner(service, drawn.token).sign(
    {
      protocol: 'https:',
      hostname: 'example.amazonaws.com',
      method: drawn.method,
      path: drawn.path,
      query: drawn.query,
      headers: { ...drawn.extra, host: 'example.amazonaws.com' },
      body: drawn.body,
    },
    { signingDate: new Date(NOW) },
  )
  return { ...asMessage(sent as Sent), body: drawn.body } // the SDK's own bag of the same members
}

/** Says in one spelling what a query says, so that two spellings of one query are not called a change. */
function meaning(text: string): string {
  return JSON.stringify([...readQuery(text.replaceAll('+', '%20'))].toSorted())
}

/** One byte changed, at a place drawn at random. */
function flip(text: string, place: number, byte: string): string {
  const at = place % Math.max(text.length, 1)
  return `${text.slice(0, at)}${byte}${text.slice(at + 1)}`
}

describe.each(['sts', 's3'])('requests to %s signed by the JS SDK', (service) => {
  test('are proved, whatever they ask', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (drawn) => {
        const claim = prove(await send(service, drawn))
        expect(claim.accessKeyId).toBe(KEY.accessKeyId)
        expect(claim.token).toBe(drawn.token)
      }),
      { numRuns: 300, seed: 7 },
    )
  })

  test('are proved as presigned URLs too', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (drawn) => {
        const url = await sdkSigner(service, drawn.token).presign(
          {
            protocol: 'https:',
            hostname: 'example.amazonaws.com',
            method: drawn.method,
            path: drawn.path,
            query: drawn.query,
            headers: {
              host: 'example.amazonaws.com',
              ...(service === 's3' ? { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } : {}),
            },
          },
          { signingDate: new Date(NOW), expiresIn: 60 },
        )
        const sent = asMessage(url as Sent) // the SDK's own bag of the same members
        expect(prove(sent)).toMatchObject({
          form: 'query',
          expires: 60,
          ...(drawn.token ? { token: drawn.token } : {}),
        })
      }),
      { numRuns: 100, seed: 7 },
    )
  })

  test('no byte of method, path, query, signed header, token or body can be changed', async () => {
    const change = fc.record({
      what: fc.constantFrom('method', 'path', 'query', 'header', 'body', 'authorization'),
      place: fc.nat(),
      byte: fc.stringMatching(/^[!-~]$/),
    })
    await fc.assert(
      fc.asyncProperty(request, change, async (drawn, { what, place, byte }) => {
        const sent = await send(service, drawn)
        const names = Object.keys(sent.headers).filter((name) => name !== 'authorization')
        const name = what === 'authorization' ? what : (names[place % names.length] ?? 'host')
        const changed: Message = {
          ...sent,
          ...(what === 'method' ? { method: flip(sent.method, place, byte) } : {}),
          ...(what === 'path' ? { path: flip(sent.path, place + 1, byte) } : {}),
          ...(what === 'query' ? { query: flip(sent.query, place, byte) } : {}),
          ...(what === 'body' && service !== 's3'
            ? { body: Buffer.from(flip(Buffer.from(sent.body).toString('latin1'), place, byte), 'latin1') }
            : {}),
          ...(what === 'header' || what === 'authorization'
            ? { headers: { ...sent.headers, [name]: flip(sent.headers[name] ?? '', place, byte) } }
            : {}),
        }
        const same =
          JSON.stringify({ ...changed, query: meaning(changed.query), body: [...changed.body] }) ===
          JSON.stringify({ ...sent, query: meaning(sent.query), body: [...sent.body] })
        fc.pre(!same)
        fc.pre(service === 's3' || normal(changed.path) !== normal(sent.path) || what !== 'path')
        // Another access key id leads to another secret, which this test does not have.
        const key = outcome(changed)
        expect(key === 'refused' || key !== KEY.accessKeyId).toBe(true)
      }),
      { numRuns: 600, seed: 11 },
    )
  })
})

function outcome(sent: Message): string {
  try {
    return prove(sent).accessKeyId
  } catch {
    return 'refused'
  }
}

/** Dots and doubled slashes mean nothing to services other than S3. */
function normal(text: string): string {
  return posix.normalize(`/${text}`)
}

test('the parts of Authorization may stand in any order and with any blanks', async () => {
  const sent = await send('sts', {
    method: 'POST',
    path: '/',
    query: {},
    extra: {},
    token: undefined,
    body: new Uint8Array(),
  })
  const [algorithm = '', ...fields] = (sent.headers['authorization'] ?? '').split(/,? /)
  for (const authorization of [
    `${algorithm} ${fields.toReversed().join(',')}`,
    `${algorithm}  ${fields.join(' ,  ')}`,
  ]) {
    expect(prove({ ...sent, headers: { ...sent.headers, authorization } }).service).toBe('sts')
  }
})

test('a clock that runs ahead changes nothing for a signature in a header', async () => {
  const sent = await send('sts', {
    method: 'POST',
    path: '/',
    query: {},
    extra: {},
    token: undefined,
    body: new Uint8Array(),
  })
  expect(prove(sent, at(NOW, NOW + 9e9)).time).toBe('20260102T030405Z')
  expect(refusalOf(() => prove(sent, at(NOW + 9e9, NOW))).code).toBe('skewed')
})
