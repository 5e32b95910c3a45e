/** The schema of a SQLite store, as the steps that lead to it. A step that has been released never changes. */

import { attachmentsFrom, type ListsTargets } from '@sallyport/estate'
import type { DatabaseSync } from 'node:sqlite'
import { ORGANIZATION } from '../directory.ts'

type Step = (database: DatabaseSync) => void

const FIRST = `
  CREATE TABLE partition (id TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE item (partition TEXT, kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (partition, kind, key)) WITHOUT ROWID;
  CREATE TABLE shelf (partition TEXT, kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (partition, kind, key)) WITHOUT ROWID;
  CREATE TABLE document (digest TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE audit (id INTEGER PRIMARY KEY, account TEXT, request TEXT NOT NULL, record TEXT NOT NULL);
  CREATE INDEX audit_account ON audit (account, id);
  CREATE INDEX audit_request ON audit (request);
`

/** Versions are texts that no two commits share; records can be found by more, and are counted by the time they came. */
const SECOND = `
  CREATE TABLE moved (id TEXT PRIMARY KEY, version TEXT NOT NULL) WITHOUT ROWID;
  INSERT INTO moved SELECT id, version || '-0' FROM partition;
  DROP TABLE partition;
  ALTER TABLE moved RENAME TO partition;

  DROP INDEX audit_account;
  DROP INDEX audit_request;
  ALTER TABLE audit RENAME TO old;
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, account TEXT NOT NULL, principal TEXT NOT NULL, event TEXT NOT NULL,
    request TEXT NOT NULL, record TEXT NOT NULL
  );
  INSERT INTO audit SELECT
    id, 1000 * CAST(strftime('%s', json_extract(record, '$.eventTime')) AS INTEGER), coalesce(account, ''),
    coalesce(json_extract(record, '$.userIdentity.arn'), ''), json_extract(record, '$.eventName'), request, record
    FROM old;
  DROP TABLE old;
  CREATE INDEX audit_time ON audit (time);
  CREATE INDEX audit_account ON audit (account, time);
  CREATE INDEX audit_principal ON audit (principal, time);
  CREATE INDEX audit_event ON audit (event, time);
  CREATE INDEX audit_request ON audit (request);
  CREATE TABLE audit_slot (slot INTEGER PRIMARY KEY, last INTEGER NOT NULL, bytes INTEGER NOT NULL);
  INSERT INTO audit_slot SELECT max(time) / 600000, max(id), sum(length(record)) FROM audit HAVING max(id) IS NOT NULL;

  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`

export const migrations: readonly Step[] = [
  (database) => database.exec(FIRST),
  (database) => {
    database.exec(SECOND)
    hangPolicies(database)
  },
]

/** What hangs on a node of the organisation is a row of the node's own now. */
function hangPolicies(database: DatabaseSync): void {
  const rows = database.prepare(`SELECT value FROM item WHERE partition = ? AND kind = 'orgPolicy'`).all(ORGANIZATION)
  // the first schema's rows of this kind
  const before = rows.map(({ value }) => JSON.parse(String(value)) as ListsTargets)
  const { attachments, policies } = attachmentsFrom(before)
  const write = database.prepare(
    'INSERT INTO item VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  )
  for (const policy of policies) write.run(ORGANIZATION, 'orgPolicy', policy.id, JSON.stringify(policy))
  for (const row of attachments) write.run(ORGANIZATION, 'attachment', row.target, JSON.stringify(row))
}
