/** Log streams. */

import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { page } from '../paging.ts'
import { about, accountsIn, findGroup, groupArn, placeNamed, placeOf, wrong, type Place } from './shared.ts'
import { emptied, putStream, readStream, readStreams, type LogStream } from './shelf.ts'

const PAGE = 50

/** logs:CreateLogStream. */
export const createLogStream = operation('logs:CreateLogStream', {
  asks: ({ logGroupName, logStreamName: stream }, call) => about(call, placeNamed(call, logGroupName), { stream }),
  refusals: ['InvalidParameterException', 'ResourceAlreadyExistsException', 'ResourceNotFoundException'],
  prepare: ({ logGroupName, logStreamName }, call) =>
    readStream(call.shelves, placeNamed(call, logGroupName), logStreamName),
  run({ logGroupName, logStreamName: name }, call) {
    const place = placeNamed(call, logGroupName)
    findGroup(call, place)
    if (call.prepared !== undefined)
      throw new Refusal('ResourceAlreadyExistsException', 'The specified log stream already exists')
    return { output: {}, changes: [putStream(place, { name, createdAt: call.now })] }
  },
})

/** logs:DeleteLogStream. With its events. */
export const deleteLogStream = operation('logs:DeleteLogStream', {
  asks: ({ logGroupName, logStreamName: stream }, call) => about(call, placeNamed(call, logGroupName), { stream }),
  refusals: ['ResourceNotFoundException'],
  async prepare({ logGroupName, logStreamName }, call) {
    const place = placeNamed(call, logGroupName)
    findGroup(call, place)
    if ((await readStream(call.shelves, place, logStreamName)) === undefined) throw noStream()
    return emptied(call.shelves, place, logStreamName)
  },
  run: (_input, call) => ({ output: {}, changes: call.prepared }),
})

/** logs:DescribeLogStreams. In order of their names, or of their last events. */
export const describeLogStreams = operation('logs:DescribeLogStreams', {
  needs: ({ logGroupIdentifier }) => accountsIn(logGroupIdentifier),
  asks: (input, call) => about(call, placeOf(call, input)),
  refusals: ['InvalidParameterException', 'ResourceNotFoundException'],
  async prepare(input, call) {
    const place = placeOf(call, input)
    findGroup(call, place)
    return readStreams(call.shelves, place, input.logStreamNamePrefix)
  },
  run({ orderBy = 'LogStreamName', descending = false, limit = PAGE, nextToken, ...input }, call) {
    const place = placeOf(call, input)
    const { logStreamNamePrefix: prefix } = input
    if (orderBy === 'LastEventTime' && prefix !== undefined)
      throw wrong('Cannot order by LastEventTime with a logStreamNamePrefix.')
    const keyOf = ({ name, lastAt = 0 }: LogStream): string =>
      orderBy === 'LogStreamName' ? name : String(lastAt).padStart(14, '0') + name
    const sorted = call.prepared.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    const listing = `logs:DescribeLogStreams/${groupArn(place)}/${prefix ?? ''}/${orderBy}/${descending}`
    const shown = descending ? downwards(sorted, keyOf) : sorted.map((stream) => ({ key: keyOf(stream), stream }))
    const found = page(call.keyring, shown, { listing, marker: nextToken, size: limit, keyOf: ({ key }) => key })
    if (found === undefined) throw wrong('The specified nextToken is invalid.')
    return { output: { logStreams: found.items.map(({ stream }) => show(place, stream)), nextToken: found.next } }
  },
})

/** Pages go upwards by their keys: the other way round, each has the key of its opposite. */
function downwards(streams: readonly LogStream[], keyOf: (stream: LogStream) => string) {
  return streams.toReversed().map((stream) => ({ key: mirrored(keyOf(stream)), stream }))
}

function mirrored(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => String.fromCharCode(0xfffe - text.charCodeAt(at)))
  return `${units.join('')}\uffff`
}

export function noStream(): Refusal {
  return new Refusal('ResourceNotFoundException', 'The specified log stream does not exist.')
}

function show(place: Place, { name, createdAt, firstAt, lastAt, ingestedAt }: LogStream) {
  return {
    logStreamName: name,
    creationTime: createdAt,
    firstEventTimestamp: firstAt,
    lastEventTimestamp: lastAt,
    lastIngestionTime: ingestedAt,
    uploadSequenceToken: TOKEN,
    arn: `${groupArn(place)}:log-stream:${name}`,
    storedBytes: 0,
  }
}

/** Tokens of sequence have no meaning any more, and are still told. API_PutLogEvents. */
export const TOKEN = '49039859584412270448428129513283953567870432518600892466'
