/** JSON → Document: which elements there are, of which JSON type. What they say is checked afterwards (check.ts). */

import { readOperator } from '../condition/block.ts'
import type { ConditionLine, Document, Effect, PolicyKind, Position, Statement, Version } from '../document.ts'
import type { Report } from './finding.ts'
import type { Json, JsonObject } from './json.ts'
import { readPrincipal } from './principal.ts'
import { textOf, textsOf, type Complain } from './texts.ts'

export type Shaped =
  | { readonly ok: true; readonly document: Document }
  | { readonly ok: false; readonly reports: readonly Report[] }

export interface Setting {
  readonly kind: PolicyKind
  readonly positionOf: (offset: number) => Position
}

const DOCUMENT = new Set(['Version', 'Id', 'Statement'])
const STATEMENT = new Set(
  'Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'.split(' '),
)
const VERSIONS: ReadonlyMap<string, Version> = new Map([
  ['2008-10-17', '2008-10-17'],
  ['2012-10-17', '2012-10-17'],
])

export function readDocument(json: Json, setting: Setting): Shaped {
  const reports: Report[] = []
  const complain: Complain = (report) => void reports.push(report)
  const document = documentOf(json, setting, complain)
  return document === undefined || reports.length > 0 ? { ok: false, reports } : { ok: true, document }
}

function documentOf(json: Json, setting: Setting, complain: Complain): Document | undefined {
  if (json.is !== 'object') return complain({ code: 'InvalidJson', path: '', detail: 'a policy is a JSON object' })
  unknownIn(json, DOCUMENT, '', complain)
  const version = textOf(json.members.get('Version'), 'Version', complain) ?? '2008-10-17'
  const known = VERSIONS.get(version)
  if (known === undefined)
    complain({ code: 'InvalidSyntax', path: 'Version', detail: `there is no version \`${version}\`` })
  const id = textOf(json.members.get('Id'), 'Id', complain)
  const statement = json.members.get('Statement')
  if (statement === undefined) return complain({ code: 'MissingField', path: '', subject: 'Statement' })
  const statements =
    statement.is === 'array'
      ? statement.items.map((item, i) => statementOf(item, `Statement[${i}]`, setting, complain))
      : [statementOf(statement, 'Statement', setting, complain)]
  return {
    version: known ?? '2008-10-17',
    ...(id !== undefined && { id }),
    statements: statements.filter((one) => one !== undefined),
  }
}

function statementOf(json: Json, path: string, setting: Setting, complain: Complain): Statement | undefined {
  if (json.is !== 'object') return complain({ code: 'InvalidSyntax', path, detail: 'a statement is a JSON object' })
  const { members } = json
  unknownIn(json, STATEMENT, path, complain)
  for (const name of ['Principal', 'Action', 'Resource']) {
    const both = members.has(name) && members.has(`Not${name}`)
    if (both) complain({ code: 'InvalidSyntax', path, detail: `has both \`${name}\` and \`Not${name}\`` })
  }
  const list = (name: string): readonly string[] | undefined => textsOf(members.get(name), `${path}.${name}`, complain)
  const principal = (name: string) => readPrincipal(members.get(name), `${path}.${name}`, complain)
  const effect = effectOf(members.get('Effect'), path, complain)
  return {
    ...defined('sid', textOf(members.get('Sid'), `${path}.Sid`, complain)),
    effect: effect ?? 'Deny',
    ...defined('principal', principal('Principal')),
    ...defined('notPrincipal', principal('NotPrincipal')),
    ...defined('actions', list('Action')),
    ...defined('notActions', list('NotAction')),
    ...defined('resources', list('Resource')),
    ...defined('notResources', list('NotResource')),
    conditions: conditionsOf(members.get('Condition'), `${path}.Condition`, complain),
    start: setting.positionOf(json.start),
    end: setting.positionOf(json.end),
  }
}

function effectOf(json: Json | undefined, path: string, complain: Complain): Effect | undefined {
  if (json === undefined) return complain({ code: 'MissingField', path, subject: 'Effect' })
  if (json.is === 'text' && (json.value === 'Allow' || json.value === 'Deny')) return json.value
  // IAM's first reading takes an effect in any case; its second, older one does not.
  const cased = json.is === 'text' && /^(?:allow|deny)$/i.test(json.value)
  const detail = 'an effect is `Allow` or `Deny`'
  return complain({ code: cased ? 'LegacyParsing' : 'InvalidSyntax', path: `${path}.Effect`, detail })
}

function conditionsOf(json: Json | undefined, path: string, complain: Complain): readonly ConditionLine[] {
  if (json === undefined) return []
  if (json.is !== 'object') {
    complain({ code: 'InvalidSyntax', path, detail: 'a condition is a JSON object' })
    return []
  }
  return [...json.members].flatMap(([operator, keys]) => linesOf(operator, keys, `${path}.${operator}`, complain))
}

function linesOf(operator: string, keys: Json, path: string, complain: Complain): readonly ConditionLine[] {
  if (readOperator(operator) === undefined) {
    complain({ code: 'InvalidSyntax', path, detail: `there is no condition operator \`${operator}\`` })
    return []
  }
  if (keys.is !== 'object') {
    complain({ code: 'InvalidSyntax', path, detail: 'an operator holds an object of keys' })
    return []
  }
  return [...keys.members].map(([key, json]) => ({ operator, key, values: valuesOf(json, `${path}.${key}`, complain) }))
}

/** Numbers and booleans are legal condition values; they count as they are written. */
function valuesOf(json: Json, path: string, complain: Complain): readonly string[] {
  const items = json.is === 'array' ? json.items : [json]
  return items.flatMap((item) => {
    if (item.is === 'text' || item.is === 'number') return [item.value]
    if (item.is === 'word' && item.value !== 'null') return [item.value]
    complain({ code: 'InvalidSyntax', path, detail: 'a condition value is a text, a number or a boolean' })
    return []
  })
}

function unknownIn(json: JsonObject, known: ReadonlySet<string>, path: string, complain: Complain): void {
  for (const name of json.members.keys()) {
    if (!known.has(name)) complain({ code: 'UnknownField', path, subject: name, detail: `unknown element \`${name}\`` })
  }
}

function defined<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  // A computed key widens to string; it is K.
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V }
}
