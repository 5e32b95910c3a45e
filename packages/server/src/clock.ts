/** Time enters here, once. Epoch milliseconds. */

export interface Clock {
  /** The machine's time: the skew check of signatures and the `Date` header. */
  host(): number
  /** The time that everything else goes by; a test clock moves it. */
  now(): number
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
  return { host: Date.now, now: Date.now }
}

export function testClock(): MovableClock {
  let offset = 0
  return {
    get offset() {
      return offset
    },
    host: Date.now,
    now: () => Date.now() + offset,
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
