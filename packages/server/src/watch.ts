/** What becomes known of calls to whoever runs the server: figures of each, a span where spans are asked for, lines of a log. */

import { accountOf, principalArn } from '@sallyport/estate'
import type { Journey } from './audit/journal.ts'
import type { Clock } from './clock.ts'
import { seldom, type Log } from './log.ts'
import { SECONDS, type Counter, type Histogram, type Meter } from './telemetry.ts'

export interface Watch {
  /** The answer of a call is ready. Once a call. */
  left(journey: Journey, status: number): void
  /** An operation lost a race and is run again. */
  rerun(): void
  /** A call failed because the disk or the database did. */
  trouble(error: unknown, requestId: string): void
}

/** A call that is over, as `left` tells of it to spans. */
export interface Passage {
  readonly journey: Journey
  readonly status: number
  readonly service: string
  readonly operation: string
  /** Milliseconds. */
  readonly took: number
}

export interface WatchOptions {
  readonly meter: Meter
  readonly log: Log
  readonly clock: Clock
  readonly trace?: ((passage: Passage) => void) | undefined
}

export function createWatch({ meter, log, clock, trace }: WatchOptions): Watch {
  const count = countCalls(meter)
  const reruns = meter.counter('reruns_total', 'Operations that were run again after a lost race.')
  const warn = seldom((fields) => log.warn?.(fields, 'the store fails'))

  return {
    left(journey, status) {
      const took = clock.ticks() - journey.begun
      count(journey, status, took)
      if (trace === undefined && log.debug === undefined) return
      const passage = { journey, status, took, ...nameOf(journey) }
      trace?.(passage)
      log.debug?.(lineOf(passage), 'call')
    },
    rerun: () => reruns.add(),
    trouble: (error, requestId) => warn({ requestId, ...reasonOf(error) }),
  }
}

const UNKNOWN = 'Unknown'
const CLASSES = ['', '1xx', '2xx', '3xx', '4xx', '5xx']

/** INVARIANT: names come from the models and codes from our own tables. What a client made up would be a series each. */
function nameOf({ named }: Journey): { readonly service: string; readonly operation: string } {
  return { service: named?.model?.service ?? UNKNOWN, operation: named?.operation?.name ?? UNKNOWN }
}

interface Cells {
  readonly seconds: Histogram
  readonly outcomes: Map<string, Counter>
}

/** The cells of an operation are looked up by its model, which is one object while the server runs. */
function countCalls(meter: Meter): (journey: Journey, status: number, took: number) => void {
  const known = new Map<unknown, Cells>()
  const cellsOf = (key: unknown, service: string): Cells => {
    const help = 'Seconds from the head of a call to its answer, without the time that a stream takes to be read.'
    const seconds = meter.histogram('call_duration_seconds', help, SECONDS, { service })
    const cells = { seconds, outcomes: new Map<string, Counter>() }
    known.set(key, cells)
    return cells
  }
  const outcomeOf = ({ outcomes }: Cells, journey: Journey, code: string): Counter => {
    const { service, operation } = nameOf(journey)
    const help = 'Calls by service, operation, and error code or class of the HTTP status.'
    const counter = meter.counter('calls_total', help, { service, operation, code })
    outcomes.set(code, counter)
    return counter
  }

  return (journey, status, took) => {
    const key = journey.named?.operation ?? journey.named?.model
    const cells = known.get(key) ?? cellsOf(key, nameOf(journey).service)
    const code = journey.refused ?? CLASSES[Math.floor(status / 100)] ?? UNKNOWN
    const outcome = cells.outcomes.get(code) ?? outcomeOf(cells, journey, code)
    outcome.add()
    cells.seconds.observe(took / 1000)
  }
}

/** INVARIANT: no secret. Of what the client sent there is nothing here but the names of things that exist. */
function lineOf({ journey, status, service, operation, took }: Passage): object {
  const { requestId, principal, refused } = journey
  const account = principal && accountOf(principal)
  const arn = principal && principalArn(principal)
  return {
    requestId,
    service,
    operation,
    ...(account !== undefined && { account }),
    ...(arn !== undefined && { principal: arn }),
    status,
    ...(refused !== undefined && { code: refused }),
    ms: Math.round(took * 1000) / 1000,
  }
}

function reasonOf(error: unknown): { readonly code?: string; readonly reason?: string } {
  if (!(error instanceof Error)) return {}
  return { ...('code' in error && { code: String(error.code) }), reason: error.message }
}
