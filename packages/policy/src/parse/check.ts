/** What a kind of policy asks of a well-shaped document, in AWS's order of checks. */

import { checkResource } from './resource.ts'
import type { Document, PolicyKind, Statement, Version } from '../document.ts'
import type { Report } from './finding.ts'
import { readDate } from '../condition/values.ts'

interface Placed {
  readonly statement: Statement
  readonly path: string
}

type Check = (placed: Placed) => readonly Report[]
type WholeCheck = (document: Document) => readonly Report[]

/** Each rule over the whole document before the next: AWS answers the first that fails. */
export function checkDocument(document: Document, kind: PolicyKind, since?: Version): readonly Report[] {
  const placed = document.statements.map((statement, i) => ({ statement, path: `Statement[${i}]` }))
  const old: readonly Report[] =
    since === '2012-10-17' && document.version !== since ? [{ code: 'OldVersion', path: 'Version' }] : []
  const [before, after] = CHECKS[kind]
  const check = (checks: readonly Check[]): readonly Report[] =>
    checks.flatMap((one) => placed.flatMap((each) => located(one(each), each.statement)))
  return [...old, ...check(before), ...uniqueSids(document), ...check(after)]
}

const principalForbidden: Check = ({ statement, path }) => [
  ...prohibited(statement.principal, path, 'Principal'),
  ...prohibited(statement.notPrincipal, path, 'NotPrincipal'),
]

const principalRequired: Check = ({ statement, path }) => {
  if (statement.principal !== undefined || statement.notPrincipal !== undefined) return []
  return [{ code: 'MissingField', path, subject: 'Principal' }]
}

/** AWS no longer takes an Allow for all but the listed. */
const notPrincipalOnlyDenies: Check = ({ statement, path }) =>
  statement.effect === 'Allow' ? prohibited(statement.notPrincipal, path, 'NotPrincipal') : []

const resourceForbidden: Check = ({ statement, path }) => [
  ...prohibited(statement.notPrincipal, path, 'NotPrincipal'),
  ...prohibited(statement.resources, path, 'Resource'),
  ...prohibited(statement.notResources, path, 'NotResource'),
]

const actionsRequired: Check = ({ statement, path }) => {
  const actions = statement.actions ?? statement.notActions ?? []
  return actions.length > 0 ? [] : [{ code: 'MissingActions', path }]
}

const resourcesRequired: Check = ({ statement, path }) => {
  const resources = statement.resources ?? statement.notResources ?? []
  return resources.length > 0 ? [] : [{ code: 'MissingResources', path }]
}

const resourcesSpelled: Check = ({ statement, path }) => resourcesOf({ statement, path }).flatMap(checkResource)

const actionsSpelled: Check = ({ statement, path }) => {
  const element = statement.actions === undefined ? 'NotAction' : 'Action'
  return actionsOf(statement).flatMap((action) => checkAction(action, `${path}.${element}`))
}

const conditionKeysSpelled: Check = ({ statement, path }) =>
  statement.conditions
    .filter(({ key }) => !key.includes(':'))
    .map(({ operator, key }) => ({ code: 'MissingVendor', path: `${path}.Condition.${operator}.${key}` }))

/** IAM reads every document a second time, with an older and stricter eye. */
const datesLegacy: Check = ({ statement, path }) => {
  const dated = statement.conditions.filter(({ operator }) => /(?:^|:)date/i.test(operator))
  const failed = dated.some(({ values }) => values.some((date) => readDate(date) === undefined))
  return failed ? [{ code: 'LegacyParsing', path }] : []
}

const resourcesLegacy: Check = (placed) =>
  resourcesOf(placed).flatMap(({ resource, path }) => (failsLegacy(resource) ? [{ code: 'LegacyParsing', path }] : []))

const sidsSpelled: Check = ({ statement, path }) =>
  /^[0-9A-Za-z]*$/.test(statement.sid ?? '') ? [] : [{ code: 'InvalidSid', path: `${path}.Sid` }]

