/** How far a long piece of work is: a bar where somebody watches, else a line now and then. */

export interface Progress {
  at(done: number): void
  /** Takes the bar away. */
  end(): void
}

interface Watching {
  readonly stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>
  /** Milliseconds. */
  readonly now: () => number
}

const BAR = 30
/** Milliseconds from one look to the next, of people and of logs. */
const LOOK = 100
const LINE = 5_000

export function progress(
  total: number,
  noun: string,
  { stream, now }: Watching = { stream: process.stderr, now: () => performance.now() },
): Progress {
  const begun = now()
  let shown = begun
  return {
    at(done) {
      if (now() - shown < (stream.isTTY ? LOOK : LINE)) return
      shown = now()
      const count = `${done} of ${total} ${noun}`
      if (!stream.isTTY) stream.write(`sallyport: ${count}\n`)
      else stream.write(`\r${bar(done / total)} ${count}, ${left((shown - begun) / 1000, done / total)}\u001B[K`)
    },
    end() {
      if (stream.isTTY) stream.write('\r\u001B[K')
    },
  }
}

function bar(share: number): string {
  return '█'.repeat(Math.round(share * BAR)).padEnd(BAR, '░')
}

function left(seconds: number, share: number): string {
  return `${Math.ceil(seconds / share - seconds)} s left`
}
