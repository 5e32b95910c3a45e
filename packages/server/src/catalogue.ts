/**
 * AWS's managed policies, from generated files: an index that is read at the first question, and the documents, each
 * read from its place in one long file when somebody looks at it. Nothing of that file stays in memory.
 */

import { openSync, readFileSync, readSync } from 'node:fs'
import type { AwsPolicy, AwsPolicyVersion, Catalogue } from '@sallyport/estate'
import { dataFile } from './data.ts'

/** A row of `data/catalogue.json`: path, name, id, created, updated, versions [number, created, offset, length], deprecated. */
type Entry = readonly [
  path: string,
  name: string,
  id: string,
  createdAt: number,
  updatedAt: number,
  versions: readonly (readonly [number: number, createdAt: number, offset: number, length: number])[],
  deprecated: 0 | 1,
]

export function awsCatalogue(): Catalogue {
  let index: ReadonlyMap<string, Entry> | undefined
  let texts: number | undefined
  const policies = new Map<string, AwsPolicy>()

  const entries = (): ReadonlyMap<string, Entry> => {
    index ??= new Map(
      // written by tools/catalogue.ts in this form
      (JSON.parse(readFileSync(dataFile('catalogue.json'), 'utf8')) as Entry[]).map((entry) => [
        `arn:aws:iam::aws:policy${entry[0]}${entry[1]}`,
        entry,
      ]),
    )
    return index
  }
  const text = (offset: number, length: number): string => {
    texts ??= openSync(dataFile('catalogue.txt'), 'r')
    const bytes = Buffer.allocUnsafe(length)
    readSync(texts, bytes, 0, length, offset)
    return bytes.toString()
  }
  const build = (arn: string, [path, name, id, createdAt, updatedAt, versions, deprecated]: Entry): AwsPolicy => ({
    arn,
    name,
    path,
    id,
    createdAt,
    updatedAt,
    defaultVersion: `v${versions.at(-1)?.[0] ?? 1}`,
    versions: versions.map((row) => version(row, text)),
    deprecated: deprecated === 1,
  })

  return {
    policy(arn) {
      const known = policies.get(arn)
      if (known !== undefined) return known
      const entry = entries().get(arn)
      if (entry === undefined) return undefined
      const policy = build(arn, entry)
      policies.set(arn, policy)
      return policy
    },
    arns: () => [...entries().keys()],
  }
}

/** The document is read when somebody looks at it. */
function version(
  [number, createdAt, offset, length]: Entry[5][number],
  text: (offset: number, length: number) => string,
): AwsPolicyVersion {
  let document: string | undefined
  return {
    id: `v${number}`,
    createdAt,
    get document() {
      document ??= text(offset, length)
      return document
    },
  }
}
