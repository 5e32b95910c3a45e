/** Whatever comes in, a codec reads it or refuses it: never another error, never a changed prototype. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../../src/refusal.ts'
import { CODECS } from '../../src/wire/codecs.ts'
import { nameCall } from '../../src/wire/dispatch.ts'
import { loadModel, MODELS } from '../../src/wire/models.ts'
import { parseXml } from '../../src/wire/xml.ts'
import type { Message } from '../../src/wire/message.ts'
import type { ProtocolName } from '../../src/wire/model.ts'

const PAIRS = Object.entries(MODELS).flatMap(([service, { protocols }]) =>
  protocols.map((protocol) => [service, protocol] as const),
)

const nasty = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '\0',
  '\ud800',
  '<',
  '%',
  '%zz',
)
const word = fc.oneof(nasty, fc.string(), fc.string({ unit: 'binary' }))

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 0, -1, 1e300, 'x', 'NaN'),
    word,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

/** Inputs that have the operation's own member names, and so reach deeper than noise does. */
function bodies(service: string, operation: string): fc.Arbitrary<Uint8Array> {
  const model = loadModel(service)
  const shape = model.shapes[model.operations[operation]?.input ?? '']
  const names = shape && 'members' in shape ? Object.keys(shape.members) : []
  const name = names.length > 0 ? fc.oneof(fc.constantFrom(...names), word) : word
  const suffix = fc.constantFrom(
    '',
    '.1',
    '.member.1',
    '.entry.1.key',
    '.entry.1.value',
    '.member.1.Key',
    '.999999999',
    '.x'.repeat(60),
  )
  const pair = fc.tuple(name, suffix, word).map(([key, rest, value]) => `${key}${rest}=${encode(value)}`)
  const text = fc.oneof(
    fc.array(pair, { maxLength: 8 }).map((pairs) => pairs.join('&')),
    fc.dictionary(name, json, { maxKeys: 5, noNullPrototype: true }).map((value) => JSON.stringify(value)),
    fc.tuple(name, word).map(([tag, inner]) => `<R><${tag}>${inner}</${tag}></R>`),
    word,
  )
  return fc.oneof(
    text.map((one) => new Uint8Array(Buffer.from(one))),
    fc.uint8Array({ maxLength: 200 }),
  )
}

function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : text
}

function readOrRefuse(service: string, protocol: ProtocolName, operation: string, parts: Partial<Message>): void {
  const model = loadModel(service)
  const found = model.operations[operation]
  if (!found) return
  const ground = { method: 'POST', path: '/', query: '', headers: {}, source: { ip: '::1', tls: false } }
  const message = { ...ground, body: new Uint8Array(), ...parts }
  nameCall(message, { service: model.signingName, region: 'us-east-1' })
  nameCall(message)
  try {
    const input = CODECS[protocol].readInput(model, found, message)
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
  expect(Object.keys(Object.prototype)).toEqual([])
}

describe.each(PAIRS)('%s in %s', (service, protocol) => {
  const names = Object.keys(loadModel(service).operations)

  test('reads or refuses any bytes', () => {
    const call = fc.constantFrom(...names).chain((name) => fc.tuple(fc.constant(name), bodies(service, name)))
    const query = fc.oneof(fc.constant(''), word)
    const headers = fc.dictionary(
      fc.constantFrom(
        'x-amz-meta-__proto__',
        'content-type',
        'range',
        'x-amz-acl',
        'host',
        'expires',
        'if-modified-since',
      ),
      word,
    )
    const property = fc.property(call, query, word, headers, ([name, body], query, path, headers) => {
      readOrRefuse(service, protocol, name, { body, query, path: `/${path}`, headers })
    })
    fc.assert(property, { numRuns: 400, seed: 7 })
  })
})

const text = (body: string): Partial<Message> => ({ body: new Uint8Array(Buffer.from(body)) })

describe('bounds', () => {
  test.each([
    ['organizations', 'awsJson1_1', 'CreateAccount', text('['.repeat(1_000_000)), 'a million lists'],
    ['organizations', 'awsJson1_1', 'CreateAccount', text('{"a":'.repeat(500_000)), 'half a million structures'],
    ['iam', 'awsQuery', 'CreateRole', text(`${'a.'.repeat(500_000)}=1`), 'a name of a million dots'],
    ['iam', 'awsQuery', 'CreateRole', text('a=1&'.repeat(300_000)), 'three hundred thousand parameters'],
    ['s3', 'restXml', 'PutBucketTagging', text('<a>'.repeat(300_000)), 'three hundred thousand open elements'],
    ['s3', 'restXml', 'PutBucketTagging', text(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`), 'a document type'],
    ['s3', 'restXml', 'PutBucketTagging', text(`<a ${'b="c" '.repeat(100_000)}`), 'a tag that never closes'],
    [
      'cloudwatch',
      'rpcv2Cbor',
      'ListMetrics',
      { body: new Uint8Array(500_000).fill(0x81) },
      'half a million CBOR lists',
    ],
    [
      'cloudwatch',
      'rpcv2Cbor',
      'ListMetrics',
      { body: Uint8Array.of(0x9b, 255, 255, 255, 255, 255, 255, 255, 255) },
      'a list of 2^64',
    ],
  ] as const)('%s refuses within a second', (service, protocol, operation, parts, _why) => {
    const start = performance.now()
    expect(() => {
      const model = loadModel(service)
      const found = model.operations[operation]
      const ground = { method: 'POST', path: '/', query: '', headers: {}, source: { ip: '::1', tls: false } }
      if (found) CODECS[protocol].readInput(model, found, { ...ground, ...parts } as Message)
    }).toThrow(Refusal)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  test('any text is XML or is refused', () => {
    const mark = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      'a',
      '=',
      '"',
      '&amp;',
      '&',
      ';',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      ' ',
    )
    const property = fc.property(fc.array(mark, { maxLength: 40 }), (marks) => {
      try {
        parseXml(marks.join(''))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
      }
    })
    fc.assert(property, { numRuns: 3000, seed: 7 })
  })
})
