/** The log: JSON lines on stderr, by pino, which is loaded with the first line that is to be written. */

import type { Log } from '@sallyport/server'
import type { Logger } from 'pino'

/** From the one that says nothing to the one that says the most. */
export const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const

export type Level = (typeof LEVELS)[number]

export interface Logging {
  readonly log: Log
  /** Resolves once every line has been written. */
  flush(): Promise<void>
}

export function openLog(level: Level): Logging {
  let logger: Promise<Logger> | undefined
  const isOn = (name: Level): boolean => LEVELS.indexOf(name) <= LEVELS.indexOf(level)
  const at =
    (name: Exclude<Level, 'silent'>) =>
    (fields: object, message: string): void => {
      logger ??= open(level)
      void logger.then((it) => it[name](fields, message))
    }
  return {
    log: {
      ...(isOn('debug') && { debug: at('debug') }),
      ...(isOn('info') && { info: at('info') }),
      ...(isOn('warn') && { warn: at('warn') }),
      ...(isOn('error') && { error: at('error') }),
    },
    async flush() {
      await logger
    },
  }
}

/** Written at once, from this thread: nothing waits in a buffer when the process ends. */
async function open(level: Level): Promise<Logger> {
  const { default: pino } = await import('pino')
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, pino.destination({ dest: 2, sync: true }))
}
