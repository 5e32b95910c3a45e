/** The store that forgets: for tests and `--ephemeral`. */

import type { AuditRecord } from '../audit/record.ts'
import { auditKeys } from './audit-row.ts'
import { byBytes, Conflict, NEVER, put, SHELVED } from './store.ts'
import type { AuditQuery, Change, Commit, PartitionId, Row, ShelfQuery, Store, Version } from './store.ts'

const KEPT_RECORDS = 10_000

interface Kept {
  version: Version
  readonly rows: Map<string, Row>
  readonly shelf: Map<string, Row>
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
    const kept = partitions.get(id) ?? { version: NEVER, rows: new Map(), shelf: new Map() }
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
      return partition(id).shelf.get(`${kind}/${key}`)?.value
    },
    async shelf(id, kind, query) {
      const rows = [...partition(id).shelf.values()].filter((row) => row.kind === kind && within(row.key, query))
      return rows.toSorted((a, b) => byBytes(a.key, b.key)).slice(0, query.limit)
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
      const rows = [...partitions].flatMap(([id, { rows: items, shelf }]) =>
        [...items.values(), ...shelf.values()].map(({ kind, key, value }) => put(id, kind, key, value)),
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

function apply(kept: Kept, { kind, key, value }: Change): void {
  const place = SHELVED.has(kind) ? kept.shelf : kept.rows
  if (value === undefined) place.delete(`${kind}/${key}`)
  else place.set(`${kind}/${key}`, { kind, key, value })
}

function within(key: string, { prefix = '', after }: ShelfQuery): boolean {
  return key.startsWith(prefix) && (after === undefined || byBytes(key, after) > 0)
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
