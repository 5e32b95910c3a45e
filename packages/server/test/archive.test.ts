/** Archives: what goes into one comes out of it, in whatever store, and nothing comes out of one that is not what was written. */

import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { OtherKey } from '../src/archive/faults.ts'
import { contentOf, fill } from '../src/archive/fill.ts'
import { WINDOW } from '../src/archive/format.ts'
import { readArchive } from '../src/archive/read.ts'
import { makeArchive, type Copying } from '../src/archive/write.ts'
import type { AuditRecord } from '../src/audit/record.ts'
import { fileBlobs, memoryBlobs, memoryStore, sqliteStore, systemRandom, type Blobs, type Store } from '../src/index.ts'
import { Keyring } from '../src/keyring.ts'
import { NEVER, put, SHELVED, type Change } from '../src/store/store.ts'
import { MASTER_KEY, startServer } from './harness.ts'
import { moves, recordOf } from './store/suite.ts'

const A = '111111111111'
const B = '222222222222'
const keyring = new Keyring(MASTER_KEY, systemRandom())
const folder = mkdtempSync(join(tmpdir(), 'sallyport-archive-'))
let places = 0

interface Place {
  readonly store: Store
  readonly blobs: Blobs
  readonly path?: string
}

afterAll(() => rmSync(folder, { recursive: true }))

const inMemory = (): Place => ({ store: memoryStore(), blobs: memoryBlobs() })

function onDisk(): Place {
  places += 1
  const path = join(folder, String(places))
  return { store: sqliteStore(join(path, 'state.db')), blobs: fileBlobs(join(path, 'objects')), path }
}

interface Held {
  readonly rows: readonly Change[]
  readonly objects?: Readonly<Record<string, Buffer>>
  readonly records?: readonly AuditRecord[]
}

