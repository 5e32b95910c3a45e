import { CreateUserCommand, GetUserCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryStore, type Counter, type Histogram, type Meter, type Store } from '../src/index.ts'
import { exposition } from '../src/exposition.ts'
import { Ledger } from '../src/ledger.ts'
import { Conflict } from '../src/store/store.ts'
import { startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf } from './people.ts'
import { form, send, WHO_AM_I } from './raw.ts'

async function figures(server: TestServer): Promise<string> {
  return (await send(server, { keys: null, method: 'GET', path: '/metrics' })).body
}

describe('a server', () => {
  let server: TestServer
  let text: string
  beforeAll(async () => {
    server = await startServer()
    const iam = iamOf(server)
    await iam.send(new CreateUserCommand({ UserName: 'dana' }))
    await iam.send(new GetUserCommand({ UserName: 'dana' }))
    await expectRefusal(iam.send(new GetUserCommand({ UserName: 'nobody' })), 'NoSuchEntity')
    await send(server, WHO_AM_I)
    await send(server, { ...WHO_AM_I, keys: null })
    await send(server, { service: 'iam', ...form({ Action: 'Made"Up\n', Version: '2010-05-08' }) })
    await send(server, { service: 'made-up', ...form({ Action: 'MadeUp', Version: '2010-05-08' }) })
    await send(server, { service: 's3', method: 'GET', path: '/no-such-bucket/made-up' })
    text = await figures(server)
  })
  afterAll(async () => {
    expect(server.bugs).toEqual([])
    await server.close()
  })

  const ROWS = [
    ['calls_total{service="iam",operation="CreateUser",code="2xx"} 1', 'what succeeds, by the class of its status'],
    ['calls_total{service="iam",operation="GetUser",code="2xx"} 1', 'each operation by itself'],
    ['calls_total{service="iam",operation="GetUser",code="NoSuchEntity"} 1', 'what is refused, by its code'],
    ['calls_total{service="sts",operation="GetCallerIdentity",code="MissingAuthenticationToken"} 1', 'nobody’s call'],
    ['calls_total{service="iam",operation="Unknown",code="InvalidAction"} 1', 'an operation that no model has'],
    ['calls_total{service="Unknown",operation="Unknown",code="InvalidAction"} 1', 'a service that nobody has'],
    ['calls_total{service="s3",operation="GetObject",code="NoSuchBucket"} 1', 'and no name of the client’s'],
    ['call_duration_seconds_count{service="iam"} 4', 'every call of a service'],
    ['call_duration_seconds_bucket{le="0.0005",service="iam"} ', 'from half a millisecond'],
    ['call_duration_seconds_bucket{le="10",service="iam"} 4', 'to ten seconds'],
    ['call_duration_seconds_bucket{le="+Inf",service="iam"} 4', 'and beyond'],
    ['calls_in_flight 0', 'what is under way'],
    ['calls_throttled_total{limit="calls"} 0', 'what was turned away, though nothing was'],
    ['reruns_total 0', 'lost races, though there was none'],
  ] as const
  test.each(ROWS)('tells %s: %s', (line) => {
    expect(text).toContain(`\nsallyport_${line}`)
  })

  test('tells its connections, and what the process takes', () => {
    expect(text).toMatch(/^sallyport_connections [1-9]/m)
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m)
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
  })

  test('tells nothing that a client made up', () => {
    expect(text).not.toMatch(/made|up\b.*\{|nobody|dana/i)
  })

  test('has figures of its own', async () => {
    const other = await startServer()
    expect(await figures(other)).not.toContain('CreateUser')
    await other.close()
  })
})

test('runs after a lost race are counted', async () => {
  const store = memoryStore()
  let lost = 0
  const contested: Store = {
    ...store,
    async commit(asked) {
      lost -= 1
      if (lost >= 0) throw new Conflict('444444444444')
      return store.commit(asked)
    },
  }
  const server = await startServer({ store: contested })
  lost = 3
  await iamOf(server).send(new CreateUserCommand({ UserName: 'racer' }))
  expect(await figures(server)).toContain('\nsallyport_reruns_total 3\n')
  await server.close()
})

test('a store that measures itself is given the meter, and what it says is told', async () => {
  let commits: Counter | undefined
  let seconds: Histogram | undefined
  const store: Store & { measure(meter: Meter): void } = {
    ...memoryStore(),
    measure(meter) {
      commits = meter.counter('store_commits_total', 'Commits.')
      seconds = meter.histogram('store_commit_seconds', 'Seconds of a commit.', [0.1, 1])
      meter.gauge('store_records_waiting', 'Records that are not durable yet.', () => 7)
    },
  }
  const server = await startServer({ store })
  commits?.add(3)
  for (const took of [0.05, 0.1, 0.5, 3]) seconds?.observe(took)
  const text = await figures(server)
  for (const line of [
    'store_commits_total 3',
    'store_commit_seconds_bucket{le="0.1"} 2',
    'store_commit_seconds_bucket{le="1"} 3',
    'store_commit_seconds_bucket{le="+Inf"} 4',
    'store_commit_seconds_sum 3.65',
    'store_commit_seconds_count 4',
    'store_records_waiting 7',
  ]) {
    expect(text).toContain(`\nsallyport_${line}\n`)
  }
  commits?.add()
  expect(await figures(server)).toContain('\nsallyport_store_commits_total 4\n')
  await server.close()
})

describe('a ledger', () => {
  test('gives the same cell for the same name and labels', async () => {
    const ledger = new Ledger()
    for (const kind of ['a', 'b', 'a']) ledger.counter('things_total', 'Things.', { kind }).add()
    const { text } = await exposition(ledger)()
    expect(text).toContain('\nsallyport_things_total{kind="a"} 2\nsallyport_things_total{kind="b"} 1\n')
  })

  test('has no two meanings of a name', () => {
    const ledger = new Ledger()
    ledger.counter('things_total', 'Things.', { kind: 'a' })
    expect(() => ledger.gauge('things_total', 'Things.', () => 1, { kind: 'a' })).toThrow('is a counter of `kind`')
    expect(() => ledger.counter('things_total', 'Things.', { other: 'a' })).toThrow('is a counter of `kind`')
  })
})
