/** Log events: written to streams, read from them, and looked for in all of a group. */

import { operation, type Input } from '../../operation.ts'
import { readMarker, writeMarker } from '../paging.ts'
import { matcherOf } from './filter-pattern.ts'
import { about, accountsIn, findGroup, groupArn, placeNamed, placeOf, wrong } from './shared.ts'
import { append, bytesOf, horizon, readEvents, readStream, surplus, type StreamEvent } from './shelf.ts'
import { noStream, TOKEN } from './stream.ts'

const BATCH_BYTES = 1_048_576
const DAY = 86_400_000
const TOO_OLD = 14 * DAY
const TOO_NEW = 7_200_000
const PAGE = 10_000
/** One write in so many looks for what is too much. */
export const SELDOM = 64

/** logs:PutLogEvents. Events that are too old or too new are left out, and the answer says which. */
export const putLogEvents = operation('logs:PutLogEvents', {
  asks: ({ logGroupName, logStreamName: stream }, call) => about(call, placeNamed(call, logGroupName), { stream }),
  refusals: ['InvalidParameterException', 'ResourceNotFoundException'],
  async prepare({ logGroupName, logStreamName }, call) {
    const place = placeNamed(call, logGroupName)
    const { retentionDays } = findGroup(call, place)
    const stream = await readStream(call.shelves, place, logStreamName)
    if (stream === undefined) throw noStream()
    const looks = (call.random.bytes(1)[0] ?? 0) % SELDOM === 0
    const since = horizon(call.now, retentionDays)
    return { stream, gone: looks ? await surplus(call.shelves, place, since) : [] }
  },
  run(input, call) {
    const place = placeNamed(call, input.logGroupName)
    const { retentionDays } = findGroup(call, place)
    const { stream, gone } = call.prepared
    const given = eventsOf(input)
    refuseBatch(given)
    const { taken, rejected } = sift(given, { now: call.now, expired: horizon(call.now, retentionDays) })
    const changes = [...gone, ...append({ place, stream, events: taken, now: call.now, random: call.random })]
    return { output: { nextSequenceToken: TOKEN, rejectedLogEventsInfo: rejected }, changes }
  },
})

interface Given {
  readonly at: number
  readonly message: string
}

function eventsOf({ logEvents }: Input<'logs:PutLogEvents'>): readonly Given[] {
  return logEvents.map(({ timestamp: at, message }) => ({ at, message }))
}

function refuseBatch(events: readonly Given[]): void {
  const size = bytesOf(events)
  if (size > BATCH_BYTES) throw wrong(`Upload too large: ${size} bytes exceeds limit of ${BATCH_BYTES}`)
  const times = events.map(({ at }) => at)
  if (times.some((at, place) => at < (times[place - 1] ?? 0)))
    throw wrong('Log events in a single PutLogEvents request must be in chronological order.')
  if ((times.at(-1) ?? 0) - (times[0] ?? 0) > DAY)
    throw wrong('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.')
}

/** The indexes are as AWS tells them: where the new begin, and where the old end. */
function sift(events: readonly Given[], { now, expired }: { readonly now: number; readonly expired: number }) {
  const old = events.findLastIndex(({ at }) => at < now - TOO_OLD) + 1
  const past = events.findLastIndex(({ at }) => at < expired) + 1
  const young = events.findIndex(({ at }) => at > now + TOO_NEW)
  const taken = events.slice(Math.max(old, past), young === -1 ? undefined : young)
  if (taken.length === events.length) return { taken, rejected: undefined }
  const rejected = {
    tooOldLogEventEndIndex: old === 0 ? undefined : old,
    expiredLogEventEndIndex: past === 0 ? undefined : past,
    tooNewLogEventStartIndex: young === -1 ? undefined : young,
  }
  return { taken, rejected }
}

