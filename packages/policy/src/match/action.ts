/** Which statements are about an action: an index, so that a request looks only at statements that can match it. */

import type { Statement } from '../document.ts'
import { globOf, matchGlob, piecesOf, type Glob } from '../pattern.ts'

interface Service<T> {
  readonly literal: Map<string, T[]>
  readonly patterns: { readonly glob: Glob; readonly item: T }[]
}

/** What a list of action patterns matches, taken apart by service prefix. Case does not count in actions. */
export interface ActionIndex<T> {
  readonly services: ReadonlyMap<string, Service<T>>
  /** `*` alone. */
  readonly every: readonly T[]
  /** `*:Get*`: a pattern over all services. */
  readonly anywhere: Service<T>['patterns']
}

export interface Listed<T> {
  readonly pattern: string
  readonly item: T
}

export function actionIndex<T>(listed: Iterable<Listed<T>>): ActionIndex<T> {
  const services = new Map<string, Service<T>>()
  const every: T[] = []
  const anywhere: Service<T>['patterns'] = []
  for (const { pattern, item } of listed) {
    const action = pattern.toLowerCase()
    const colon = action.indexOf(':')
    const [prefix, name] = [action.slice(0, colon), action.slice(colon + 1)]
    if (/^\*+$/.test(action)) every.push(item)
    else if (colon === -1 || name === '') continue
    else if (isPattern(prefix)) anywhere.push({ glob: globOf(piecesOf(action)), item })
    else file(services, prefix, name, item)
  }
  return { services, every, anywhere }
}

/** The items whose pattern matches, `action` being in lower case. One item may come more than once. */
export function* lookUp<T>(index: ActionIndex<T>, action: string): Generator<T> {
  yield* index.every
  const colon = action.indexOf(':')
  const name = action.slice(colon + 1)
  const service = index.services.get(action.slice(0, colon))
  if (service !== undefined) {
    yield* service.literal.get(name) ?? []
    for (const { glob, item } of service.patterns) if (matchGlob(glob, name)) yield item
  }
  for (const { glob, item } of index.anywhere) if (matchGlob(glob, action)) yield item
}

/** A NotAction: true when none of the patterns matches. */
export function noneOf(patterns: readonly string[]): (action: string) => boolean {
  const index = actionIndex(patterns.map((pattern) => ({ pattern, item: true })))
  return (action) => lookUp(index, action).next().done === true
}

/** Every action pattern of a statement's Action element with the statement's item. */
export function listedBy<T>(statement: Statement, item: T): readonly Listed<T>[] {
  return (statement.actions ?? []).map((pattern) => ({ pattern, item }))
}

function file<T>(services: Map<string, Service<T>>, prefix: string, name: string, item: T): void {
  const service = services.get(prefix) ?? { literal: new Map<string, T[]>(), patterns: [] }
  services.set(prefix, service)
  if (isPattern(name)) {
    service.patterns.push({ glob: globOf(piecesOf(name)), item })
    return
  }
  const same = service.literal.get(name)
  if (same === undefined) service.literal.set(name, [item])
  else same.push(item)
}

function isPattern(text: string): boolean {
  return text.includes('*') || text.includes('?')
}
