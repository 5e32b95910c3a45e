/**
 * A span for each call, where a tracer is given: W3C's trace context in, OpenTelemetry's names for what is told. Loaded
 * only then, since it brings OpenTelemetry's API along.
 *
 * A span is made when its call is over, from what is known by then: nothing waits for it, and nothing is below it.
 */

import {
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Tracer,
} from '@opentelemetry/api'
import { accountOf } from '@sallyport/estate'
import type { Decision } from '@sallyport/policy'
import type { Clock } from './clock.ts'
import type { Message } from './wire/message.ts'
import type { Passage } from './watch.ts'

/** Services as AWS's SDKs and OpenTelemetry's conventions call them, where that is not their name in capitals. */
const SERVICE_IDS: Readonly<Record<string, string>> = {
  organizations: 'Organizations',
  lambda: 'Lambda',
  cloudtrail: 'CloudTrail',
  'sso-oidc': 'SSO OIDC',
  'sso-admin': 'SSO Admin',
  identitystore: 'identitystore',
  cloudwatch: 'CloudWatch',
  logs: 'CloudWatch Logs',
  budgets: 'Budgets',
  accessanalyzer: 'AccessAnalyzer',
  Unknown: 'Unknown',
}

export function spans(tracer: Tracer, clock: Clock): (passage: Passage) => void {
  return (passage) => {
    const { journey, status, service, operation, took } = passage
    const ended = clock.host()
    const system = SERVICE_IDS[service] ?? service.toUpperCase()
    const span = tracer.startSpan(
      `${system}/${operation}`,
      { kind: SpanKind.SERVER, startTime: ended - took, attributes: attributesOf(passage, system) },
      parentOf(journey.message),
    )
    // a refusal is the client's affair: the convention calls a server's span failed from 500 on
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(ended)
  }
}

function attributesOf({ journey, status, operation }: Passage, system: string): Attributes {
  const { requestId, region, principal, decisions, refused } = journey
  const account = principal && accountOf(principal)
  const decision = decisions?.at(-1)
  const layer = decision && layerOf(decision)
  return {
    'rpc.system': 'aws-api',
    'rpc.service': system,
    'rpc.method': operation,
    'aws.request_id': requestId,
    ...(account !== undefined && { 'cloud.account.id': account }),
    'cloud.region': region,
    'http.response.status_code': status,
    ...(refused !== undefined && { 'error.type': refused }),
    ...(decision !== undefined && { 'authz.decision': decision.effect }),
    ...(layer !== undefined && { 'authz.layer': layer }),
  }
}

/** The layer that denied, or those that allowed. */
function layerOf({ reason }: Decision): string | undefined {
  if ('layer' in reason) return reason.layer
  return 'by' in reason ? reason.by.join(',') : undefined
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** The caller's span, by the header `traceparent` (W3C Trace Context, 3.2): later versions may say more after the flags. */
function parentOf({ headers }: Message): Context {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(headers['traceparent'] ?? '') ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return ROOT_CONTEXT
  const state = headers['tracestate']
  const traceState = state === undefined ? {} : { traceState: createTraceState(state) }
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true, ...traceState }
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
}
