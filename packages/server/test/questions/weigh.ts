/** Sets what operations asked beside what the reference says of the actions: a line for each, and what does not agree. */

import type { Request } from '@sallyport/policy'
import { referenceAction, type ReferenceAction, type ReferenceType } from './reference.ts'
import type { Asked } from './story.ts'

/** One action that an operation asks about. */
export interface Line {
  readonly operation: string
  readonly action: string
  /** The reference's names of the resources' types; `*` where it asks about no resource. */
  readonly resources: readonly string[]
  /** Condition keys that it gives, in the reference's spelling. */
  readonly given: readonly string[]
  /** Those that the reference has for the action and these resources, and that it never gives. */
  readonly missing: readonly string[]
}

export interface Weighed {
  readonly lines: readonly Line[]
  /** Where it asks otherwise than the reference says, each a sentence. */
  readonly differences: readonly string[]
}

export async function weigh(asked: readonly Asked[]): Promise<Weighed> {
  const lines: Line[] = []
  const differences: string[] = []
  for (const [operation, calls] of Map.groupBy(asked, ({ operation }) => operation)) {
    const perCall = calls.map(({ requests }) => requests)
    const actions = Map.groupBy(perCall.flat(), ({ action }) => action)
    for (const [action, requests] of actions) {
      const reference = await referenceAction(action)
      if (reference === undefined) {
        differences.push(`${operation} asks ${action}, which is no action`)
        continue
      }
      const { line, wrong } = weighAction(reference, requests)
      lines.push({ operation, action, ...line })
      const lacking = perCall.flatMap((call) =>
        unasked(
          reference,
          call.filter((one) => one.action === action),
        ),
      )
      const dependent = reference.dependent.filter((one) => !actions.has(one)).map((one) => `does not ask ${one}`)
      differences.push(
        ...new Set([...wrong, ...lacking, ...dependent].map((what) => `${operation} (${action}) ${what}`)),
      )
    }
  }
  return { lines: lines.toSorted(byName), differences }
}

function byName(a: Line, b: Line): number {
  return `${a.operation} ${a.action}` < `${b.operation} ${b.action}` ? -1 : 1
}

interface Told {
  readonly line: Omit<Line, 'operation' | 'action'>
  readonly wrong: readonly string[]
}

function weighAction(reference: ReferenceAction, requests: readonly Request[]): Told {
  const types = new Set(requests.flatMap((one) => typesOf(reference, one)))
  const wrong = requests.flatMap(({ resource }) => {
    if (resource === '*') return []
    if (reference.types.length === 0) return ['asks about a resource, and the action has none']
    return reference.types.some(({ pattern }) => pattern.test(resource)) ? [] : [`asks about ${kindOf(resource)}`]
  })
  const named = requests.some(({ resource }) => resource === '*') ? ['*'] : []
  const known = [...new Set([...reference.keys, ...[...types].flatMap(({ keys }) => keys)])]
  const keys = [...new Set(requests.flatMap(({ context }) => [...context.keys()].filter(isOwn)))]
  const givable = [...known, ...[...types].flatMap(({ also }) => also)]
  const spelled = keys.map((key) => ({ key, as: givable.find((one) => isKey(one, key)) }))
  const given = [...new Set(spelled.flatMap(({ as }) => as ?? []))].toSorted()
  const strange = spelled.filter(({ as }) => as === undefined).map(({ key }) => `gives ${familyOf(key)}`)
  return {
    line: {
      resources: [...named, ...[...types].map(({ name }) => name).toSorted()],
      given,
      missing: known.filter((key) => !given.includes(key)).toSorted(),
    },
    wrong: [...wrong, ...strange],
  }
}

function typesOf({ types }: ReferenceAction, { resource }: Request): readonly ReferenceType[] {
  return types.filter(({ pattern }) => pattern.test(resource))
}

/** The types that every call of the action is about, and this one did not ask about. */
function unasked(reference: ReferenceAction, requests: readonly Request[]): readonly string[] {
  if (requests.length === 0) return []
  const asked = new Set(requests.flatMap((one) => typesOf(reference, one)))
  return reference.types.filter((type) => type.required && !asked.has(type)).map(({ name }) => `asks about no ${name}`)
}

/** `arn:aws:iam::1:user/x` → `iam … user/`: what kind of thing it is, without its name. */
function kindOf(arn: string): string {
  const [, , service, , , ...rest] = arn.split(':')
  return `a resource of ${service} like ${rest
    .join(':')
    .replace(/[^/:]+$/, '…')
    .replace(/\bo-[a-z0-9]+/, '…')}`
}

/** Not one of those that every call has: who, when, from where. */
function isOwn(key: string): boolean {
  return !key.startsWith('aws:') || /^aws:(?:requesttag\/|resourcetag\/|tagkeys$)/.test(key)
}

function isKey(reference: string, key: string): boolean {
  const family = /^(.*?)(?:\$\{\w+\}|<\w+>)$/.exec(reference.toLowerCase())?.[1]
  return family === undefined ? reference.toLowerCase() === key : key.startsWith(family)
}

function familyOf(key: string): string {
  return key.replace(/(tag)\/.+$/, '$1/…')
}
