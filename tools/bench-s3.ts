/**
 * `npm run bench:s3`: one object of a gigabyte up and down, whole and in parts, against Sallyport on files and, in the same
 * run, against moto's server: how fast, and how much more memory the server took. `--write` puts the table into
 * docs/performance.md; `--size 256` carries less (MiB), `--only sqlite` leaves moto out.
 *
 * The server has one core and the load the other.
 */

import { parseArgs } from 'node:util'
import { CONTESTANTS, start, type Contestant, type Running } from './bench/contestants.ts'
import { pin, residentOf } from './bench/family.ts'
import { measuredWith, table, write } from './bench/page.ts'
import { ask, get, put, type Door } from './bench/streams.ts'

const MIB = 1024 * 1024
const PART = 16 * MIB
const TOGETHER = 4
const BUCKET = '/bench'

interface Deed {
  readonly name: string
  run(door: Door, size: number): Promise<void>
}

const DEEDS: readonly Deed[] = [
  { name: 'PutObject', run: async (door, size) => void (await put(door, `${BUCKET}/whole`, size)) },
  { name: `UploadPart, ${PART / MIB} MiB, ${TOGETHER} at once`, run: inParts },
  { name: 'GetObject', run: (door, size) => got(get(door, `${BUCKET}/whole`), size) },
  { name: 'GetObject of what came in parts', run: (door, size) => got(get(door, `${BUCKET}/parts`), size) },
  { name: `GetObject, ranges of ${PART / MIB} MiB, ${TOGETHER} at once`, run: inRanges },
]

async function got(bytes: Promise<number>, size: number): Promise<void> {
  if ((await bytes) !== size) throw new Error('not all bytes came')
}

async function inParts(door: Door, size: number): Promise<void> {
  const path = `${BUCKET}/parts`
  const [, id = ''] = /<UploadId>([^<]+)/.exec(await ask(door, 'POST', `${path}?uploads=`)) ?? []
  const etags = await several(Math.ceil(size / PART), async (at) => {
    const headers = await put(door, `${path}?partNumber=${at + 1}&uploadId=${id}`, Math.min(PART, size - at * PART))
    return headers.etag ?? ''
  })
  const parts = etags.map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
  await ask(
    door,
    'POST',
    `${path}?uploadId=${id}`,
    `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
  )
}

async function inRanges(door: Door, size: number): Promise<void> {
  const sizes = await several(Math.ceil(size / PART), (at) =>
    get(door, `${BUCKET}/parts`, [at * PART, Math.min(size, (at + 1) * PART) - 1]),
  )
  await got(Promise.resolve(sizes.reduce((sum, one) => sum + one, 0)), size)
}

/** So many in all, a few of them at a time, in their order. */
async function several<T>(many: number, one: (at: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < many; at = next++) results[at] = await one(at)
  }
  await Promise.all(Array.from({ length: TOGETHER }, lane))
  return results
}

interface Row {
  readonly contestant: Contestant
  readonly deed: string
  /** MiB a second. */
  readonly speed: number
  /** MiB: the most that the server had beyond what it had before. */
  readonly grown: number
}

async function measure(contestant: Contestant, size: number): Promise<readonly Row[]> {
  const ground = await contestant.prepare()
  const running = await start(contestant, ground)
  const door = { port: running.port, keys: contestant.keys }
  await ask(door, 'PUT', BUCKET)
  // what is compiled and cached on the way is no growth
  for (const { run } of DEEDS) await run(door, 8 * MIB)
  const rows: Row[] = []
  for (const deed of DEEDS) {
    const row = await measureDeed(contestant, running, { deed, door, size })
    process.stderr.write(
      `${contestant.name}, ${deed.name}: ${row.speed.toFixed(0)} MiB/s, +${row.grown.toFixed(0)} MiB\n`,
    )
    rows.push(row)
  }
  await running.stop()
  await ground.clear()
  return rows
}

async function measureDeed(
  contestant: Contestant,
  { pid }: Running,
  { deed, door, size }: { readonly deed: Deed; readonly door: Door; readonly size: number },
): Promise<Row> {
  const before = residentOf(pid)
  let most = before
  const watch = setInterval(() => (most = Math.max(most, residentOf(pid))), 50)
  const begun = performance.now()
  await deed.run(door, size)
  const seconds = (performance.now() - begun) / 1000
  clearInterval(watch)
  return { contestant, deed: deed.name, speed: size / MIB / seconds, grown: Math.max(most, residentOf(pid)) - before }
}

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1024' },
    only: { type: 'string', default: 'sqlite,moto' },
    write: { type: 'boolean', default: false },
  },
})
const mib = Number(values.size)
pin(process.pid, 1)
const rows: Row[] = []
for (const contestant of CONTESTANTS.filter(({ id }) => values.only.split(',').includes(id))) {
  const lack = contestant.lacks()
  if (lack === undefined) rows.push(...(await measure(contestant, mib * MIB)))
  else process.stderr.write(`left out: ${contestant.name}, as ${lack}\n`)
}
const text = table(
  ['what', 'server', 'MiB/s', 'memory grown, MiB'],
  DEEDS.flatMap(({ name }) =>
    rows
      .filter(({ deed }) => deed === name)
      .map(({ contestant, speed, grown }) => [name, contestant.name, speed.toFixed(0), grown.toFixed(0)]),
  ),
)
console.log(text)
if (values.write) write('s3', `${measuredWith(`${mib} MiB an object`)}\n\n${text}`)
