/** How far something long has come, on standard error: a line that is drawn again where it is a terminal, else one now and then. */

import { inWords, type Tally } from './tally.ts'
import { warn } from '../say.ts'

export interface Progress {
  tell(tally: Tally): void
  end(): void
}

const DRAW_EVERY = 100
const SAY_EVERY = 5_000
const BAR = 24

/** `share` says how much is done, from 0 to 1, where it can be known. */
export function progressOf(doing: string, share?: () => number): Progress {
  return process.stderr.isTTY ? drawn(doing, share) : said(doing)
}

function drawn(doing: string, share: (() => number) | undefined): Progress {
  let last = 0
  const clear = '\r\u001B[K'
  return {
    tell(tally) {
      const now = performance.now()
      if (now - last < DRAW_EVERY) return
      last = now
      const line = `${doing} ${share === undefined ? '' : bar(share())}${inWords(tally)}`
      process.stderr.write(`${clear}${line.slice(0, (process.stderr.columns || 80) - 1)}`)
    },
    end() {
      if (last !== 0) process.stderr.write(clear)
    },
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(share, 1) * BAR)
  return `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}] ${String(Math.floor(share * 100)).padStart(3)} %  `
}

function said(doing: string): Progress {
  let last = performance.now()
  return {
    tell(tally) {
      const now = performance.now()
      if (now - last < SAY_EVERY) return
      last = now
      warn(`${doing}: ${inWords(tally)}`)
    },
    end() {},
  }
}
