import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { IAMClient, PutRolePolicyCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { startFunctions, type FunctionServer } from './functions.ts'
import { client, MANAGEMENT } from './harness.ts'
import { iamOf, newUser, policyText } from './people.ts'

/** Each starts a process, and the machine may be busy. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: FunctionServer
let logs: CloudWatchLogsClient
beforeAll(async () => {
  server = await startFunctions()
  logs = client(CloudWatchLogsClient, server)
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const GROUP = (name: string) => `arn:aws:logs:us-east-1:${MANAGEMENT}:log-group:${name}`
const group = (logGroupName: string, more: object = {}) =>
  logs.send(new CreateLogGroupCommand({ logGroupName, ...more }))
const stream = (logGroupName: string, logStreamName: string) =>
  logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
const write = (logGroupName: string, logStreamName: string, ...logEvents: { timestamp: number; message: string }[]) =>
  logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))
const filter = async (logGroupName: string, more: object = {}) => {
  const { events = [], nextToken } = await logs.send(new FilterLogEventsCommand({ logGroupName, ...more }))
  return { messages: events.map(({ message }) => message), nextToken, events }
}

describe('a group', () => {
  test('is made, shown and removed', async () => {
    await group('/made/one', { tags: { team: 'a' } })
    await group('/made/two')
    await expect(group('/made/one')).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      message: 'The specified log group already exists',
    })
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/made/' }))
    expect(logGroups).toMatchObject([
      {
        logGroupName: '/made/one',
        arn: `${GROUP('/made/one')}:*`,
        logGroupArn: GROUP('/made/one'),
        metricFilterCount: 0,
        logGroupClass: 'STANDARD',
      },
      { logGroupName: '/made/two' },
    ])
    const first = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePattern: 'MADE', limit: 1 }))
    const second = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePattern: 'MADE', limit: 1, nextToken: first.nextToken }),
    )
    expect([first, second].flatMap((one) => one.logGroups?.map((it) => it.logGroupName))).toEqual([
      '/made/one',
      '/made/two',
    ])
    expect(second.nextToken).toBeUndefined()
    await logs.send(new DeleteLogGroupCommand({ logGroupName: '/made/one' }))
    await expect(logs.send(new DeleteLogGroupCommand({ logGroupName: '/made/one' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    })
  })

  test('takes its streams and events with it', async () => {
    await group('again')
    await stream('again', 's')
    await write('again', 's', { timestamp: server.clock.now(), message: 'old' })
    await logs.send(new DeleteLogGroupCommand({ logGroupName: 'again' }))
    await group('again')
    await expect(logs.send(new DescribeLogStreamsCommand({ logGroupName: 'again' }))).resolves.toMatchObject({
      logStreams: [],
    })
    expect(await filter('again')).toMatchObject({ messages: [] })
  })

  test('forgets what is older than its retention', async () => {
    await group('forgets')
    await stream('forgets', 's')
    await expect(
      logs.send(new PutRetentionPolicyCommand({ logGroupName: 'forgets', retentionInDays: 2 })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
    const now = server.clock.now()
    await write(
      'forgets',
      's',
      { timestamp: now - 2 * 86_400_000, message: 'before' },
      { timestamp: now - 1.5 * 86_400_000, message: 'after' },
    )
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: 'forgets', retentionInDays: 1 }))
    expect(await filter('forgets')).toMatchObject({ messages: [] })
    await expect(write('forgets', 's', { timestamp: now - 86_400_001, message: 'late' })).resolves.toMatchObject({
      rejectedLogEventsInfo: { expiredLogEventEndIndex: 1 },
    })
    await logs.send(new DeleteRetentionPolicyCommand({ logGroupName: 'forgets' }))
    expect(await filter('forgets')).toMatchObject({ messages: ['before', 'after'] })
  })

  test('has tags, in the newer way and the older', async () => {
    await group('tagged', { tags: { a: '1' } })
    const resourceArn = GROUP('tagged')
    await logs.send(new TagResourceCommand({ resourceArn, tags: { b: '2' } }))
    await logs.send(new TagLogGroupCommand({ logGroupName: 'tagged', tags: { c: '3' } }))
    await expect(logs.send(new ListTagsForResourceCommand({ resourceArn }))).resolves.toMatchObject({
      tags: { a: '1', b: '2', c: '3' },
    })
    await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))
    await logs.send(new UntagLogGroupCommand({ logGroupName: 'tagged', tags: ['b'] }))
    await expect(logs.send(new ListTagsLogGroupCommand({ logGroupName: 'tagged' }))).resolves.toMatchObject({
      tags: { c: '3' },
    })
    await expect(logs.send(new ListTagsForResourceCommand({ resourceArn: GROUP('nothing') }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })
})

describe('a stream', () => {
  test('is made once, shown in either order, and removed with its events', async () => {
    const logGroupName = 'streams'
    const now = server.clock.now()
    await group(logGroupName)
    for (const name of ['a', 'b', 'c']) await stream(logGroupName, name)
    await expect(stream(logGroupName, 'a')).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' })
    await expect(stream('nothing', 'a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await write(logGroupName, 'c', { timestamp: now - 2000, message: 'c' })
    await write(logGroupName, 'a', { timestamp: now - 1000, message: 'a' })
    const names = async (more: object) => {
      const { logStreams, nextToken } = await logs.send(new DescribeLogStreamsCommand({ logGroupName, ...more }))
      return { names: logStreams?.map((one) => one.logStreamName).join(''), nextToken }
    }
    expect(await names({})).toMatchObject({ names: 'abc' })
    expect(await names({ descending: true })).toMatchObject({ names: 'cba' })
    expect(await names({ orderBy: 'LastEventTime', descending: true })).toMatchObject({ names: 'acb' })
    expect(await names({ logStreamNamePrefix: 'b' })).toMatchObject({ names: 'b' })
    await expect(names({ orderBy: 'LastEventTime', logStreamNamePrefix: 'b' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
    const { nextToken } = await names({ descending: true, limit: 2 })
    expect(await names({ descending: true, limit: 2, nextToken })).toMatchObject({ names: 'a' })
    const { logStreams } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupIdentifier: GROUP(logGroupName), limit: 1 }),
    )
    expect(logStreams).toMatchObject([
      { firstEventTimestamp: now - 1000, lastEventTimestamp: now - 1000, arn: `${GROUP(logGroupName)}:log-stream:a` },
    ])
    await logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName: 'a' }))
    expect(await filter(logGroupName)).toMatchObject({ messages: ['c'] })
    await expect(logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName: 'a' }))).rejects.toMatchObject({
      message: 'The specified log stream does not exist.',
    })
  })
})

describe('events', () => {
  const logGroupName = 'events'
  let now: number
  beforeAll(async () => {
    now = server.clock.now()
    await group(logGroupName)
    await stream(logGroupName, 'one')
    await stream(logGroupName, 'two')
    await write(
      logGroupName,
      'one',
      ...[0, 1, 2, 3, 4].map((n) => ({ timestamp: now - 5000 + n * 1000, message: `one ${n} ERROR` })),
    )
    await write(logGroupName, 'two', { timestamp: now - 2500, message: 'two "x" WARN' })
  })

  test('of a stream are read from either end, page by page', async () => {
    const read = async (more: object) => {
      const { events, ...tokens } = await logs.send(
        new GetLogEventsCommand({ logGroupName, logStreamName: 'one', ...more }),
      )
      return { numbers: events?.map(({ message }) => message?.[4]).join(''), ...tokens }
    }
    expect(await read({})).toMatchObject({ numbers: '01234' })
    const last = await read({ limit: 2 })
    expect(last.numbers).toBe('34')
    const before = await read({ limit: 2, nextToken: last.nextBackwardToken })
    expect(before.numbers).toBe('12')
    expect((await read({ limit: 2, nextToken: before.nextForwardToken })).numbers).toBe('34')
    const first = await read({ limit: 3, startFromHead: true })
    const rest = await read({ limit: 3, startFromHead: true, nextToken: first.nextForwardToken })
    expect([first.numbers, rest.numbers]).toEqual(['012', '34'])
    const end = await read({ nextToken: rest.nextForwardToken, startFromHead: true })
    expect(end).toMatchObject({ numbers: '', nextForwardToken: rest.nextForwardToken })
    expect((await read({ startTime: now - 4000, endTime: now - 2000 })).numbers).toBe('12')
    await expect(read({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  const FITTING: readonly [pattern: object, numbers: string, why: string][] = [
    [{}, '012t34', 'all streams, in the order of time'],
    [{ filterPattern: 'ERROR' }, '01234', 'a word'],
    [{ filterPattern: 'error' }, '', 'in its own case'],
    [{ filterPattern: 'ERROR "one 3"' }, '3', 'both'],
    [{ filterPattern: '?WARN ?3' }, 't3', 'either'],
    [{ filterPattern: '-ERROR' }, 't', 'none of it'],
    [{ filterPattern: String.raw`"\"x\""` }, 't', 'a quoted quote'],
    [{ logStreamNames: ['two'] }, 't', 'of a stream'],
    [{ logStreamNamePrefix: 'on' }, '01234', 'of some'],
    [{ startTime: -1 }, '012t34', 'a time before all'],
  ]
  test.each(FITTING)('are found by %o', async (more, numbers) => {
    const { messages } = await filter(logGroupName, { ...more, ...('startTime' in more && { startTime: now - 5000 }) })
    expect(messages.map((message = '') => (message.startsWith('two') ? 't' : message[4])).join('')).toBe(numbers)
  })

  test('are found page by page', async () => {
    const first = await filter(logGroupName, { limit: 4 })
    const second = await filter(logGroupName, { limit: 4, nextToken: first.nextToken })
    expect([first.messages.length, second.messages.length, second.nextToken]).toEqual([4, 2, undefined])
    expect(first.events[0]).toMatchObject({
      logStreamName: 'one',
      timestamp: now - 5000,
      eventId: expect.stringMatching(/^\d{56}$/),
    })
    await expect(
      filter(logGroupName, { limit: 4, filterPattern: 'x', nextToken: first.nextToken }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  const WRONG: readonly [name: string, more: object, why: string][] = [
    ['by a pattern for JSON', { filterPattern: '{ $.a = 1 }' }, 'not built'],
    ['by an open quote', { filterPattern: '"a' }, 'it never ends'],
    ['of named and of some', { logStreamNames: ['one'], logStreamNamePrefix: 'o' }, 'one or the other'],
    ['of two groups', { logGroupIdentifier: 'other' }, 'so too'],
  ]
  test.each(WRONG)('are not looked for %s', async (_name, more) => {
    await expect(filter(logGroupName, more)).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  test('are not written out of order, too many, or far apart', async () => {
    const at = (timestamp: number, message = 'x') => ({ timestamp, message })
    for (const batch of [
      [at(now), at(now - 1)],
      [at(now - 86_400_001), at(now)],
      [at(now, 'x'.repeat(600_000)), at(now, 'x'.repeat(600_000))],
    ]) {
      await expect(write(logGroupName, 'one', ...batch)).rejects.toMatchObject({ name: 'InvalidParameterException' })
    }
    await expect(write(logGroupName, 'nothing', at(now))).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  test('that are too old or too new are left out, and told', async () => {
    await group('sifted')
    await stream('sifted', 's')
    const old = await write(
      'sifted',
      's',
      { timestamp: now - 15 * 86_400_000, message: 'old' },
      { timestamp: now - 14.5 * 86_400_000, message: 'old' },
    )
    const young = await write(
      'sifted',
      's',
      { timestamp: now, message: 'now' },
      { timestamp: now + 3 * 3_600_000, message: 'new' },
    )
    expect([old.rejectedLogEventsInfo, young.rejectedLogEventsInfo]).toMatchObject([
      { tooOldLogEventEndIndex: 2 },
      { tooNewLogEventStartIndex: 1 },
    ])
    expect(await filter('sifted')).toMatchObject({ messages: ['now'] })
  })
})

describe('what a function writes', () => {
  test('is in its group, a stream for each process', async () => {
    await server.make(
      'writes',
      'export const handler = async (event, { logStreamName }) => { console.log("said"); return logStreamName }',
    )
    const { answer } = await server.call('writes')
    const { events } = await filter('/aws/lambda/writes')
    expect(events.map(({ logStreamName }) => logStreamName)).toEqual([answer, answer, answer, answer])
    expect(events.map(({ message }) => message?.split(/[ \t]/)[0])).toEqual([
      'START',
      expect.stringContaining('Z'),
      'END',
      'REPORT',
    ])
  })

  const MAY: readonly [name: string, actions: readonly string[], groups: number, messages: number, why: string][] = [
    ['nothing', [], 0, 0, 'there is no group'],
    ['make a group', ['logs:CreateLogGroup'], 1, 0, 'and no more'],
    ['make a group and a stream', ['logs:CreateLogGroup', 'logs:CreateLogStream'], 1, 0, 'which stays empty'],
    ['make no group', ['logs:CreateLogStream', 'logs:PutLogEvents'], 0, 0, 'so it writes nowhere'],
    [
      'all of it',
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      1,
      3,
      'as the basic policy says',
    ],
  ]
  test.each(MAY)('is kept as far as its role may: %s', async (name, Action, groups, messages) => {
    const function_ = `may-${name.replaceAll(' ', '-')}`
    const iam = client(IAMClient, server)
    const allow = (actions: readonly string[]) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName: 'runner',
          PolicyName: 'p',
          PolicyDocument: policyText({ Effect: 'Allow', Action: actions, Resource: '*' }),
        }),
      )
    await allow(Action.length === 0 ? ['s3:GetObject'] : Action)
    await server.make(function_, 'export const handler = async () => 1')
    await server.call(function_)
    await allow(['logs:*'])
    const { logGroups = [] } = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: `/aws/lambda/${function_}` }),
    )
    expect(logGroups).toHaveLength(groups)
    if (groups > 0) expect((await filter(`/aws/lambda/${function_}`)).messages).toHaveLength(messages)
  })

  test('goes to the group that is configured', async () => {
    await server.make('elsewhere', 'export const handler = async (event, context) => context.logStreamName', {
      LoggingConfig: { LogGroup: 'shared' },
    })
    const { answer } = await server.call('elsewhere')
    expect(answer).toMatch(/^\d{4}\/\d\d\/\d\d\/elsewhere\[\$LATEST\][0-9a-f]{32}$/)
    expect((await filter('shared')).messages).toHaveLength(3)
  })
})

describe('a user', () => {
  const may = async (UserName: string, Resource: string, Action = 'logs:*') => {
    const keys = await newUser(server, UserName)
    const PolicyDocument = policyText({ Effect: 'Allow', Action, Resource })
    await iamOf(server).send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
    return client(CloudWatchLogsClient, server, keys)
  }

  test('reads what their policy names, as AWS’s own policies name it', async () => {
    const reader = await may('reader', `${GROUP('events')}:*`)
    await expect(reader.send(new FilterLogEventsCommand({ logGroupName: 'events' }))).resolves.toHaveProperty('events')
    await expect(
      reader.send(new GetLogEventsCommand({ logGroupName: 'events', logStreamName: 'one' })),
    ).resolves.toHaveProperty('events')
    await expect(reader.send(new FilterLogEventsCommand({ logGroupName: 'streams' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::${MANAGEMENT}:user/reader is not authorized to perform: logs:FilterLogEvents on resource: ${GROUP('streams')}:log-stream: because no identity-based policy allows the logs:FilterLogEvents action`,
    })
  })

  test('who may tag a group needs its plain ARN', async () => {
    const tagger = await may('tagger', GROUP('events'), 'logs:TagResource')
    const tag = (name: string) => tagger.send(new TagResourceCommand({ resourceArn: GROUP(name), tags: { a: 'b' } }))
    await tag('events')
    await expect(tag('streams')).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const both = tagger.send(new CreateLogGroupCommand({ logGroupName: 'events', tags: { a: 'b' } }))
    await expect(both).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})
