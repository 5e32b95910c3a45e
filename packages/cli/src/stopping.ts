/** How a server of this command ends: in peace at the first signal, at once at the second. */

import { warn } from './say.ts'
import { SIGNALS } from './signals.ts'

export interface Stopping {
  close(): Promise<void>
  /** What is still to be sent or written once it has closed, in this order. */
  readonly flush: readonly (() => Promise<void>)[]
  /** Leaves nothing behind. */
  leave(): void
}

/** The first signal ends calls under way in peace; a second one ends everything at once. */
export function stopOnSignal({ close, flush, leave }: Stopping): void {
  let stopping = false
  const stop = async (): Promise<void> => {
    await close()
    for (const finish of flush) await finish()
    leave()
    process.exit(0)
  }
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (stopping) {
        leave()
        process.exit(128 + number)
      }
      stopping = true
      stop().catch((error: unknown) => {
        warn(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
        process.exit(1)
      })
    })
  }
}
