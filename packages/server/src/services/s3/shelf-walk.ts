/** All versions of a bucket's keys, keys in byte order and the newest first: two shelves read as one, in batches. */

import type { Call } from '../../call.ts'
import { byBytes, type Row } from '../../store/store.ts'
import { OBJECT, orderOf, readVersion, VERSION, type Place, type Version } from './object.ts'
import { bucketPrefix, keyOfRow, orderOfVersion, versionPrefix, versionRow } from './version-id.ts'

const BATCH = 1000
/** Behind every key that begins with what stands before it: the last character there is. */
const LAST = '\u{10FFFF}'

export interface Found {
  readonly key: string
  readonly version: Version
  readonly latest: boolean
}

/** Where a walk begins: behind a key, behind all that begin so, or behind one of a key's versions. */
export interface From {
  readonly key?: string
  readonly group?: string
  readonly version?: string
}

export interface Ground {
  readonly owner: string
  readonly bucket: string
  readonly prefix: string
  /** Whether the bucket has, or had, versions. */
  readonly versioned: boolean
}

export class ShelfWalk {
  readonly #ground: Ground
  readonly #objects: Cursor
  readonly #versions: Cursor | undefined
  /** The key of what was found last. */
  #key: string | undefined

  private constructor(call: Call, ground: Ground) {
    const { owner, bucket, prefix, versioned } = ground
    this.#ground = ground
    this.#objects = new Cursor(call, { owner, kind: OBJECT, prefix: `${bucket}/${prefix}` })
    const prefixes = { owner, kind: VERSION, prefix: bucketPrefix(bucket, prefix) }
    this.#versions = versioned ? new Cursor(call, prefixes) : undefined
  }

  static async begin(call: Call, ground: Ground, { key, group, version }: From): Promise<ShelfWalk> {
    const walk = new ShelfWalk(call, ground)
    if (group !== undefined) walk.skipGroup(group)
    if (key === undefined) return walk
    if (version === undefined) walk.#behind(key)
    else await walk.#resume(call, key, version)
    return walk
  }

  async next(): Promise<Found | undefined> {
    const [object, version] = await Promise.all([this.#objects.peek(), this.#versions?.peek()])
    const { bucket } = this.#ground
    const one = object === undefined ? undefined : foundIn(object.key.slice(bucket.length + 1), object)
    const other = version === undefined ? undefined : foundIn(keyOfRow(bucket, version.key), version)
    const first = earlier(one, other)
    if (first === undefined) return undefined
    if (first === one) this.#objects.take()
    else this.#versions?.take()
    const latest = first.key !== this.#key
    this.#key = first.key
    return { ...first, latest }
  }

  /** Nothing more of a key. */
  skipKey(key: string): void {
    const { bucket } = this.#ground
    this.#versions?.skip(versionPrefix({ bucket, key }))
    // the key's own row stands before its versions, or behind some of them
    this.#objects.skipRow(`${bucket}/${key}`)
  }

  /** Nothing more of all keys that begin so. */
  skipGroup(group: string): void {
    const { bucket } = this.#ground
    this.#objects.skip(`${bucket}/${group}`)
    this.#versions?.skip(bucketPrefix(bucket, group))
  }

  #behind(key: string): void {
    const { bucket } = this.#ground
    this.#objects.startAfter(`${bucket}/${key}`)
    this.#versions?.startAfter(versionPrefix({ bucket, key }) + LAST)
  }

  async #resume(call: Call, key: string, id: string): Promise<void> {
    const { owner, bucket } = this.#ground
    const place: Place = { owner, bucket, key }
    const unversioned = await readVersion(call, place, 'null')
    const order = id === 'null' ? unversioned && orderOf(unversioned) : orderOfVersion(id)
    // What it went on from is gone, and it had no order of its own: what is left of the key comes again.
    if (order === undefined) return this.#before(key)
    this.#behind(key)
    this.#key = key
    this.#versions?.startAfter(id === 'null' ? versionRow(place, '', order) : versionRow(place, id, order))
    if (id !== 'null' && unversioned !== undefined && orderOf(unversioned) < order) {
      this.#objects.holds({ kind: OBJECT, key: `${bucket}/${key}`, value: unversioned })
    }
  }

  #before(key: string): void {
    const { bucket } = this.#ground
    this.#objects.startAfter(`${bucket}/${key}`)
    this.#versions?.startAfter(versionPrefix({ bucket, key }))
  }
}

function foundIn(key: string, { value }: Row): Omit<Found, 'latest'> {
  return { key, version: value as Version } // written by `putVersion` alone
}

function earlier<F extends Omit<Found, 'latest'>>(one: F | undefined, other: F | undefined): F | undefined {
  if (one === undefined || other === undefined) return one ?? other
  if (one.key === other.key) return orderOf(one.version) > orderOf(other.version) ? one : other
  return byBytes(one.key, other.key) < 0 ? one : other
}

interface Shelf {
  readonly owner: string
  readonly kind: string
  readonly prefix: string
}

/** Rows of one shelf, one after the other. */
class Cursor {
  readonly #call: Call
  readonly #shelf: Shelf
  #rows: readonly Row[] = []
  #at = 0
  #after: string | undefined
  #ended = false

  constructor(call: Call, shelf: Shelf) {
    this.#call = call
    this.#shelf = shelf
  }

  startAfter(after: string): void {
    this.#after = after
  }

  /** A row that comes before all others. */
  holds(row: Row): void {
    this.#rows = [row]
  }

  async peek(): Promise<Row | undefined> {
    if (this.#at >= this.#rows.length && !this.#ended) await this.#more()
    return this.#rows[this.#at]
  }

  take(): void {
    this.#at += 1
  }

  skipRow(key: string): void {
    if (this.#rows[this.#at]?.key === key) this.#at += 1
  }

  skip(prefix: string): void {
    while (this.#rows[this.#at]?.key.startsWith(prefix) === true) this.#at += 1
    const after = prefix + LAST
    const onward = this.#after === undefined || byBytes(this.#after, after) < 0
    if (this.#at >= this.#rows.length && onward) this.#after = after
  }

  async #more(): Promise<void> {
    const { owner, kind, prefix } = this.#shelf
    const query = { prefix, ...(this.#after === undefined ? {} : { after: this.#after }), limit: BATCH }
    this.#rows = await this.#call.shelves.shelf(owner, kind, query)
    this.#at = 0
    this.#after = this.#rows.at(-1)?.key ?? this.#after
    this.#ended = this.#rows.length < BATCH
  }
}
