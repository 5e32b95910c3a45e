/**
 * Whether there is an order in which what was done to one thing, at several nodes, makes sense (Herlihy and Wing's
 * linearizability; the search is Wing and Gong's, with Lowe's memory of where it has been).
 *
 * Every write takes effect at one moment between its call and its answer, wherever it was made. A read sees what its own
 * node has acknowledged before; of other nodes' writes it may miss those acknowledged less than a `bound` before it. What
 * a node has shown once it does not take back.
 */

/** The event cannot have been answered so in this state. */
export const NO = Symbol('no')

export interface Event<S> {
  /** For people. */
  readonly what: string
  readonly node: string
  /** Monotonic milliseconds, of one clock for all. */
  readonly begun: number
  /** `Infinity` where no answer came that says whether it happened: then it may also never have. */
  readonly ended: number
  /** Changes nothing: a refusal is one too. */
  readonly isRead: boolean
  step(state: S): S | typeof NO
}

export interface Rules<S> {
  readonly start: S
  /** Milliseconds. */
  readonly bound: number
  /** Equal texts for equal states. */
  shown(state: S): string
}

/** More orders than this are not tried: the history says nothing then, and that is an error. */
const TRIES_AT_MOST = 2_000_000
const LAST_SHOWN = 8

/** What is wrong with a history, for people; `undefined` where nothing is. */
export function disorder<S>(events: readonly Event<S>[], rules: Rules<S>): string | undefined {
  const writes = events.filter(({ isRead }) => !isRead)
  const readers = new Set(events.filter(({ isRead }) => isRead).map(({ node }) => node))
  for (const node of readers.size === 0 ? ['any'] : readers) {
    const seen = events.filter((event) => event.isRead && event.node === node)
    const wrong = new Search([...writes, ...seen], rules).run()
    if (wrong !== undefined) return `as ${node} shows it: ${wrong}`
  }
  return undefined
}

/** Whether `a` comes before `b` in every order. */
export function precedes<S>(a: Event<S>, b: Event<S>, bound: number): boolean {
  const mayMiss = b.isRead && !a.isRead && a.node !== b.node
  return a.ended + (mayMiss ? bound : 0) < b.begun
}

class Search<S> {
  readonly #events: readonly Event<S>[]
  readonly #rules: Rules<S>
  /** By the number of an event, those that come after it. */
  readonly #after: readonly (readonly number[])[]
  /** How many must still be placed before it. */
  readonly #before: number[]
  readonly #placed: boolean[]
  readonly #order: number[] = []
  readonly #been = new Set<string>()
  #missing: number
  #tries = 0
  #deepest: { readonly order: readonly number[]; readonly state: S } | undefined

  constructor(events: readonly Event<S>[], rules: Rules<S>) {
    this.#events = events.toSorted((a, b) => a.ended - b.ended)
    this.#rules = rules
    const all = this.#events
    this.#after = all.map((one) => all.flatMap((other, at) => (precedes(one, other, rules.bound) ? [at] : [])))
    this.#before = all.map((one) => all.filter((other) => precedes(other, one, rules.bound)).length)
    this.#placed = all.map(() => false)
    this.#missing = all.filter(({ ended }) => ended !== Infinity).length
  }

  run(): string | undefined {
    return this.#search(this.#rules.start) ? undefined : this.#told()
  }

  #search(state: S): boolean {
    const from = this.#order.length
    this.#absorb(state)
    if (this.#missing === 0) return true
    if (this.#order.length > (this.#deepest?.order.length ?? -1)) this.#deepest = { order: [...this.#order], state }
    const here = this.#placed.map(Number).join('') + this.#rules.shown(state)
    if (!this.#been.has(here)) {
      this.#been.add(here)
      if (this.#tryEach(state)) return true
    }
    while (this.#order.length > from) this.#takeBack()
    return false
  }

  #tryEach(state: S): boolean {
    for (const [at, event] of this.#events.entries()) {
      if (event.isRead || !this.#isNext(at)) continue
      const next = event.step(state)
      if (next === NO) continue
      this.#tries += 1
      if (this.#tries > TRIES_AT_MOST) throw new Error('the history has too many orders to try them all')
      this.#place(at)
      if (this.#search(next)) return true
      this.#takeBack()
    }
    return false
  }

  /** A read that fits now changes nothing for anybody: whatever order places it later can place it here. */
  #absorb(state: S): void {
    for (let more = true; more;) {
      more = false
      for (const [at, event] of this.#events.entries()) {
        if (!event.isRead || !this.#isNext(at) || event.step(state) === NO) continue
        this.#place(at)
        more = true
      }
    }
  }

  #isNext(at: number): boolean {
    return this.#placed[at] === false && this.#before[at] === 0
  }

  #place(at: number): void {
    this.#count(at, -1)
    this.#placed[at] = true
    this.#order.push(at)
  }

  #takeBack(): void {
    const at = this.#order.pop()
    if (at === undefined) return
    this.#placed[at] = false
    this.#count(at, 1)
  }

  #count(at: number, step: number): void {
    for (const later of this.#after[at] ?? []) this.#before[later] = (this.#before[later] ?? 0) + step
    if (this.#events[at]?.ended !== Infinity) this.#missing += step
  }

  #told(): string {
    const { order = [], state = this.#rules.start } = this.#deepest ?? {}
    const done = new Set(order)
    const stuck = this.#events.filter((event, at) => !done.has(at) && event.step(state) === NO).slice(0, LAST_SHOWN)
    const way = order.slice(-LAST_SHOWN).flatMap((at) => this.#events[at] ?? [])
    return [
      `${order.length} of ${this.#events.length} events have an order, and then none goes on from ${this.#rules.shown(state)}`,
      ...way.map((event) => `  placed  ${told(event)}`),
      ...stuck.map((event) => `  cannot  ${told(event)}`),
    ].join('\n')
  }
}

function told<S>({ what, node, begun, ended }: Event<S>): string {
  return `${begun.toFixed(1)}…${ended.toFixed(1)} at ${node}: ${what}`
}
