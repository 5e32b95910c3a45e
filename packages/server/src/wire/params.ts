/** A form's parameters as a tree: `Tags.member.1.Key=a` is four steps down. Both query protocols read from it. */
import { Refusal } from '../refusal.ts'
import { textOf } from './shape.ts'

export interface ParamNode {
  value?: string
  children?: Map<string, ParamNode>
}

const MOST = 50_000
const DEEPEST = 40

export function parseParams(text: string): ParamNode {
  const root: ParamNode = {}
  if (text === '') return root
  const pairs = text.split('&')
  if (pairs.length > MOST) throw new Refusal('malformed', 'the request has too many parameters')
  for (const pair of pairs) if (pair !== '') place(root, pair)
  return root
}

function place(root: ParamNode, pair: string): void {
  const equals = pair.indexOf('=')
  const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals))
  const steps = name.split('.', DEEPEST + 1)
  // Deeper than any shape: no operation has such a parameter, and those are ignored.
  if (steps.length > DEEPEST) return
  let node = root
  for (const step of steps) {
    node.children ??= new Map()
    let next = node.children.get(step)
    if (!next) node.children.set(step, (next = {}))
    node = next
  }
  node.value ??= equals < 0 ? '' : decodeForm(pair.slice(equals + 1))
}

/** One name or value of `application/x-www-form-urlencoded`. */
export function decodeForm(text: string): string {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new Refusal('malformed', 'the request has a parameter that is not valid percent-encoded UTF-8')
  }
}

/** The children with a positive number for a name, in its order. */
export function numbered(node: ParamNode): readonly ParamNode[] {
  return [...(node.children ?? [])]
    .filter(([step]) => /^[1-9]\d{0,8}$/.test(step))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child)
}

/** The parameters of a call, wherever they came: in the body of a POST, and in the query string. */
export function formOf(query: string, body: Uint8Array): string {
  return [query, textOf(body)].filter((part) => part !== '').join('&')
}
