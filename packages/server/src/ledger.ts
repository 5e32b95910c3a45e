/** What the server has counted since it began: plain numbers in memory. `exposition.ts` shows them to whoever asks. */

import type { Counter, Histogram, Labels, Meter } from './telemetry.ts'

const PREFIX = 'sallyport_'

export class Tally implements Counter {
  readonly labels: Labels
  value = 0

  constructor(labels: Labels) {
    this.labels = labels
  }

  add(by = 1): void {
    this.value += by
  }
}

export class Spread implements Histogram {
  readonly labels: Labels
  /** How many fell into each bucket, and into none: not summed up from below, as Prometheus shows them. */
  readonly counts: number[]
  sum = 0
  readonly #bounds: readonly number[]

  constructor(labels: Labels, bounds: readonly number[]) {
    this.labels = labels
    this.#bounds = bounds
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    let at = 0
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at += 1
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += value
  }
}

export interface Reading {
  readonly labels: Labels
  readonly read: () => number
}

interface About {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

/** Cells of one name, by their labels. */
export type Family =
  | (About & { readonly kind: 'counter'; readonly cells: Map<string, Tally> })
  | (About & { readonly kind: 'histogram'; readonly bounds: readonly number[]; readonly cells: Map<string, Spread> })
  | (About & { readonly kind: 'gauge'; readonly cells: Map<string, Reading> })

export class Ledger implements Meter {
  readonly #families = new Map<string, Family>()

  get families(): Iterable<Family> {
    return this.#families.values()
  }

  counter(name: string, help: string, labels: Labels = {}): Counter {
    const family = this.#family({ kind: 'counter', ...about(name, help, labels), cells: new Map() })
    return cellOf(family.cells, labels, () => new Tally(labels))
  }

  histogram(name: string, help: string, bounds: readonly number[], labels: Labels = {}): Histogram {
    const family = this.#family({ kind: 'histogram', ...about(name, help, labels), bounds, cells: new Map() })
    return cellOf(family.cells, labels, () => new Spread(labels, family.bounds))
  }

  gauge(name: string, help: string, read: () => number, labels: Labels = {}): void {
    const family = this.#family({ kind: 'gauge', ...about(name, help, labels), cells: new Map() })
    family.cells.set(keyOf(labels), { labels, read })
  }

  /** The family of that name. Throws where it was of another kind, or of other labels. */
  #family<F extends Family>(asked: F): F {
    const found = this.#families.get(asked.name)
    if (found === undefined) {
      this.#families.set(asked.name, asked)
      return asked
    }
    if (found.kind !== asked.kind || String(found.labelNames) !== String(asked.labelNames)) {
      throw new Error(`\`${asked.name}\` is a ${found.kind} of \`${String(found.labelNames)}\` already`)
    }
    return found as F // of the kind that was asked for, as the line above saw
  }
}

function about(name: string, help: string, labels: Labels): About {
  return { name: PREFIX + name, help, labelNames: Object.keys(labels) }
}

function cellOf<C>(cells: Map<string, C>, labels: Labels, make: () => C): C {
  const key = keyOf(labels)
  const cell = cells.get(key) ?? make()
  cells.set(key, cell)
  return cell
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.values(labels))
}
