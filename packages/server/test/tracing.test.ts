import { CreateRoleCommand, GetUserCommand } from '@aws-sdk/client-iam'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryStore, type Store } from '../src/index.ts'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, trustText } from './people.ts'
import { form, send, WHO_AM_I, type RawCall } from './raw.ts'

const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
const tracer = provider.getTracer('test')
let broken = false
let server: TestServer

beforeAll(async () => {
  const store = memoryStore()
  const failing: Store = {
    ...store,
    async commit(asked) {
      if (broken) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      return store.commit(asked)
    },
  }
  server = await startServer({ tracer, store: failing })
})
afterAll(async () => {
  await server.close()
  await provider.shutdown()
})

/** The spans of what `act` calls. */
async function spansOf(act: () => Promise<unknown>): Promise<readonly ReadableSpan[]> {
  exporter.reset()
  await act()
  await provider.forceFlush()
  return exporter.getFinishedSpans()
}

describe('a span', () => {
  test('is made of each call, and says which, whose, and what became of it', async () => {
    const before = Date.now()
    const command = new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trustText({ AWS: MANAGEMENT }) })
    const { $metadata } = await iamOf(server).send(command)
    const [span, ...others] = exporter.getFinishedSpans()
    expect(others).toEqual([])
    expect(span).toMatchObject({
      name: 'IAM/CreateRole',
      kind: SpanKind.SERVER,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'rpc.system': 'aws-api',
        'rpc.service': 'IAM',
        'rpc.method': 'CreateRole',
        'aws.request_id': $metadata.requestId,
        'cloud.account.id': MANAGEMENT,
        'cloud.region': 'us-east-1',
        'http.response.status_code': 200,
        'authz.decision': 'Allow',
        'authz.layer': 'identity',
      },
    })
    expect(span?.parentSpanContext).toBeUndefined()
    const [seconds = 0, nanoseconds = 0] = span?.startTime ?? []
    const begun = seconds * 1000 + nanoseconds / 1e6
    expect(begun).toBeGreaterThan(before - 5)
    expect(begun).toBeLessThan(Date.now() + 5)
  })

  test('of a denial has its layer, and is no failure of the server’s', async () => {
    const keys = await newUser(server, 'dana')
    const spans = await spansOf(() =>
      expectRefusal(iamOf(server, keys).send(new GetUserCommand({ UserName: 'x' })), 'AccessDenied'),
    )
    expect(spans.map(({ name, status, attributes }) => ({ name, status, attributes }))).toMatchObject([
      {
        name: 'IAM/GetUser',
        status: { code: SpanStatusCode.UNSET },
        attributes: {
          'authz.decision': 'Deny',
          'authz.layer': 'identity',
          'error.type': 'AccessDenied',
          'http.response.status_code': 403,
        },
      },
    ])
  })

  test('of what fails is a failure', async () => {
    broken = true
    const command = new CreateRoleCommand({ RoleName: 's', AssumeRolePolicyDocument: trustText({ AWS: MANAGEMENT }) })
    const [span] = await spansOf(() => expectRefusal(iamOf(server).send(command), 'ServiceUnavailable', /./, 503))
    broken = false
    expect(span).toMatchObject({ status: { code: SpanStatusCode.ERROR } })
  })

  test('of what nobody has is named after nothing that the client made up', async () => {
    const [span] = await spansOf(() => send(server, { service: 'made-up', ...form({ Action: 'MadeUp' }) }))
    expect(span?.name).toBe('Unknown/Unknown')
    expect(JSON.stringify(span?.attributes)).not.toMatch(/made/i)
  })
})

describe('the caller’s span', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
  const SPAN = '00f067aa0ba902b7'
  const ROWS: readonly [string, boolean, string][] = [
    [`00-${TRACE}-${SPAN}-01`, true, 'as the standard has it'],
    [`cc-${TRACE}-${SPAN}-01-what-comes-later`, true, 'of a later version, which may say more'],
    [`00-${TRACE}-${SPAN}-01-more`, false, 'of this version, which may not'],
    [`ff-${TRACE}-${SPAN}-01`, false, 'of the version that there never is'],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, false, 'no trace'],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, false, 'no span'],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, false, 'in capitals'],
    [`00-${TRACE}-${SPAN}`, false, 'without its flags'],
    ['', false, 'nothing'],
  ]
  test.each(ROWS)('%j: is it the parent? %s, %s', async (traceparent, isParent) => {
    const call: RawCall = { ...WHO_AM_I, headers: { ...WHO_AM_I.headers, traceparent, tracestate: 'vendor=1' } }
    const [span] = await spansOf(() => send(server, call))
    expect(span?.name).toBe('STS/GetCallerIdentity')
    expect(span?.spanContext().traceId === TRACE).toBe(isParent)
    expect(span?.parentSpanContext?.spanId).toBe(isParent ? SPAN : undefined)
    if (isParent) expect(span?.spanContext().traceState?.get('vendor')).toBe('1')
  })

  test('that is not sampled has no span below it', async () => {
    const traceparent = `00-${TRACE}-${SPAN}-00`
    const headers = { ...WHO_AM_I.headers, traceparent }
    expect(await spansOf(() => send(server, { ...WHO_AM_I, headers }))).toEqual([])
  })
})
