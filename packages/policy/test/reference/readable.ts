/** Is this document a policy of its kind at all? One that is not denies everything: nothing is allowed on doubt. */

import { list, operator } from './conditions.ts'
import type { Kind } from './matching.ts'
import { date } from './values.ts'
import type { Json } from './world.ts'

export function readable(policy: unknown, kind: Kind): boolean {
  if (!isObject(policy) || !only(policy, ['Version', 'Id', 'Statement'])) return false
  const { Version = '2008-10-17', Id = '', Statement } = policy
  if (Version !== '2008-10-17' && Version !== '2012-10-17') return false
  if (typeof Id !== 'string' || Statement === undefined) return false
  const statements: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement]
  const sids = statements.flatMap((one) => (isObject(one) && one['Sid'] ? [one['Sid']] : []))
  return new Set(sids).size === sids.length && statements.every((one) => readableStatement(one, kind))
}

const ELEMENTS = 'Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'.split(' ')

/** Kinds of policy that hang on whom they are about. */
function owned(kind: Kind): boolean {
  return kind === 'identity' || kind === 'boundary' || kind === 'session'
}

function readableStatement(statement: unknown, kind: Kind): boolean {
  if (!isObject(statement) || !only(statement, ELEMENTS)) return false
  const { Sid = '', Effect, Condition = {} } = statement
  if (Effect !== 'Allow' && Effect !== 'Deny') return false
  if (typeof Sid !== 'string' || (owned(kind) && !/^[A-Za-z0-9]*$/.test(Sid))) return false
  for (const name of ['Action', 'Resource', 'Principal']) {
    if (statement[name] !== undefined && statement[`Not${name}`] !== undefined) return false
  }
  return (
    actions(statement, kind) &&
    resources(statement, kind) &&
    principals(statement, kind) &&
    conditions(Condition, kind) &&
    (kind !== 'rcp' || deniesAll(statement))
  )
}

function actions({ Action, NotAction }: Json, kind: Kind): boolean {
  const given = Action ?? NotAction
  if (!texts(given) || list(given).length === 0) return false
  return list(given).every((action) => {
    const parts = action.split(':')
    if (kind === 'trust' && !/^sts:./i.test(action)) return false
    if (parts.length === 1) return action === '*'
    return parts.length === 2 && /^(?:\*|[A-Za-z0-9.-]+)$/.test(parts[0] ?? '')
  })
}

function resources({ Resource, NotResource }: Json, kind: Kind): boolean {
  const given = Resource ?? NotResource
  if (kind === 'trust') return given === undefined
  if (!texts(given) || list(given).length === 0) return false
  return !owned(kind) || list(given).every((resource) => resource === '*' || isArn(resource))
}

const PARTITIONS = 'aws aws-cn aws-us-gov aws-iso aws-iso-b aws-iso-e aws-iso-f aws-eusc'.split(' ')
const IAM_RESOURCES =
  /^(?:\*|root$|(?:user|federated-user|role|group|instance-profile|mfa|server-certificate|policy|sms-mfa|saml-provider|oidc-provider|report|access-report)\/)/

/** Facts 63 and 102. */
function isArn(text: string): boolean {
  const parts = text.split(':')
  const [scheme, partition = '', service = '', region = '', account, ...rest] = parts
  if (scheme !== 'arn' || service === '' || /[*?]/.test(service)) return false
  if (!PARTITIONS.includes(partition) && !/[*?]/.test(partition)) return false
  if (parts.length < 6 && text.includes('::')) return false
  const regional = region !== '' && region !== '*'
  if (regional && (service === 'iam' || (service === 's3' && account === ''))) return false
  return service !== 'iam' || rest.length === 0 || IAM_RESOURCES.test(rest.join(':'))
}

function principals({ Principal, NotPrincipal, Effect }: Json, kind: Kind): boolean {
  if (owned(kind) || kind === 'scp') return Principal === undefined && NotPrincipal === undefined
  if (NotPrincipal !== undefined)
    return kind !== 'trust' && kind !== 'rcp' && Effect === 'Deny' && isPrincipal(NotPrincipal)
  return isPrincipal(Principal)
}

function isPrincipal(given: unknown): boolean {
  if (given === '*') return true
  if (!isObject(given) || Object.keys(given).length === 0) return false
  return Object.entries(given).every(([type, values]) => {
    if (!texts(values) || list(values).length === 0) return false
    if (type === 'AWS') return list(values).every((value) => value === '*' || isAwsPrincipal(value))
    if (type === 'Service') return list(values).every((value) => /^[A-Za-z0-9_.-]+$/.test(value) && value.includes('.'))
    if (type === 'Federated') return list(values).every(isProvider)
    return type === 'CanonicalUser' && list(values).every((value) => /^[^*?]+$/.test(value))
  })
}

function isProvider(value: string): boolean {
  const [, , service, region, account, ...rest] = value.split(':')
  if (!value.startsWith('arn:')) return /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:\/[A-Za-z0-9_./-]*)?$/.test(value)
  const named = /^(?:saml|oidc)-provider\/[^*?\s]+$/.test(rest.join(':'))
  return /^arn:aws[a-z-]*:/.test(value) && service === 'iam' && region === '' && /^\d{12}$/.test(account ?? '') && named
}

function isAwsPrincipal(value: string): boolean {
  if (/^(?:\d{12}|A[A-Z]{3}[A-Z0-9]{5,124})$/.test(value)) return true
  return /^arn:[^:*?]+:(?:iam:[^:*?]*:[^:*?]+:(?:root$|(?:user|role)\/[^*?]+$)|sts:[^:*?]*:[^:*?]+:(?:assumed-role\/[^*?]+\/[^*?]+$|federated-user\/[^*?]+$))/.test(
    value,
  )
}

function conditions(block: unknown, kind: Kind): boolean {
  if (!isObject(block)) return false
  return Object.entries(block).every(([written, keys]) => {
    if (operator(written) === undefined || !isObject(keys)) return false
    return Object.entries(keys).every(([key, values]) => {
      const all: readonly unknown[] = Array.isArray(values) ? values : [values]
      if (!all.every((value) => ['string', 'number', 'boolean'].includes(typeof value))) return false
      if (!owned(kind)) return true
      const dated = /^(?:for(?:all|any)values?:)?date/i.test(written)
      return key.includes(':') && (!dated || list(values).every((value) => date(value) !== undefined))
    })
  })
}

/** Customers' RCPs deny, to everyone; RCPFullAWSAccess is the one that allows. */
function deniesAll({ Effect, Principal, Action, Resource, NotAction, Condition = {} }: Json): boolean {
  const star = (given: unknown): boolean => list(given).join(' ') === '*'
  const everyone =
    star(Principal) ||
    (isObject(Principal) && only(Principal, ['AWS']) && list(Principal['AWS']).every((one) => one === '*'))
  if (!everyone) return false
  if (Effect === 'Deny') return NotAction === undefined
  return star(Action) && star(Resource) && Object.keys(Condition as Json).length === 0
}

function texts(given: unknown): boolean {
  return typeof given === 'string' || (Array.isArray(given) && given.every((one) => typeof one === 'string'))
}

function isObject(given: unknown): given is Json {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function only(given: Json, names: readonly string[]): boolean {
  return Object.keys(given).every((name) => names.includes(name))
}
