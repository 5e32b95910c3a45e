/** The signals that end a process, and what is put right before they do. */

export const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/** Until what it returns is called: where a signal ends the process, `undo` comes first. */
export function undoOnSignal(undo: () => void): () => void {
  const handlers = Object.entries(SIGNALS).map(([signal, number]) => {
    const handler = (): void => {
      undo()
      process.exit(128 + number)
    }
    process.on(signal, handler)
    return () => process.off(signal, handler)
  })
  return () => {
    for (const off of handlers) off()
  }
}
