/** Laws over everything, and what a stranger's document may cost. */

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decide,
  globMatches,
  Library,
  parse,
  type Attached,
  type Bearing,
  type PolicyKind,
  type Request,
} from '../src/index.ts'
import { attached } from './cases.ts'

const A = '111111111111'
const KINDS: readonly PolicyKind[] = ['identity', 'boundary', 'session', 'resource', 'trust', 'scp', 'rcp', 'endpoint']

const pattern = fc.constantFrom('*', 's3:*', 's3:Get*', 's3:GetObject', 's3:PutObject', 'ec2:*')
const place = fc.constantFrom('*', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b/k', 'arn:aws:s3:::other/*')
const condition = fc.constantFrom(
  {},
  { Bool: { 'aws:SecureTransport': 'true' } },
  { Null: { 'aws:SecureTransport': 'true' } },
)
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: fc.array(pattern, { minLength: 1, maxLength: 3 }),
  Resource: fc.array(place, { minLength: 1, maxLength: 2 }),
  Condition: condition,
})
const statements = fc.array(statement, { maxLength: 4 })
const principal = fc.constantFrom('*', { AWS: A }, { AWS: `arn:aws:iam::${A}:user/alice` }, { AWS: '333333333333' })
const request = fc
  .record({
    action: fc.constantFrom('s3:GetObject', 's3:PutObject', 'ec2:RunInstances'),
    resource: fc.constantFrom('arn:aws:s3:::b/k', 'arn:aws:s3:::b/x', '*'),
    resourceAccount: fc.constantFrom(A, '222222222222'),
    secure: fc.constantFrom('true', 'false', undefined),
  })
  .map(({ secure, ...rest }): Request => {
    const caller = { type: 'User', arn: `arn:aws:iam::${A}:user/alice`, account: A } as const
    return { ...rest, caller, context: new Map(secure === undefined ? [] : [['aws:securetransport', secure]]) }
  })
const bearing = fc
  .record({
    identity: statements,
    resource: fc.option(fc.tuple(statements, principal)),
    boundary: fc.option(statements),
    session: fc.option(statements),
    scp: fc.option(fc.array(statements, { minLength: 1, maxLength: 2 })),
    gate: fc.boolean(),
  })
  .map(({ identity, resource, boundary, session, scp, gate }): Bearing => {
    const named = resource === null ? [] : resource[0].map((one) => ({ ...one, Principal: resource[1] }))
    return {
      identity: [policy(identity)],
      ...(resource && { resource: policy(named, 'resource') }),
      ...(boundary && { boundary: [policy(boundary, 'boundary')] }),
      ...(session && { session: [policy(session, 'session')] }),
      ...(scp && { scp: scp.map((level, i) => ({ target: `ou-${i}`, policies: [policy(level, 'scp')] })) }),
      resourceRule: gate ? 'gate' : 'grants',
    }
  })

const DENY = { Effect: 'Deny', Action: '*', Resource: '*' }
const ALLOW = { Effect: 'Allow', Action: '*', Resource: '*' }

describe('laws', () => {
  test.each<[string, (given: Bearing) => Bearing]>([
    ['identity', (given) => ({ ...given, identity: [...given.identity, policy([DENY])] })],
    ['boundary', (given) => ({ ...given, boundary: [policy([DENY], 'boundary')] })],
    ['session', (given) => ({ ...given, session: [policy([DENY], 'session')] })],
    ['resource', (given) => ({ ...given, resource: policy([{ ...DENY, Principal: '*' }], 'resource') })],
    ['endpoint', (given) => ({ ...given, endpoint: [policy([{ ...DENY, Principal: '*' }], 'endpoint')] })],
    ['scp', (given) => ({ ...given, scp: [{ target: 'r-1', policies: [policy([DENY], 'scp')] }] })],
    [
      'rcp',
      (given) => ({ ...given, rcp: [{ target: 'r-1', policies: [policy([{ ...DENY, Principal: '*' }], 'rcp')] }] }),
    ],
  ])('a deny in any layer refuses, whatever the others say: %s', (_layer, denied) => {
    fc.assert(
      fc.property(request, bearing, (asked, given) => decide(asked, denied(given)).reason.code === 'ExplicitDeny'),
    )
  })

  test.each<[string, (given: Bearing, more: Attached) => Bearing, PolicyKind]>([
    ['boundary', (given, more) => ({ ...given, boundary: [more] }), 'boundary'],
    ['session', (given, more) => ({ ...given, session: [more] }), 'session'],
    ['scp', (given, more) => ({ ...given, scp: [...(given.scp ?? []), { target: 'x', policies: [more] }] }), 'scp'],
    ['rcp', (given, more) => ({ ...given, rcp: [{ target: 'x', policies: [more] }] }), 'rcp'],
    ['endpoint', (given, more) => ({ ...given, endpoint: [more] }), 'endpoint'],
  ])('a limit never grants: %s', (_layer, limited, kind) => {
    const everything = policy([kind === 'rcp' || kind === 'endpoint' ? { ...ALLOW, Principal: '*' } : ALLOW], kind)
    const unlimited = bearing.map(({ boundary: _boundary, session: _session, ...rest }): Bearing => rest)
    fc.assert(
      fc.property(request, unlimited, (asked, given) => {
        const before = decide(asked, given).effect
        expect(decide(asked, limited(given, everything)).effect).toBe(before)
      }),
    )
  })

  test('without a grant there is nothing to limit', () => {
    fc.assert(
      fc.property(request, bearing, (asked, { resource: _resource, ...given }) => {
        expect(decide(asked, { ...given, identity: [] }).effect).toBe('Deny')
      }),
    )
  })

  test('the order of statements does not matter', () => {
    fc.assert(
      fc.property(request, statements, (asked, given) => {
        const forth = decide({ ...asked, resourceAccount: A }, { identity: [policy(given)] })
        const back = decide({ ...asked, resourceAccount: A }, { identity: [policy(given.toReversed())] })
        expect(back.reason.code).toBe(forth.reason.code)
      }),
    )
  })

  test('findings agree with the decision: an explicit deny is found where the reason says', () => {
    fc.assert(
      fc.property(request, bearing, (asked, given) => {
        const { reason, findings } = decide(asked, given)
        const first = findings.find(({ effect }) => effect === 'ExplicitDeny')
        expect(first?.layer).toBe(reason.code === 'ExplicitDeny' ? reason.layer : undefined)
      }),
    )
  })
})

describe('whatever the text', () => {
  test('parse answers, and its findings are never empty', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom(...KINDS), (text, kind) => {
        const parsed = parse(text, kind)
        if (!parsed.ok) expect(parsed.findings.length).toBeGreaterThan(0)
      }),
    )
  })

  test('our JSON is JSON: what JSON.parse takes without doubled keys, we take, and nothing else', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (json) => {
        const text = `{"Version":"2012-10-17","Statement":[],"Id":${JSON.stringify(json)}}`
        expect(parse(text, 'identity').ok).toBe(true)
        expect(parse(`${text}x`, 'identity').ok).toBe(false)
      }),
    )
  })

  const million = 1_000_000
  test.each([
    ['['.repeat(100_000), 'a hundred thousand levels of arrays'],
    ['{"a":'.repeat(100_000), 'and of objects'],
    [`{"Statement":[],"Id":"${'x'.repeat(million)}"}`, 'a text of a megabyte'],
    [`{"Statement":[],"Id":"${'\\u0041'.repeat(million / 5)}"}`, 'all of it escapes'],
    [`{"Statement":[],"Id":"${'\\'.repeat(million)}`, 'and no end'],
    [`{"Statement":${'9'.repeat(million)}}`, 'a number of a million digits'],
    [' '.repeat(million), 'nothing but space'],
    [one({ Resource: `arn:aws:s3:::${'*?'.repeat(million / 4)}` }), 'a resource of half a million wildcards'],
    [one({ Resource: `arn:aws:s3:::${'${'.repeat(million / 4)}` }), 'variables that never close'],
    [one({ Resource: `arn:aws:s3:::${'${a}'.repeat(million / 8)}` }), 'a hundred thousand variables'],
    [one({ Resource: ':'.repeat(million) }), 'a million segments'],
    [one({ Principal: { Service: `${'a.'.repeat(million / 4)}!` } }), 'a service of dots'],
    [one({ Principal: { AWS: `arn:aws:sts::1:assumed-role/${'/'.repeat(million / 2)}` } }), 'a session of slashes'],
    [one({ Condition: { BinaryEquals: { 'a:b': `${'='.repeat(million)}x` } } }), 'bytes of padding'],
    [
      one({ Condition: { DateEquals: { 'a:b': `2024-01-01T00:00:00.${'0'.repeat(million)}x` } } }),
      'a fraction without end',
    ],
    [one({ Condition: { IpAddress: { 'a:b': ':'.repeat(million) } } }), 'an address of colons'],
  ])('hostile text costs bounded time (row %#)', (text) => {
    const library = new Library(2)
    const started = performance.now()
    const policies = KINDS.map((kind) => ({ policy: library.policyFor(text, kind) }))
    for (const each of policies) decide(GET, { identity: [each] })
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test('keys that mean something to JavaScript mean nothing to us', () => {
    const text = '{"__proto__":{"Statement":[]},"constructor":1,"Statement":[{"__proto__":{},"Effect":"Allow"}]}'
    const parsed = parse(text, 'trust')
    expect(!parsed.ok && parsed.findings.map(({ message }) => message)).toEqual([
      'Unknown field __proto__',
      'Unknown field constructor',
      'Unknown field __proto__',
    ])
    expect(parse(one({ Condition: { __proto__: null, StringEquals: { 'a:b': 'c' } } }), 'identity').ok).toBe(true)
    expect(({} as { readonly Statement?: unknown }).Statement).toBeUndefined()
  })

  test('globs are linear in stars', () => {
    const started = performance.now()
    expect(globMatches(`${'*a'.repeat(2_000)}*b`, 'a'.repeat(100_000))).toBe(false)
    expect(globMatches(`${'*?a'.repeat(2_000)}*`, 'a'.repeat(100_000))).toBe(true)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('globs agree with a matcher that tries everything', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 7 }).map((list) => list.join(''))
    const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 9 }).map((list) => list.join(''))
    fc.assert(
      fc.property(letters, text, (glob, word) => globMatches(glob, word) === naive(glob, word)),
      { numRuns: 2_000 },
    )
  })
})

describe('a library', () => {
  test('compiles the same text once a kind', () => {
    const library = new Library()
    expect(library.policyFor(one({}), 'identity')).toBe(library.policyFor(one({}), 'identity'))
    expect(library.policyFor(one({}), 'identity')).not.toBe(library.policyFor(one({}), 'boundary'))
  })

  test('keeps what is used and drops the rest', () => {
    const library = new Library(2)
    const kept = library.policyFor(one({ Sid: 'a' }), 'identity')
    const dropped = library.policyFor(one({ Sid: 'b' }), 'identity')
    library.policyFor(one({ Sid: 'a' }), 'identity')
    library.policyFor(one({ Sid: 'c' }), 'identity')
    expect(library.policyFor(one({ Sid: 'a' }), 'identity')).toBe(kept)
    expect(library.policyFor(one({ Sid: 'b' }), 'identity')).not.toBe(dropped)
  })
})

const GET: Request = {
  caller: { type: 'User', arn: `arn:aws:iam::${A}:user/alice`, account: A },
  action: 's3:GetObject',
  resource: `arn:aws:s3:::b/${'k'.repeat(1_000)}`,
  resourceAccount: A,
  context: new Map([['a:b', 'c']]),
}

function policy(given: readonly object[], kind: PolicyKind = 'identity'): Attached {
  return attached({ Version: '2012-10-17', Statement: given }, kind)
}

function one(element: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ ...ALLOW, ...element }] })
}

function naive(glob: string, word: string): boolean {
  if (glob === '') return word === ''
  const rest = glob.slice(1)
  if (glob[0] === '*') return naive(rest, word) || (word !== '' && naive(glob, word.slice(1)))
  return word !== '' && (glob[0] === '?' || glob[0] === word[0]) && naive(rest, word.slice(1))
}
