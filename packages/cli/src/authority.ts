/** The local certificate authority of a data folder. Loaded where it is needed: certificates cost more than the rest of a start. */

import { Failure } from './failure.ts'

export async function authorityOf(folder: string) {
  const { openAuthority, startProxy, tlsServerOptions } = await import('@sallyport/server/tls')
  const ca = await openAuthority({ dir: folder, now: Date.now }).catch((error: unknown) => {
    // One that is damaged is the user's to mend, and the message says how; anything but a plain error is a bug.
    throw error instanceof Error && error.constructor === Error ? new Failure(error.message, { cause: error }) : error
  })
  return {
    certificate: ca.certificate,
    file: ca.file,
    options: (hosts: readonly string[]) => tlsServerOptions(ca, hosts),
    proxy: (options: Omit<Parameters<typeof startProxy>[0], 'ca'>) => startProxy({ ...options, ca }),
  }
}
