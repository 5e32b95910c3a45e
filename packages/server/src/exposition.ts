/**
 * The ledger as Prometheus reads it, with the figures of the process beside it. prom-client is loaded when somebody first
 * looks: a server that nobody watches pays for nothing but its numbers.
 */

import type { Metric, Registry } from 'prom-client'
import type { Family, Ledger, Spread } from './ledger.ts'

type PromClient = typeof import('prom-client')

export interface Exposition {
  readonly type: string
  readonly text: string
}

export function exposition(ledger: Ledger): () => Promise<Exposition> {
  const shown = new Set<Family>()
  let opened: Promise<{ readonly client: PromClient; readonly registry: Registry }> | undefined

  return async () => {
    opened ??= open()
    const { client, registry } = await opened
    for (const family of ledger.families) {
      if (shown.has(family)) continue
      shown.add(family)
      registry.registerMetric(shownAs(client, family))
    }
    return { type: registry.contentType, text: await registry.metrics() }
  }
}

async function open(): Promise<{ client: PromClient; registry: Registry }> {
  const { default: client } = await import('prom-client')
  const registry = new client.Registry()
  client.collectDefaultMetrics({ register: registry })
  return { client, registry }
}

/** The numbers stay in the ledger: prom-client is handed them each time it collects. */
function shownAs(client: PromClient, family: Family): Metric {
  const { name, help, kind } = family
  const about = { name, help, labelNames: [...family.labelNames], registers: [] }
  switch (kind) {
    case 'counter':
      return new client.Counter({
        ...about,
        collect() {
          this.reset()
          for (const { labels, value } of family.cells.values()) this.inc(labels, value)
        },
      })
    case 'gauge':
      return new client.Gauge({
        ...about,
        collect() {
          for (const { labels, read } of family.cells.values()) this.set(labels, read())
        },
      })
    case 'histogram': {
      const { bounds, cells } = family
      // prom-client's own counts by itself and can be told no sums: what it gives to be printed is replaced
      class Shown extends client.Histogram {
        async getForPromString(): Promise<object> {
          return { ...about, type: kind, values: [...cells.values()].flatMap((cell) => lines(name, bounds, cell)) }
        }
      }
      return new Shown({ ...about, buckets: [...bounds] })
    }
  }
}

/** Each bucket holds those below it too. */
function lines(name: string, bounds: readonly number[], { labels: sharedLabels, counts, sum }: Spread): object[] {
  let value = 0
  const buckets = counts.map((here, at) => {
    value += here
    return { metricName: `${name}_bucket`, labels: { le: bounds[at] ?? '+Inf' }, sharedLabels, value }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum },
    { metricName: `${name}_count`, labels: {}, sharedLabels, value },
  ]
}
