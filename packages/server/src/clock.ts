/** Time enters here, once. Epoch milliseconds. */

export interface Clock {
  /** The machine's time: the skew check of signatures and the `Date` header. */
  host(): number
  /** The time that everything else goes by; a test clock moves it. */
  now(): number
  /** Milliseconds since some moment, with fractions, that nothing sets back: how long something took. */
  ticks(): number
}

/** A clock that an operator may move. The offset is all its state: it runs on. */
export interface MovableClock extends Clock {
  /** Milliseconds ahead of the machine (or behind, where negative). */
  readonly offset: number
  move(by: number): void
  set(to: number): void
  reset(): void
}

export function hostClock(): Clock {
  return { host: Date.now, now: Date.now, ticks }
}

export function testClock(): MovableClock {
  let offset = 0
  return {
    get offset() {
      return offset
    },
    host: Date.now,
    now: () => Date.now() + offset,
    ticks,
    move(by) {
      offset += by
    },
    set(to) {
      offset = to - Date.now()
    },
    reset() {
      offset = 0
    },
  }
}

function ticks(): number {
  return performance.now()
}
