/** What Lambda's operations ask of the room that runs functions, and what they get back. */

import type { StoredFunction } from '../services/lambda/shared.ts'

/** One event for one function. */
export interface Order {
  readonly account: string
  readonly region: string
  /** The function as its version is configured. */
  readonly row: StoredFunction
  /** `$LATEST`, or a number. */
  readonly version: string
  /** As the caller named it: with the qualifier, where there was one. */
  readonly arn: string
  readonly requestId: string
  /** JSON. */
  readonly event: string
  /** JSON. */
  readonly clientContext?: string
}

/** What came of it: the function's answer, or what went wrong in it or with it. */
export interface Ran {
  readonly body: string
  readonly failed: boolean
  /** The last 4 KB of what it wrote to its log. */
  readonly tail: Buffer
}

/** How an event that nobody waits for is tried again. */
export interface Patience {
  readonly retries: number
  /** Seconds. */
  readonly age: number
}

export interface Functions {
  /** Throws `TooManyRequestsException` where there is no room for one more. */
  refuseCrowd(order: Pick<Order, 'account' | 'region' | 'row'>): void
  invoke(order: Order): Promise<Ran>
  /** Takes an event that nobody waits for. */
  queue(order: Order, patience: Patience): void
  /** The function has changed or is gone: what runs ends, and nothing of it is used again. */
  forget(account: string, region: string, name: string): void
}

/** A function among all. */
export function nameKey(account: string, region: string, name: string): string {
  return `${account}/${region}/${name}`
}