/** Writes all that is given at once. */
async function hold(place: Place, { rows, objects = {}, records = [] }: Held): Promise<void> {
  const stored: Change[] = []
  for (const [key, bytes] of Object.entries(objects)) {
    const blob = await place.blobs.write(once(bytes))
    stored.push(put(A, 'object', key, { blob, size: bytes.length, metadata: {} }))
  }
  const partitions = new Set(rows.filter(({ kind }) => !SHELVED.has(kind)).map(({ partition }) => partition))
  const from = Object.fromEntries([...partitions].map((id) => [id, NEVER]))
  await place.store.commit({ moves: moves(from, 'x'), changes: [...rows, ...stored], records })
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

async function bytesOf(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}

async function archive(place: Place, copying: Partial<Copying> = {}): Promise<Buffer> {
  const whole = { from: 'memory', now: Date.UTC(2026, 0, 2), records: true, objects: true, ...copying } as const
  return bytesOf(await makeArchive({ ...place, keyring }, whole))
}

const read = (bytes: Buffer, key = keyring) => readArchive(once(bytes), key)

/** As a person would: all of it is looked at, and then it is brought in. */
async function restore(place: Place, bytes: Buffer): Promise<void> {
  for await (const _ of read(bytes)) continue
  await fill({ ...place, random: systemRandom() }, read(bytes))
}

/** Everything a place has, bytes in place of the names of blobs. */
async function content({
  store,
  blobs,
}: Place): Promise<{ rows: readonly unknown[]; records: readonly AuditRecord[] }> {
  const snapshot = await store.snapshot()
  const rows: (readonly [string, unknown])[] = []
  for await (const { partition, kind, key, value } of snapshot.rows()) {
    const named = typeof value === 'object' && value !== null && 'blob' in value
    const blob = named
      ? createHash('md5')
          .update(await bytesOf(blobs.read(String(value.blob))))
          .digest('hex')
      : undefined
    rows.push([`${partition} ${kind} ${key}`, named ? { ...value, blob } : value])
  }
  const records: AuditRecord[] = []
  for await (const record of snapshot.records()) records.push(record)
  await snapshot.close()
  return { rows: rows.toSorted(([a], [b]) => (a < b ? -1 : 1)), records }
}

function lines(bytes: Buffer): readonly string[] {
  return gunzipSync(bytes).toString().split('\n').slice(0, -1)
}

/** The same text, pressed again: it unpacks without a fault. */
function pressed(text: readonly string[]): Buffer {
  return gzipSync(text.map((line) => `${line}\n`).join(''))
}

const role = (name: string, document: string) => put(A, 'role', name, { name, trust: { document } })
const noise = (length: number) => systemRandom().bytes(length)

/** A small one, with something of every kind. */
async function sample(): Promise<Buffer> {
  const place = inMemory()
  await hold(place, {
    rows: [role('r', 'text'), role('s', 'text'), put('directory', 'account', A, { id: A })],
    objects: { 'b/k': Buffer.from('some bytes'), 'b/empty': Buffer.alloc(0) },
    records: [recordOf('one', A), recordOf('two')],
  })
  return archive(place)
}

describe('an archive', () => {
  test('goes from memory to a disk to another disk, and nothing is lost', async () => {
    const first = inMemory()
    const many = Array.from({ length: 1_700 }, (_, at) => role(`role ${at}`, `document ${at % 700}`))
    await hold(first, {
      rows: [...many, put(B, 'user', 'u', { inline: [{ document: 'document 1' }, { document: '' }] })],
      objects: { 'b/large': noise(5_000_001), 'b/empty': Buffer.alloc(0), 'b/é \u{1F600}': noise(300_000) },
      records: Array.from({ length: 1_234 }, (_, at) => recordOf(`call ${at}`, at % 2 === 0 ? A : undefined)),
    })
    const second = onDisk()
    await restore(second, await archive(first))
    const third = onDisk()
    await restore(third, await archive(second, { from: 'sqlite' }))
    const was = await content(first)
    expect(was.rows).toHaveLength(1_704)
    expect(was.records).toHaveLength(1_234)
    expect(await content(second)).toEqual(was)
    expect(await content(third)).toEqual(was)
    await second.store.close()
    await third.store.close()
  })

  test('says what it is in its first line, and what it has in its last', async () => {
    const text = lines(await sample())
    const size = Buffer.byteLength('some bytes')
    expect(JSON.parse(text[0] ?? '')).toMatchObject({
      archive: 'sallyport',
      format: 2,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      madeAt: '2026-01-02T00:00:00.000Z',
      store: 'memory',
      records: true,
      objects: true,
    })
    expect(JSON.parse(text.at(-1) ?? '')).toMatchObject({
      end: { rows: 5, blobs: 2, bytes: size, documents: 1, records: 2 },
      sha256: createHash('sha256')
        .update(
          text
            .slice(0, -1)
            .map((line) => `${line}\n`)
            .join(''),
        )
        .digest('hex'),
    })
  })

  test('has each text once, and no line longer than a piece of an object needs', async () => {
    const place = inMemory()
    await hold(place, {
      rows: Array.from({ length: 50 }, (_, at) => role(`${at}`, `the text ${at % 2}`)),
      objects: { 'b/k': noise(1_000_000) },
    })
    const text = lines(await archive(place))
    expect(text.filter((line) => line.includes('the text'))).toHaveLength(2)
    expect(Math.max(...text.map((line) => line.length))).toBeLessThan(256 * 1024 + 20)
  })

  test('has texts beyond what a reader remembers, which come back all the same', { timeout: 60_000 }, async () => {
    const long = (at: number): string => `${at} `.repeat(4_000).slice(0, 10_000)
    const count = Math.ceil((2.5 * WINDOW) / 10_000)
    const rows = Array.from({ length: count }, (_, at) => put(A, 'policy', `${at}`, { document: long(at) }))
    const again = Array.from({ length: 50 }, (_, at) => put(B, 'policy', `${at}`, { document: long(at) }))
    const place = inMemory()
    await hold(place, { rows: [...rows, ...again] })
    const other = inMemory()
    await restore(other, await archive(place))
    expect(await content(other)).toEqual(await content(place))
  })

  test('leaves out records, or objects, where they are not wanted', async () => {
    const place = inMemory()
    const rows = [role('r', 'text')]
    await hold(place, { rows, objects: { 'b/k': noise(10) }, records: [recordOf('one')] })
    const bytes = await archive(place, { records: false, objects: false })
    expect(JSON.parse(lines(bytes)[0] ?? '')).toMatchObject({ records: false, objects: false })
    const other = inMemory()
    await restore(other, bytes)
    expect(await content(other)).toEqual({ rows: [[`${A} role r`, rows[0]?.value]], records: [] })
  })

  test('of any rows brings back these rows', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    const value = fc.jsonValue({ maxDepth: 3 }).map((it) => (typeof it === 'object' && it !== null ? { it } : it))
    const kind = fc.constantFrom('role', 'user', 'document', 'end', 'piece')
    const row = fc.tuple(fc.constantFrom(A, B, 'organization'), kind, name, value, fc.option(name))
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (given) => {
        const place = inMemory()
        const rows = given.map(([partition, kind, key, it, document]) =>
          put(partition, kind, key, document === null ? it : { it, deep: [{ document }] }),
        )
        await hold(place, { rows })
        const other = inMemory()
        await restore(other, await archive(place))
        expect(await content(other)).toEqual(JSON.parse(JSON.stringify(await content(place))))
      }),
      { numRuns: 60 },
    )
  })
})

