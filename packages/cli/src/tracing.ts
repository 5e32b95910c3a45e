/**
 * Spans, sent where OpenTelemetry's own environment variables say. Nothing of OpenTelemetry is loaded where they say
 * nothing.
 */

import type { Tracer } from '@opentelemetry/api'
import { seldom, type Log } from '@sallyport/server'
import { setTimeout as pause } from 'node:timers/promises'
import manifest from '../package.json' with { type: 'json' }

export interface Tracing {
  readonly tracer: Tracer
  /** Sends what waits, or gives it up after a while. */
  flush(): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

/** A collector that is gone does not keep the command from ending, in milliseconds. */
const PATIENCE = 2_000

/** `undefined` where no spans are asked for, and where the environment asks for what cannot be. */
export async function openTracing(environment: Environment, log: Log): Promise<Tracing | undefined> {
  const endpoint = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || environment['OTEL_EXPORTER_OTLP_ENDPOINT']
  if (!endpoint || isOff(environment)) return undefined
  if (!/^https?:/i.test(endpoint) || !URL.canParse(endpoint)) {
    log.warn?.({}, 'no spans are sent: the endpoint for OTLP is no http:// or https:// URL')
    return undefined
  }
  return open(log)
}

function isOff(environment: Environment): boolean {
  const exporter = environment['OTEL_TRACES_EXPORTER']?.trim().toLowerCase()
  return environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true' || exporter === 'none'
}

/** The exporter reads the endpoint, headers, certificates and timeouts from the environment itself. */
async function open(log: Log): Promise<Tracing> {
  const [{ diag, DiagLogLevel }, { BatchSpanProcessor, TracerProvider }, resources, { OTLPTraceExporter }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ])
  const { detectResources, resourceAttributesEnvDetector, resourceFromAttributes, serviceNameEnvDetector } = resources
  // what the exporter has to say of a failure may quote what it sent or what came back
  const warn = seldom((fields) => log.warn?.(fields, 'spans cannot be sent'))
  diag.setLogger({ error: () => warn({}), warn: mute, info: mute, debug: mute, verbose: mute }, DiagLogLevel.ERROR)
  const said = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })
  const own = resourceFromAttributes({ 'service.name': 'sallyport', 'service.version': manifest.version })
  const provider = new TracerProvider({
    resource: own.merge(said),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  })
  return {
    tracer: provider.getTracer('sallyport', manifest.version),
    async flush() {
      await Promise.race([provider.shutdown().catch(mute), pause(PATIENCE, undefined, { ref: false })])
    },
  }
}

function mute(): void {
  // nobody asks OpenTelemetry how it is
}
