/** A session that is handed out again and again, and exchanged for a new one before it ends. */

import type { SessionCredentials } from '@sallyport/server'

type Opened = SessionCredentials | 'untrusted' | undefined

/** So long before its end a session is not handed out any more. AWS has new ones ready five minutes before, at the latest. */
const EARLY = 3_600_000

export class Renewed {
  #whom = ''
  #held: SessionCredentials | undefined
  /** Asked for and not there yet: who comes meanwhile waits for the same one. */
  #coming: Promise<Opened> | undefined

  /** `now` is the server's time: its clock may have been moved. */
  async get(whom: string, now: string, open: () => Promise<Opened>): Promise<Opened> {
    if (this.#held !== undefined && this.#whom === whom && this.#good(this.#held, now)) return this.#held
    this.#coming ??= open().finally(() => {
      this.#coming = undefined
    })
    const opened = await this.#coming
    this.#held = opened === 'untrusted' ? undefined : opened
    this.#whom = whom
    return opened
  }

  #good({ issuedAt, expiresAt }: SessionCredentials, now: string): boolean {
    const at = Date.parse(now)
    return Date.parse(expiresAt) - at > EARLY && Date.parse(issuedAt) <= at
  }
}
