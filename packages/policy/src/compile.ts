/** Document → what decide() runs. The same document is compiled once, however many accounts have it. */

import type { Document, PolicyKind } from './document.ts'
import { actionIndex, listedBy, lookUp, noneOf } from './match/action.ts'
import { parse } from './parse.ts'
import { ruleOf, type Rule } from './statement.ts'

export interface Compiled {
  readonly kind: PolicyKind
  readonly document: Document
  /** The text was no policy: `document` denies everything in its stead. */
  readonly unreadable?: true
  /** The statements about an action, in the document's order. */
  readonly about: (action: string) => readonly Rule[]
}

export function compile(document: Document, kind: PolicyKind): Compiled {
  const rules = document.statements.map((statement, i) => ruleOf(statement, i, kind, document.version))
  const index = actionIndex(rules.flatMap((rule) => listedBy(rule.statement, rule)))
  const others = rules.flatMap((rule) => {
    const { notActions } = rule.statement
    return notActions === undefined ? [] : [{ rule, applies: noneOf(notActions) }]
  })
  const about = (action: string): readonly Rule[] => {
    const found = new Set(lookUp(index, action))
    for (const { rule, applies } of others) if (applies(action)) found.add(rule)
    return found.size < 2 ? [...found] : [...found].sort((one, other) => one.index - other.index)
  }
  return { kind, document, about: remembering(about) }
}

/** Of so many actions a policy remembers which statements are about them. */
const REMEMBERED = 256

/** Asks once for each spelling of an action. Actions are many, but those that are called again and again are few. */
function remembering(about: Compiled['about']): Compiled['about'] {
  const answers = new Map<string, readonly Rule[]>()
  return (action) => {
    const known = answers.get(action)
    if (known !== undefined) return known
    const found = about(action.toLowerCase())
    if (answers.size === REMEMBERED) answers.clear()
    answers.set(action, found)
    return found
  }
}

/** Stands for a text that cannot be read: nothing is allowed on doubt. */
const UNREADABLE: Document = {
  version: '2012-10-17',
  statements: [
    {
      sid: 'UnreadablePolicy',
      effect: 'Deny',
      principal: { everyone: true, by: {} },
      actions: ['*'],
      resources: ['*'],
      conditions: [],
    },
  ],
}

/** Compiled policies by their text. Bounded: the longest unused leaves first. */
export class Library {
  readonly #most: number
  readonly #shelves = new Map<PolicyKind, Map<string, Compiled>>()

  /** `most` texts of each kind are kept. */
  constructor(most = 20_000) {
    this.#most = most
  }

  policyFor(text: string, kind: PolicyKind): Compiled {
    const shelf = this.#shelf(kind)
    const known = shelf.get(text)
    const policy = known ?? read(text, kind)
    if (known !== undefined) shelf.delete(text)
    shelf.set(text, policy)
    if (shelf.size > this.#most) shelf.delete(oldest(shelf) ?? text)
    return policy
  }

  #shelf(kind: PolicyKind): Map<string, Compiled> {
    const shelf = this.#shelves.get(kind) ?? new Map<string, Compiled>()
    this.#shelves.set(kind, shelf)
    return shelf
  }
}

export function createLibrary(most?: number): Library {
  return new Library(most)
}

function read(text: string, kind: PolicyKind): Compiled {
  const parsed = parse(text, kind)
  if (parsed.ok) return compile(parsed.document, kind)
  return { ...compile(UNREADABLE, kind), unreadable: true }
}

/** A Map keeps the order in which its keys were set. */
function oldest(shelf: ReadonlyMap<string, Compiled>): string | undefined {
  return shelf.keys().next().value
}
