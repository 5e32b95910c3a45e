/** The store that forgets: for tests and `--ephemeral`. */

import type { AuditRecord } from '../audit/record.ts'
import { auditKeys } from './audit-row.ts'
import { byBytes, Conflict, NEVER, put, SHELVED } from './store.ts'
import type { AuditQuery, Change, Commit, PartitionId, Row, ShelfQuery, Store, Version } from './store.ts'

const KEPT_RECORDS = 10_000

interface Kept {
  version: Version
  readonly rows: Map<string, Row>
  readonly shelves: Map<string, Shelf>
}

interface Noted {
  readonly number: number
  readonly record: AuditRecord
}

export function memoryStore(): Store {
  const partitions = new Map<PartitionId, Kept>()
  const records: Noted[] = []
  let noted = 0

  const partition = (id: PartitionId): Kept => {
    const kept = partitions.get(id) ?? { version: NEVER, rows: new Map(), shelves: new Map() }
    partitions.set(id, kept)
    return kept
  }
  const note = (record: AuditRecord): undefined => {
    noted += 1
    records.push({ number: noted, record })
    if (records.length > KEPT_RECORDS * 1.1) records.splice(0, records.length - KEPT_RECORDS)
  }

  return {
    async load(id) {
      const { version, rows } = partition(id)
      // values are shared with whoever reads them: in memory they take no room of their own
      return { version, rows: [...rows.values()], bytes: 0 }
    },
    async commit({ moves, changes, records: given }: Commit) {
      for (const [id, { from }] of moves) if (partition(id).version !== from) throw new Conflict(id)
      for (const [id, { to }] of moves) partition(id).version = to
      for (const change of changes) apply(partition(change.partition), change)
      for (const record of given) note(record)
    },
    note,
    async shelved(id, kind, key) {
      return partition(id).shelves.get(kind)?.get(key)?.value
    },
    async shelf(id, kind, query) {
      return partition(id).shelves.get(kind)?.list(query) ?? []
    },
    async audited(query) {
      const found = records
        .map(({ number, record }) => ({ number, record, time: Date.parse(record.eventTime) }))
        .filter(({ record }) => matches(record, query))
        .toSorted((a, b) => b.time - a.time || b.number - a.number)
      const start = found.findIndex(({ time, number }) => `${time}.${number}` === query.after) + 1
      const shown = found.slice(start, start + query.limit)
      const last = shown.at(-1)
      const more = last !== undefined && start + query.limit < found.length
      return { records: shown.map(({ record }) => record), ...(more ? { next: `${last.time}.${last.number}` } : {}) }
    },
    async snapshot() {
      const rows = [...partitions].flatMap(([id, { rows: items, shelves }]) =>
        [...items.values(), ...[...shelves.values()].flatMap((shelf) => shelf.all())].map(({ kind, key, value }) =>
          put(id, kind, key, value),
        ),
      )
      const kept = records.map(({ record }) => record)
      return { rows: () => inTurn(rows), records: () => inTurn(kept), close: async () => {} }
    },
    health: () => undefined,
    async close() {},
  }
}

async function* inTurn<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

function apply({ rows, shelves }: Kept, { kind, key, value }: Change): void {
  if (SHELVED.has(kind)) {
    const shelf = shelves.get(kind) ?? new Shelf()
    shelves.set(kind, shelf)
    shelf.put({ kind, key, value })
  } else if (value === undefined) rows.delete(`${kind}/${key}`)
  else rows.set(`${kind}/${key}`, { kind, key, value })
}

/** Rows of one kind by key, in the order of the keys' bytes once somebody asked for it. */
class Shelf {
  readonly #rows = new Map<string, Row>()
  #keys: string[] | undefined

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  all(): readonly Row[] {
    return [...this.#rows.values()]
  }

  put(row: Row): void {
    const { key, value } = row
    const known = this.#rows.has(key)
    if (value === undefined) this.#rows.delete(key)
    else this.#rows.set(key, row)
    if (this.#keys === undefined || known === (value !== undefined)) return
    this.#keys.splice(this.#place(key), known ? 1 : 0, ...(known ? [] : [key]))
  }

  list({ prefix = '', after = '', limit }: ShelfQuery): readonly Row[] {
    this.#keys ??= [...this.#rows.keys()].toSorted(byBytes)
    const found: Row[] = []
    let at = this.#place(byBytes(after, prefix) < 0 ? prefix : after)
    for (; at < this.#keys.length && found.length < limit; at += 1) {
      const key = this.#keys[at] ?? ''
      if (key === after && after !== '') continue
      if (!key.startsWith(prefix)) break
      found.push(this.#rows.get(key) as Row) // `#keys` are the keys of `#rows`
    }
    return found
  }

  /** Where the key stands, or would stand. */
  #place(key: string): number {
    let [from, to] = [0, this.#keys?.length ?? 0]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (byBytes(this.#keys?.[middle] ?? '', key) < 0) from = middle + 1
      else to = middle
    }
    return from
  }
}

function matches(record: AuditRecord, query: AuditQuery): boolean {
  const { time, account, principal, event, request } = auditKeys(record)
  return (
    (query.account === undefined || account === query.account) &&
    (query.requestId === undefined || request === query.requestId) &&
    (query.principal === undefined || principal === query.principal) &&
    (query.eventName === undefined || event === query.eventName) &&
    (query.from === undefined || time >= query.from) &&
    (query.to === undefined || time < query.to)
  )
}
