/** How much the server takes on at once, and how long it waits for a client. Times are milliseconds. */

export interface Limits {
  /** Connections that are open at once. */
  readonly connections: number
  /** Calls under way at once, from the last byte of their head to their answer. */
  readonly calls: number
  readonly headerBytes: number
  /** For the head of a request, from the connection or the answer before it. */
  readonly headerTime: number
  /** For a body that is read whole. One that streams may take as long as it likes while it moves. */
  readonly bodyTime: number
  /** For a body that stands still, and for an answer that nobody reads. */
  readonly idleTime: number
  /** For calls under way when the server is told to stop. */
  readonly grace: number
}

export const LIMITS: Limits = {
  connections: 10_000,
  calls: 1_000,
  headerBytes: 32 * 1024,
  headerTime: 20_000,
  bodyTime: 300_000,
  idleTime: 30_000,
  grace: 5_000,
}