describe('what is not an archive as it was written', () => {
  const refused = async (bytes: Buffer, key = keyring): Promise<string> => {
    const entries: string[] = []
    try {
      for await (const { kind } of read(bytes, key)) entries.push(kind)
    } catch (error) {
      expect(entries).not.toContain('ending')
      return error instanceof Error ? error.message : String(error)
    }
    return 'nothing'
  }

  test('is torn, wherever it was cut', async () => {
    const bytes = await sample()
    for (let length = 0; length < bytes.length; length += 1) {
      expect(await refused(bytes.subarray(0, length)), `cut after ${length} of ${bytes.length}`).toMatch(
        /^ends too early/,
      )
    }
  })

  test('is torn where whole lines are missing from its end', async () => {
    const text = lines(await sample())
    for (let kept = 1; kept < text.length; kept += 1) {
      expect(await refused(pressed(text.slice(0, kept)))).toMatch(/^ends too early/)
    }
  })

  test('is refused whichever byte was altered, or it says what it said', async () => {
    const bytes = await sample()
    const was = JSON.stringify(lines(bytes))
    for (let at = 0; at < bytes.length; at += 1) {
      const other = Buffer.from(bytes)
      other[at] = (other[at] ?? 0) ^ (1 << (at % 8))
      const why = await refused(other)
      // gzip's own stamp, and the bits that fill up its last byte, are under no checksum
      if (why === 'nothing') expect(JSON.stringify(lines(other)) === was, `byte ${at}`).toBe(true)
    }
  })

  test('is refused whichever line was dropped, doubled or moved', async () => {
    const text = lines(await sample())
    for (const at of text.keys()) {
      const without = text.toSpliced(at, 1)
      expect(await refused(pressed(without)), `without ${text[at]}`).not.toBe('nothing')
      expect(await refused(pressed(text.toSpliced(at, 0, text[at] ?? ''))), `twice ${text[at]}`).not.toBe('nothing')
      expect(await refused(pressed(without.toSpliced((at + 1) % text.length, 0, text[at] ?? '')))).not.toBe('nothing')
    }
  })

  test('is refused where it was changed with its checksum, by somebody without the key', async () => {
    const text = lines(await sample()).map((line) => line.replaceAll('"text":"text"', '"text":"evil"'))
    const before = text.slice(0, -1)
    const sha256 = createHash('sha256')
      .update(before.map((line) => `${line}\n`).join(''))
      .digest('hex')
    const end = JSON.stringify({ ...(JSON.parse(text.at(-1) ?? '') as object), sha256 }) // a line of ours
    expect(await refused(pressed([...before, end]))).toMatch(/^is not what was written/)
    const unsealed = readArchive(once(pressed([...before, end])))
    for await (const _ of unsealed) continue
  })

  const BAD: readonly [string, (text: readonly string[]) => Buffer, RegExp][] = [
    ['no gzip', () => Buffer.from('hello, I am no archive at all'), /^is no archive/],
    ['another text', () => pressed(['hello']), /^is no archive/],
    ['other JSON', () => pressed(['{"archive":"theirs"}']), /^is no archive/],
    [
      'an archive in a newer format',
      newer,
      /^was written by a newer sallyport, 9\.9\.9 \(format 3; .*update this one$/,
    ],
    ['something behind it', (text) => Buffer.concat([pressed(text), Buffer.from('more')]), /^is not what was written/],
    ['a second archive behind it', (text) => Buffer.concat([pressed(text), pressed(text)]), /^is not what was written/],
    ['a line that never ends', (text) => pressed([...text.slice(0, 1), 'x'.repeat(20_000_000)]), /^is not what/],
    ['a line of no kind', (text) => pressed([...text.slice(0, 1), '{"what":1}']), /^is not what was written/],
    ['a row that names a text that is not there', missing, /^is not what was written/],
  ]
  function newer([first = '', ...rest]: readonly string[]): Buffer {
    return pressed([JSON.stringify({ ...JSON.parse(first), format: 3, version: '9.9.9' }), ...rest])
  }
  function missing([first = '']: readonly string[]): Buffer {
    return pressed([first, JSON.stringify({ row: [A, 'role', 'r'], value: { document: 'x' } })])
  }
  test.each(BAD)('is refused: %s', async (_what, make, says) => {
    expect(await refused(make(lines(await sample())))).toMatch(says)
  })

  test('is refused at its first line where the master key is another', async () => {
    const entries = read(await sample(), new Keyring(Buffer.alloc(32, 8), systemRandom()))
    await expect(entries.next()).rejects.toThrow(OtherKey)
  })
})

describe('a copy', () => {
  const twoObjects = async (place: Place): Promise<void> =>
    hold(place, { rows: [role('r', 'text')], objects: { 'b/1': noise(400_000), 'b/2': noise(400_000) } })
  const untilGone = async ({ blobs }: Place, blob: string): Promise<void> => {
    const length = async (): Promise<number> => {
      try {
        return (await bytesOf(blobs.read(blob))).length
      } catch {
        return 0
      }
    }
    await vi.waitFor(async () => expect(await length()).toBe(0), { timeout: 10_000 })
  }
  const object = async ({ store }: Place, key: string) => (await store.shelved(A, 'object', key)) as { blob: string } // as `hold` wrote it

  test('has objects that were deleted and rows that were changed while it was made', async () => {
    for (const place of [inMemory(), onDisk()]) {
      await twoObjects(place)
      const was = await content(place)
      const stream = await makeArchive({ ...place, keyring }, { from: 'sqlite', now: 0, records: true, objects: true })
      const { blob } = await object(place, 'b/2')
      await place.store.commit({
        moves: moves({ [A]: '1-x' }, 'y'),
        changes: [role('r', 'other'), put(A, 'object', 'b/2', undefined)],
        records: [],
      })
      await place.blobs.remove(blob)
      const other = inMemory()
      await restore(other, await bytesOf(stream))
      expect(await content(other)).toEqual(was)
      await untilGone(place, blob)
      await place.store.close()
    }
  })

  test('that nobody reads to its end lets go of all that it held', async () => {
    const place = onDisk()
    await twoObjects(place)
    for (const began of [true, false]) {
      const stream = await makeArchive({ ...place, keyring }, { from: 'sqlite', now: 0, records: true, objects: true })
      if (began) for await (const _ of stream) break
      stream.destroy()
    }
    const { blob } = await object(place, 'b/1')
    await place.blobs.remove(blob)
    await untilGone(place, blob)
    expect(readdirSync(place.path ?? '').filter((name) => name.includes('snapshot'))).toEqual([])
    await place.store.close()
  })

  test('says why it was broken off where bytes are lost', async () => {
    for (const place of [inMemory(), onDisk()]) {
      await twoObjects(place)
      await place.blobs.remove((await object(place, 'b/2')).blob)
      await expect(restore(inMemory(), await archive(place))).rejects.toThrow(
        `was broken off where it was made: the bytes of object \`b/2\` of ${A} are not there: write it again, or delete it`,
      )
      await place.store.close()
    }
  })
})

describe('a store', () => {
  test('that has anything in it says so', async () => {
    const empty = inMemory()
    expect(await contentOf(empty.store)).toBeUndefined()
    await empty.store.note(recordOf('one'))
    expect(await contentOf(empty.store)).toBe('audit records')
    await fill({ ...empty, random: systemRandom() }, read(await sample()))
    expect(await contentOf(empty.store)).toBe('an installation')
  })

  test('into which an archive went half is served by nobody, and says what happened', async () => {
    const place = inMemory()
    const bytes = await sample()
    const torn = fill({ ...place, random: systemRandom() }, read(bytes.subarray(0, bytes.length - 10)))
    await expect(torn).rejects.toThrow('ends too early')
    expect(await contentOf(place.store)).toBe('a part of an archive, which was broken off')
    await expect(startServer(place)).rejects.toThrow('a restore was broken off there')
  })
})
