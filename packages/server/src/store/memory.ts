/** The store that forgets: for tests and `--ephemeral`. */

import type { AuditRecord } from '../audit/record.ts'
import { byBytes, Conflict, SHELVED } from './store.ts'
import type { AuditQuery, Change, Commit, LoadedPartition, PartitionId, Row, ShelfQuery, Store } from './store.ts'

const KEPT_RECORDS = 10_000

interface Kept {
  version: number
  readonly rows: Map<string, Row>
  readonly shelf: Map<string, Row>
}

export function memoryStore(): Store {
  const partitions = new Map<PartitionId, Kept>()
  const records: AuditRecord[] = []

  const partition = (id: PartitionId): Kept => {
    const kept = partitions.get(id) ?? { version: 0, rows: new Map(), shelf: new Map() }
    partitions.set(id, kept)
    return kept
  }
  const note = (record: AuditRecord): void => {
    records.push(record)
    if (records.length > KEPT_RECORDS * 1.1) records.splice(0, records.length - KEPT_RECORDS)
  }

  return {
    async load(id): Promise<LoadedPartition> {
      const { version, rows } = partition(id)
      return { version, rows: [...rows.values()] }
    },
    async commit({ expects, changes, records: noted }: Commit): Promise<void> {
      for (const [id, version] of expects) if (partition(id).version !== version) throw new Conflict(id)
      for (const id of expects.keys()) partition(id).version += 1
      for (const change of changes) apply(partition(change.partition), change)
      for (const record of noted) note(record)
    },
    note,
    async shelved(id, kind, key): Promise<unknown> {
      return partition(id).shelf.get(`${kind}/${key}`)?.value
    },
    async shelf(id, kind, query): Promise<readonly Row[]> {
      const rows = [...partition(id).shelf.values()].filter((row) => row.kind === kind && within(row.key, query))
      return rows.toSorted((a, b) => byBytes(a.key, b.key)).slice(0, query.limit)
    },
    async audited(query): Promise<readonly AuditRecord[]> {
      return records
        .filter((record) => matches(record, query))
        .toReversed()
        .slice(0, query.limit)
    },
    async close(): Promise<void> {},
  }
}

function apply(kept: Kept, { kind, key, value }: Change): void {
  const place = SHELVED.has(kind) ? kept.shelf : kept.rows
  if (value === undefined) place.delete(`${kind}/${key}`)
  else place.set(`${kind}/${key}`, { kind, key, value })
}

function within(key: string, { prefix = '', after }: ShelfQuery): boolean {
  return key.startsWith(prefix) && (after === undefined || byBytes(key, after) > 0)
}

function matches(record: AuditRecord, { account, requestId }: AuditQuery): boolean {
  return (
    (account === undefined || record.recipientAccountId === account) &&
    (requestId === undefined || record.requestID === requestId)
  )
}
