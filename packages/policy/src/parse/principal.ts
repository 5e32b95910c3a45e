/** The Principal element: everyone, or names by type. Twelve digits become the account's ARN; half a wildcard is refused. */

import type { PrincipalElement, PrincipalType } from '../document.ts'
import type { Report } from './finding.ts'
import type { Json } from './json.ts'
import { parseArn } from '../arn.ts'
import { textsOf, type Complain } from './texts.ts'

const TYPES: ReadonlyMap<string, PrincipalType> = new Map([
  ['AWS', 'AWS'],
  ['Service', 'Service'],
  ['Federated', 'Federated'],
  ['CanonicalUser', 'CanonicalUser'],
])

export function readPrincipal(json: Json | undefined, path: string, complain: Complain): PrincipalElement | undefined {
  if (json === undefined) return undefined
  const invalid = (subject: string): undefined => complain(invalidPrincipal(path, subject))
  if (json.is === 'text') return json.value === '*' ? { everyone: true, by: {} } : invalid(`"${json.value}"`)
  if (json.is !== 'object' || json.members.size === 0) return invalid('')
  let everyone = false
  const by: Partial<Record<PrincipalType, readonly string[]>> = {}
  for (const [name, given] of json.members) {
    const type = TYPES.get(name)
    const values = textsOf(given, `${path}.${name}`, complain)
    if (type === undefined || values?.length === 0) return invalid(`"${name.toUpperCase()}"`)
    everyone ||= type === 'AWS' && (values ?? []).includes('*')
    by[type] = (values ?? []).filter((value) => type !== 'AWS' || value !== '*').map((value) => spelled(type, value))
    const wrong = by[type].find((value) => !ACCEPTS[type](value))
    if (wrong !== undefined && type === 'Federated') return complain(invalidFederated(`${path}.${name}`, wrong))
    if (wrong !== undefined) return invalid(`"${name.toUpperCase()}":"${wrong}"`)
  }
  return { everyone, by }
}

function invalidPrincipal(path: string, subject: string): Report {
  return {
    code: 'InvalidPrincipal',
    path,
    subject,
    detail: 'principals are `*`, accounts, ARNs, services or providers',
  }
}

function invalidFederated(path: string, subject: string): Report {
  return {
    code: 'InvalidFederated',
    path,
    subject,
    detail: 'providers are domain names, or ARNs of SAML or OIDC providers',
  }
}

function spelled(type: PrincipalType, value: string): string {
  return type === 'AWS' && /^\d{12}$/.test(value) ? `arn:aws:iam::${value}:root` : value
}

const ACCEPTS: Readonly<Record<PrincipalType, (value: string) => boolean>> = {
  AWS: isAwsPrincipal,
  Service: (value) => /^[\w.-]+$/.test(value) && value.includes('.'),
  Federated: isProvider,
  CanonicalUser: (value) => value !== '' && !/[*?]/.test(value),
}

/** A provider that AWS knows by its domain, or one that an account has; whether it has it is not asked. */
function isProvider(value: string): boolean {
  if (/^(?:[a-z0-9-]+\.)+[a-z0-9-]+(?:\/[\w./-]*)?$/i.test(value)) return true
  return /^arn:aws[a-z-]*:iam::\d{12}:(?:saml|oidc)-provider\/[^*?\s]+$/.test(value)
}

/** An account, a user, a role, a session, or the unique id that a deleted one left behind. */
function isAwsPrincipal(value: string): boolean {
  if (/^A[A-Z]{3}[A-Z0-9]{5,124}$/.test(value)) return true
  const arn = parseArn(value)
  if (arn === undefined || /[*?]/.test(value) || arn.account === '') return false
  if (arn.service === 'iam') return arn.resource === 'root' || /^(?:user|role)\/./.test(arn.resource)
  return arn.service === 'sts' && /^(?:assumed-role\/.+\/|federated-user\/)./.test(arn.resource)
}
