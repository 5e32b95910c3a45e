/** One caller's way to a node: signs as any account that it has keys for, on a connection that it opens when it needs one. */

import { BROKEN, open, type Line, type Reply } from '../bench/line.ts'
import { bytesOf, type Keys, type Plain } from '../bench/sign.ts'

export type Keyring = ReadonlyMap<string, Keys>

export interface Lane {
  /** Status 0 where nobody listens, or the connection broke before the answer was whole. */
  ask(account: string, plain: Plain, mark?: string): Promise<Reply>
  close(): void
}

/** The agent of calls that nobody looks for in the records. */
export const UNMARKED = 'torture'

/** An answer that takes longer than this is none. */
const PATIENCE_SECONDS = 30
export const LATE: Reply = { ...BROKEN, text: `no answer within ${PATIENCE_SECONDS} s` }

export function laneTo(port: number, keyring: Keyring): Lane {
  let line: Line | undefined
  const close = (): void => {
    line?.close()
    line = undefined
  }
  return {
    async ask(account, plain, mark = UNMARKED) {
      const keys = keyring.get(account)
      if (keys === undefined) throw new Error(`nobody has keys of \`${account}\``)
      line ??= await open(port).catch(() => undefined)
      if (line === undefined) return BROKEN
      const bytes = bytesOf(port, keys, { ...plain, headers: { ...plain.headers, 'user-agent': mark } })
      const reply = await within(line.ask(bytes))
      if (reply.closes) close()
      return reply
    },
    close,
  }
}

function within(answer: Promise<Reply>): Promise<Reply> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(LATE), PATIENCE_SECONDS * 1000)
    void answer.then((reply) => {
      clearTimeout(late)
      resolve(reply)
    })
  })
}

export function requestIdOf({ head }: Reply): string {
  return /\r\nx-amzn?-request-?id: *(\S+)/i.exec(head)?.[1] ?? ''
}
