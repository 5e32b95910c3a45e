/**
 * Makes `packages/server/overlay/<service>.json` from botocore's service descriptions: `node tools/models/overlay.ts`.
 *
 * Run when botocore is renewed, not at build time: the result is committed. It keeps facts only (bounds, patterns,
 * enums, which errors an operation documents, which operations take no signature) and only what inputs reach.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { SERVICES } from './services.ts'
import type { Constraints } from '../../packages/server/src/wire/model.ts'

/** `targets` names, for a structure's members (and `member`, `key`, `value` of lists and maps), the shape they have. */
export interface Overlay {
  readonly from: string
  readonly shapes: Readonly<Record<string, Constraints & { readonly float?: true }>>
  readonly targets: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly errors: Readonly<Record<string, readonly string[]>>
  readonly unsigned?: readonly string[]
}

interface Reference {
  readonly shape: string
}

interface BotocoreShape {
  readonly type: string
  readonly members?: Readonly<Record<string, Reference>>
  readonly member?: Reference
  readonly key?: Reference
  readonly value?: Reference
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
}

interface BotocoreModel {
  readonly operations: Readonly<
    Record<string, { input?: Reference; errors?: readonly Reference[]; authtype?: string; auth?: readonly string[] }>
  >
  readonly shapes: Readonly<Record<string, BotocoreShape>>
}

if (import.meta.main) main()

function main(): void {
  const [folder, version] = execFileSync('python3', [
    '-c',
    'import botocore; print(botocore.__path__[0]); print(botocore.__version__)',
  ])
    .toString()
    .split('\n') as [string, string]
  for (const [service, { botocore }] of Object.entries(SERVICES)) {
    const date = readdirSync(`${folder}/data/${botocore}`).sort().at(-1)
    const raw = gunzipSync(readFileSync(`${folder}/data/${botocore}/${date}/service-2.json.gz`))
    const model: BotocoreModel = JSON.parse(raw.toString())
    const overlay = overlayOf(model, `botocore ${version} ${botocore}/${date}`, service !== 'ec2')
    writeFileSync(new URL(`../../packages/server/overlay/${service}.json`, import.meta.url), print(overlay))
  }
}

function overlayOf(model: BotocoreModel, from: string, patterns: boolean): Overlay {
  const shapes: Record<string, Overlay['shapes'][string]> = {}
  const reached = reach(model)
  for (const name of reached) {
    const facts = factsOf(model.shapes[name], patterns)
    if (facts) shapes[name] = facts
  }
  const telling = tellingShapes(model, reached, shapes)
  const targets: Record<string, Record<string, string>> = {}
  for (const name of reached) {
    const kept = references(model.shapes[name]).filter(([, target]) => telling.has(target))
    if (kept.length > 0) targets[name] = Object.fromEntries(kept)
  }
  const operations = Object.entries(model.operations)
  const errors = operations
    .filter(([, { errors }]) => errors?.length)
    .map(([name, { errors = [] }]) => [name, errors.map((error) => error.shape)] as const)
  const unsigned = operations
    .filter(([, { authtype, auth }]) => authtype === 'none' || auth?.includes('smithy.api#noAuth'))
    .map(([name]) => name)
  return { from, shapes, targets, errors: Object.fromEntries(errors), ...(unsigned.length > 0 && { unsigned }) }
}

/** Every shape that some operation's input reaches. */
function reach(model: BotocoreModel): readonly string[] {
  const seen = new Set<string>()
  const todo = Object.values(model.operations).flatMap(({ input }) => (input ? [input.shape] : []))
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    todo.push(...references(model.shapes[name]).map(([, target]) => target))
  }
  return [...seen].sort()
}

/** Simple shapes, lists and maps that have facts themselves or in their elements; structures are joined by name. */
function tellingShapes(model: BotocoreModel, reached: readonly string[], facts: object): ReadonlySet<string> {
  const telling = new Set<string>()
  const tells = (name: string, depth = 0): boolean => {
    const shape = model.shapes[name]
    if (!shape || shape.type === 'structure' || depth > 8) return false
    return Object.hasOwn(facts, name) || references(shape).some(([, target]) => tells(target, depth + 1))
  }
  for (const name of reached) if (tells(name)) telling.add(name)
  return telling
}

function references(shape: BotocoreShape | undefined): readonly (readonly [string, string])[] {
  const members = Object.entries(shape?.members ?? {}).map(([name, target]) => [name, target.shape] as const)
  const { member, key, value } = shape ?? {}
  const parts = Object.entries({ member, key, value }).flatMap(([name, target]) =>
    target ? [[name, target.shape] as const] : [],
  )
  return shape?.type === 'structure' ? members : parts
}

function factsOf(shape: BotocoreShape | undefined, patterns: boolean): Overlay['shapes'][string] | undefined {
  if (!shape || shape.type === 'structure') return undefined
  const { min, max, pattern, type } = shape
  const facts = {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(patterns && pattern !== undefined && { pattern }),
    ...(shape.enum !== undefined && { enum: shape.enum }),
    ...((type === 'float' || type === 'double') && { float: true as const }),
  }
  return Object.keys(facts).length > 0 ? facts : undefined
}

/** One line a section, so that a renewal's difference can be read. */
function print(overlay: Overlay): string {
  const lines = Object.entries(overlay).map(([name, value]) => `${JSON.stringify(name)}:${section(value)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

function section(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  const rows = Object.entries(value).map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`)
  return `{\n${rows.join(',\n')}\n}`
}
