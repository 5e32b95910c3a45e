/**
 * Turns at things that lie on shelves, where the last write wins: of calls of this node that change one, each waits until
 * the one before it is over, so that what it read is what it replaces. Other nodes' calls have turns of their own.
 */

export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** A call's own turns, which end together. */
  begin(): CallTurns {
    const ends: (() => void)[] = []
    return {
      take: async (names) => {
        const { before, end } = this.#enter(new Set(names))
        ends.push(end)
        await before
      },
      leave() {
        for (const end of ends.splice(0)) end()
      },
    }
  }

  /** INVARIANT: whoever wants several queues up for all of them at once, so no two ever wait for each other. */
  #enter(names: ReadonlySet<string>): { readonly before: Promise<unknown>; readonly end: () => void } {
    const resolvers: (() => void)[] = []
    const promise = new Promise<void>((resolve) => resolvers.push(resolve))
    const before = Promise.all([...names].map((name) => this.#last.get(name)))
    for (const name of names) this.#last.set(name, promise)
    const end = (): void => {
      for (const name of names) if (this.#last.get(name) === promise) this.#last.delete(name)
      for (const resolve of resolvers) resolve()
    }
    return { before, end }
  }
}

export interface CallTurns {
  /** Resolves once all who queued before are over. A call takes its turns once: who holds some waits for no others. */
  take(names: readonly string[]): Promise<void>
  leave(): void
}
