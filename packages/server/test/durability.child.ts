/** A server on a SQLite file, to be killed. Tells its parent where it listens. */

import { createServer, hostClock, memoryBlobs, sqliteStore, systemRandom } from '../src/index.ts'

const [, , path = ''] = process.argv
const server = await createServer({
  store: sqliteStore(path),
  blobs: memoryBlobs(),
  clock: hostClock(),
  random: systemRandom(),
  masterKey: Buffer.alloc(32, 7),
  region: 'us-east-1',
  onBug: (error) => process.stderr.write(`${String(error)}\n`),
})
const { administrator, secretAccessKey } = await server.found({
  management: { id: '444444444444', name: 'Management', email: 'management@example.com' },
  root: { accounts: [], units: [] },
})
const port = await server.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ endpoint: `http://127.0.0.1:${port}`, accessKeyId: administrator.accessKeyId, secretAccessKey })
