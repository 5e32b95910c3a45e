/**
 * How parts of the server say what they count and measure, without knowing who reads it. A cell is asked for once, when a
 * part is made, and kept: adding to it costs nanoseconds.
 */

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(by?: number): void
}

export interface Histogram {
  observe(value: number): void
}

/** Names are Prometheus's, without the prefix `sallyport_`, with the unit and, for counters, `_total` at the end. */
export interface Meter {
  /** The same name and labels give the same cell. */
  counter(name: string, help: string, labels?: Labels): Counter
  /** `buckets` are upper bounds, ascending. */
  histogram(name: string, help: string, buckets: readonly number[], labels?: Labels): Histogram
  /** `read` is called when somebody looks, and must be cheap. */
  gauge(name: string, help: string, read: () => number, labels?: Labels): void
}

/** What has something to measure: a store, the land. It is given the meter once, before the first call. */
export interface Measured {
  measure(meter: Meter): void
}

/** What may be unwell for a while and come back. */
export interface Healthy {
  /** Why it cannot do its work now, in a line without secrets; undefined where it can. Synchronous and cheap. */
  health(): string | undefined
}

/** Seconds, from half a millisecond to ten seconds. */
export const SECONDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** Numbers of things: how many commits share one transaction. */
export const COUNTS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
