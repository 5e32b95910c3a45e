/** YAML with the places of things, and with bounds: a small file that unfolds into a huge one is refused. */

import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml'
import type { Path } from './finding.ts'

interface Place {
  readonly line: number
  readonly column: number
}

export type Yaml =
  | { readonly findings: readonly (Place & { readonly text: string })[] }
  | {
      readonly value: unknown
      /** Where the value at `path` stands, or its member `key` by that key's name. */
      place(path: Path, key?: string): Place
      /** The value at `path` as the file spells it. */
      source(path: Path): string
    }

/** Ten thousand accounts with all that belongs to them are a quarter of it. */
const VALUES_AT_MOST = 200_000
const DEPTH_AT_MOST = 32
const START: Place = { line: 1, column: 1 }

export function readYaml(text: string): Yaml {
  const counter = new LineCounter()
  const place = (offset: number): Place => {
    const { line, col: column } = counter.linePos(offset)
    return line === 0 ? START : { line, column }
  }
  try {
    const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true })
    if (document.errors.length > 0) {
      return { findings: distinct(document.errors.map((error) => ({ ...place(error.pos[0]), text: inWords(error) }))) }
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    if (!isBounded(value)) return unfolds()
    return {
      value,
      place: (path, key) => place(start(document, path, key)),
      source: (path) => spelling(find(document, path).node),
    }
  } catch (error) {
    // The library's word for an alias bomb, and the engine's for brackets in brackets in brackets.
    if (error instanceof ReferenceError || error instanceof RangeError) return unfolds()
    throw error
  }
}

function unfolds(): Yaml {
  return {
    findings: [{ ...START, text: 'the file unfolds into too much: it has too many aliases, or too much depth' }],
  }
}

/** The library's sentences in our form, and our own where its speak to programmers. */
function inWords({ code, message }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') return 'this key stands here for the second time: keep one of them'
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here: an organisation is one document'
  return message.replace(/\.$/, '').replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase())
}

/** One broken bracket breaks much that follows at the same place. */
function distinct<F extends Place>(findings: readonly F[]): readonly F[] {
  return [...new Map(findings.toReversed().map((one) => [`${one.line}:${one.column}`, one])).values()].toReversed()
}

/** Also refuses a value that contains itself: it has no end of depth. */
function isBounded(value: unknown): boolean {
  let values = 0
  const within = (it: unknown, depth: number): boolean => {
    values += 1
    if (values > VALUES_AT_MOST || depth > DEPTH_AT_MOST) return false
    return typeof it !== 'object' || it === null || Object.values(it).every((part) => within(part, depth + 1))
  }
  return within(value, 0)
}

/** The node at `path`, through aliases; and the last one on the way that has a place, where there is none there. */
function find(document: Document, path: Path): { readonly node: Node | null; readonly last: Node | null } {
  let node: Node | null = document.contents
  let last = node
  for (const step of path) {
    const inside: Node | null | undefined = isAlias(node) ? node.resolve(document) : node
    const next: unknown = isCollection(inside) ? inside.get(step, true) : undefined
    if (!isScalar(next) && !isCollection(next) && !isAlias(next)) return { node: null, last }
    node = next
    last = next.range ? next : last
  }
  return { node, last }
}

function start(document: Document, path: Path, key: string | undefined): number {
  const { node, last } = find(document, path)
  const inside = isAlias(node) ? node.resolve(document) : node
  if (key !== undefined && isMap(inside)) {
    const pair = inside.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
    if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0]
  }
  return last?.range?.[0] ?? 0
}

function spelling(node: Node | null): string {
  return isScalar(node) ? (node.source ?? String(node.value)) : ''
}