/** logs:GetLogEvents. The newest of a stream, or from its head; a token goes on from where a page ended, either way. */
export const getLogEvents = operation('logs:GetLogEvents', {
  needs: ({ logGroupIdentifier }) => accountsIn(logGroupIdentifier),
  asks: (input, call) => about(call, placeOf(call, input), { stream: input.logStreamName }),
  refusals: ['InvalidParameterException', 'ResourceNotFoundException'],
  async prepare({ logStreamName: stream, ...input }, call) {
    const place = placeOf(call, input)
    const since = horizon(call.now, findGroup(call, place).retentionDays)
    if ((await readStream(call.shelves, place, stream)) === undefined) throw noStream()
    return readEvents(call.shelves, place, { since, stream })
  },
  run({ startTime = 0, endTime = Infinity, startFromHead = false, nextToken, limit = PAGE }, call) {
    const within = call.prepared.filter(({ at }) => at >= startTime && at < endTime)
    const [, way = startFromHead ? 'f' : 'b', from] = /^([fb])\/(\d{56})$/.exec(nextToken ?? '') ?? []
    if (nextToken !== undefined && from === undefined) throw wrong('The specified nextToken is invalid.')
    const onwards = within.filter(({ id }) => from === undefined || (way === 'f' ? id > from : id < from))
    const shown = bounded(way === 'f' ? onwards : onwards.toReversed(), limit)
    const events = way === 'f' ? shown : shown.toReversed()
    const ends = { first: events[0]?.id ?? from ?? ZERO, last: events.at(-1)?.id ?? from ?? ZERO }
    return {
      output: {
        events: events.map(({ at, message, ingestedAt }) => ({ timestamp: at, message, ingestionTime: ingestedAt })),
        nextForwardToken: `f/${ends.last}`,
        nextBackwardToken: `b/${ends.first}`,
      },
    }
  },
})

const ZERO = '0'.repeat(56)

/** logs:FilterLogEvents. Of all streams of a group, or of some, in the order of time. */
export const filterLogEvents = operation('logs:FilterLogEvents', {
  needs: ({ logGroupIdentifier }) => accountsIn(logGroupIdentifier),
  asks: (input, call) => about(call, placeOf(call, input)),
  refusals: ['InvalidParameterException', 'ResourceNotFoundException'],
  async prepare(input, call) {
    const place = placeOf(call, input)
    const since = horizon(call.now, findGroup(call, place).retentionDays)
    return readEvents(call.shelves, place, { since })
  },
  run({ nextToken, limit = PAGE, ...input }, call) {
    const fits = fitting(input)
    const listing = `logs:FilterLogEvents/${groupArn(placeOf(call, input))}/${JSON.stringify(essence(input))}`
    const after = nextToken === undefined ? '' : readMarker(call.keyring, listing, nextToken)
    if (after === undefined) throw wrong('The specified nextToken is invalid.')
    const rest = call.prepared.filter((event) => event.id > after && fits(event))
    const shown = bounded(rest, limit)
    const last = shown.at(-1)
    const more = last !== undefined && shown.length < rest.length
    return {
      output: {
        events: shown.map(showFound),
        searchedLogStreams: [],
        nextToken: more ? writeMarker(call.keyring, listing, last.id) : undefined,
      },
    }
  },
})

type Filtering = Omit<Input<'logs:FilterLogEvents'>, 'nextToken' | 'limit'>

function fitting(input: Filtering): (event: StreamEvent) => boolean {
  const { logStreamNames: names, logStreamNamePrefix: prefix, startTime = 0, endTime = Infinity, filterPattern } = input
  if (names !== undefined && prefix !== undefined)
    throw wrong('LogStreamNames and LogStreamNamePrefix cannot be both specified in the same request.')
  const matches = matcherOf(filterPattern ?? '')
  return ({ stream, at, message }) =>
    at >= startTime &&
    at <= endTime &&
    (names?.includes(stream) ?? true) &&
    stream.startsWith(prefix ?? '') &&
    matches(message)
}

function essence({ logStreamNames, logStreamNamePrefix, startTime, endTime, filterPattern }: Filtering) {
  return [logStreamNames, logStreamNamePrefix, startTime, endTime, filterPattern]
}

function showFound({ stream, at, message, ingestedAt, id }: StreamEvent) {
  return { logStreamName: stream, timestamp: at, message, ingestionTime: ingestedAt, eventId: id }
}

/** As many as an answer holds: so many events, and a megabyte. */
function bounded(events: readonly StreamEvent[], limit: number): readonly StreamEvent[] {
  let size = 0
  const end = events.findIndex((event, at) => at >= limit || (size += bytesOf([event])) > BATCH_BYTES)
  return end === -1 ? events : events.slice(0, Math.max(end, 1))
}
