/** What the server tells its operator, and to whom is theirs to say: a server that is given no log is silent. */

/**
 * Lines with fields. A level that is absent is one that nobody reads, so that nobody gathers its fields.
 * INVARIANT: no secret, token, signature, header or query string goes into a line.
 */
export interface Log {
  readonly debug?: (fields: object, message: string) => void
  readonly info?: (fields: object, message: string) => void
  readonly warn?: (fields: object, message: string) => void
  readonly error?: (fields: object, message: string) => void
}

export const SILENT: Log = {}

/** What may happen a thousand times a second is told this often at the most, in milliseconds. */
const PAUSE = 10_000

/** Tells the first time at once, and then at most once a pause: how often it was, and the fields of the last time. */
export function seldom(tell: (fields: object) => void, pause = PAUSE): (fields: object) => void {
  let times = 0
  let last: object = {}
  let waiting = false
  const say = (): void => {
    waiting = times > 0
    if (times === 0) return
    tell({ ...last, times })
    times = 0
    setTimeout(say, pause).unref()
  }
  return (fields) => {
    times += 1
    last = fields
    if (!waiting) say()
  }
}