const assumesOnly: Check = ({ statement, path }) =>
  actionsOf(statement).every((action) => /^sts:./i.test(action)) ? [] : [{ code: 'ActionOutOfScope', path }]

/** Customers' resource control policies deny, to everyone. AWS's own full-access one is the exception that allows. */
const deniesEveryone: Check = ({ statement, path }) => {
  if (isFullAccess(statement)) return []
  const { effect, principal, notActions } = statement
  const named = Object.keys(principal?.by ?? {}).some((type) => type !== 'AWS') || (principal?.by.AWS?.length ?? 0) > 0
  if (effect === 'Deny' && principal?.everyone === true && !named && notActions === undefined) return []
  return [{ code: 'InvalidSyntax', path, detail: 'an RCP denies, with `Principal` `*` and without `NotAction`' }]
}

const IDENTITY: readonly [readonly Check[], readonly Check[]] = [
  [principalForbidden, datesLegacy, sidsSpelled],
  [actionsRequired, resourcesRequired, resourcesSpelled, resourcesLegacy, actionsSpelled, conditionKeysSpelled],
]
const RESOURCE: typeof IDENTITY = [
  [principalRequired, notPrincipalOnlyDenies],
  [actionsRequired, resourcesRequired, actionsSpelled],
]

/** What comes before the uniqueness of statement ids, and what after. */
const CHECKS: Readonly<Record<PolicyKind, typeof IDENTITY>> = {
  identity: IDENTITY,
  boundary: IDENTITY,
  session: IDENTITY,
  trust: [
    [resourceForbidden, principalRequired],
    [actionsRequired, assumesOnly, actionsSpelled],
  ],
  resource: RESOURCE,
  endpoint: RESOURCE,
  scp: [[principalForbidden], [actionsRequired, resourcesRequired, actionsSpelled]],
  rcp: [
    [deniesEveryone, principalRequired],
    [actionsRequired, resourcesRequired, actionsSpelled],
  ],
}

const uniqueSids: WholeCheck = ({ statements }) => {
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]))
  return new Set(sids).size === sids.length ? [] : [{ code: 'DuplicateSid', path: 'Statement' }]
}

function located(reports: readonly Report[], { start }: Statement): readonly Report[] {
  return start === undefined ? reports : reports.map((report) => ({ ...report, position: start }))
}

function checkAction(action: string, path: string): readonly Report[] {
  const [vendor = '', ...rest] = action.split(':', 3)
  const detail = `in \`${action}\``
  if (rest.length === 0) return vendor === '*' ? [] : [{ code: 'MissingVendor', path, detail }]
  if (rest.length > 1) return [{ code: 'TooManyColons', path, detail }]
  const valid = vendor === '*' || /^[a-zA-Z0-9.-]+$/.test(vendor)
  return valid ? [] : [{ code: 'InvalidVendor', path, subject: vendor, detail }]
}

function failsLegacy(resource: string): boolean {
  if (resource === '*') return false
  const segments = resource.split(':', 6)
  if (segments.length < 6 && resource.includes('::')) return true
  return segments[2] === ''
}

function actionsOf(statement: Statement): readonly string[] {
  return statement.actions ?? statement.notActions ?? []
}

function resourcesOf({ statement, path }: Placed): readonly { readonly resource: string; readonly path: string }[] {
  const element = statement.resources === undefined ? 'NotResource' : 'Resource'
  const resources = statement.resources ?? statement.notResources ?? []
  return resources.map((resource) => ({ resource, path: `${path}.${element}` }))
}

function prohibited(element: unknown, path: string, name: string): readonly Report[] {
  return element === undefined ? [] : [{ code: 'ProhibitedField', path: `${path}.${name}`, subject: name }]
}

function isFullAccess({ effect, principal, actions, resources, conditions }: Statement): boolean {
  return (
    effect === 'Allow' && principal?.everyone === true && isAll(actions) && isAll(resources) && conditions.length === 0
  )
}

function isAll(list: readonly string[] | undefined): boolean {
  return list?.length === 1 && list[0] === '*'
}
