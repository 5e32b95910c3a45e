/** How the doors close: no connection is taken any more, and calls under way are answered first. */

import type { Server } from 'node:http'
import { Server as Listener } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Porch } from './http.ts'

/** A client that has just been answered may send its next call on the same connection: it is looked at this often, in milliseconds. */
const SOON = 25
/** What calls may still be writing whose connections were cut. */
const LAST_WRITES = 1_000

/** Resolves once no call is under way, whichever door it came by, or the grace is over and connections are cut. */
export async function closeDoors(servers: readonly Server[], porch: Porch): Promise<void> {
  const { exchanges, connections, admission, limits } = porch
  exchanges.drain()
  const quiet = Promise.all([...servers.map(stopListening), admission.empty()])
  const tidy = setInterval(() => {
    for (const server of servers) server.closeIdleConnections()
    connections.closeSilent()
  }, SOON)
  const late = setTimeout(() => connections.closeAll(), limits.grace)
  await Promise.race([quiet, pause(limits.grace + LAST_WRITES, undefined, { ref: false })])
  clearInterval(tidy)
  clearTimeout(late)
  for (const server of servers) server.close()
  exchanges.close()
}

/** As `net` does it: `http`'s own way cuts idle connections at once, and with them the calls that are just coming in. */
function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => void Listener.prototype.close.call(server, () => resolve()))
}
