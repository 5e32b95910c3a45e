/** Whether a profile may assume its role, asked of the law that decides it; and which half is missing where it may not. */

import type { ExplainAnswer } from '@sallyport/server'
import { askServer } from '../explain/door.ts'
import { Usage } from '../failure.ts'
import { nearest } from '../organization/nearest.ts'
import { quote } from '../shell.ts'
import { setting, type Finding } from './diagnosis.ts'
import type { Values } from './files.ts'
import type { Inquiry, RoleFacts } from './inquiry.ts'

export interface Assuming {
  readonly profile: string
  readonly values: Values
  /** Who assumes. */
  readonly principal: string
  readonly role: RoleFacts
}

type Context = Readonly<Record<string, string>>
type Remedy = NonNullable<ExplainAnswer['explained']>['remedies'][number]

const WITH_MFA: Context = { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '1' }

export async function checkAssuming(inquiry: Inquiry, assuming: Assuming): Promise<readonly Finding[]> {
  const context = contextOf(assuming.values)
  const answer = await ask(inquiry, assuming, context)
  if (answer.effect === 'Allow') return []
  for (const { findings, more } of await changesThatMayHelp(inquiry, assuming)) {
    if ((await ask(inquiry, assuming, { ...context, ...more })).effect === 'Allow') return findings
  }
  const names = new Map((await inquiry.accounts()).map(({ id, name }) => [id, name]))
  const remedies = answer.explained?.remedies ?? []
  const known = remedies.map((remedy) => missing(assuming, remedy, names.get(remedy.account ?? '')))
  return known.length > 0
    ? known
    : [{ code: 'denied', says: `${assuming.principal} may not assume it`, next: asking(assuming) }]
}

function contextOf(values: Values): Context {
  const [external, session] = [values.get('external_id'), values.get('role_session_name')]
  return {
    ...(external !== undefined && { 'sts:ExternalId': external }),
    ...(session !== undefined && { 'sts:RoleSessionName': session }),
    ...(values.has('mfa_serial') && WITH_MFA),
  }
}

async function ask({ where }: Inquiry, { principal, role }: Assuming, context: Context): Promise<ExplainAnswer> {
  try {
    return await askServer(where, { principal, action: 'sts:AssumeRole', resource: role.arn, context })
  } catch (error) {
    // the principal is gone: whoever has no such question may do nothing
    if (error instanceof Usage) return { text: error.message, effect: 'Deny' }
    throw error
  }
}

interface Change {
  readonly findings: readonly Finding[]
  readonly more: Context
}

/** A code of a device, an external id that the trust policy names, and both. */
async function changesThatMayHelp(
  inquiry: Inquiry,
  { profile, values, principal, role }: Assuming,
): Promise<readonly Change[]> {
  const serial = values.has('mfa_serial') ? undefined : await serialOf(inquiry, principal)
  const mfa: readonly Change[] =
    serial === undefined
      ? []
      : [
          {
            findings: [
              {
                code: 'mfa',
                says: 'the role asks for MFA, and the profile names no device',
                next: setting(profile, 'mfa_serial', serial),
              },
            ],
            more: WITH_MFA,
          },
        ]
  const given = values.get('external_id')
  const external = externalIds(role.trust)
    .filter((id) => id !== given)
    .map((id): Change => {
      const says =
        given === undefined
          ? 'the role asks for an external id, and the profile has none'
          : `the external id \`${given}\` is not the one that the role asks for`
      return {
        findings: [{ code: 'external-id', says, next: setting(profile, 'external_id', id) }],
        more: { 'sts:ExternalId': id },
      }
    })
  const both = mfa.flatMap((one) =>
    external.map((other) => ({ findings: [...one.findings, ...other.findings], more: { ...one.more, ...other.more } })),
  )
  return [...mfa, ...external, ...both]
}

export function userIn(arn: string): { readonly account: string; readonly name: string } | undefined {
  const [, account = '', name] = /^arn:[\w-]+:iam::(\d+):user\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  return name === undefined ? undefined : { account, name }
}

/** Only users have devices. */
async function serialOf(inquiry: Inquiry, principal: string): Promise<string | undefined> {
  const user = userIn(principal)
  if (user === undefined) return undefined
  const [first] = (await inquiry.devices(user.account, user.name)) ?? []
  return first ?? `arn:aws:iam::${user.account}:mfa/${user.name}`
}

/** The values without wildcards that a trust policy compares the external id with. */
function externalIds(trust: string): readonly string[] {
  const { Statement } = JSON.parse(trust) as { readonly Statement: unknown } // IAM keeps no trust policy that is no JSON object
  const statements = [Statement].flat() as readonly {
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  }[]
  const conditions = statements.flatMap(({ Condition = {} }) =>
    Object.values(Condition).flatMap((block) => Object.entries(block)),
  )
  const values = conditions.flatMap(([key, value]) => (key.toLowerCase() === 'sts:externalid' ? [value].flat() : []))
  return [...new Set(values.map(String))].filter((value) => !/[*?]|\$\{/.test(value))
}

/** The device that a profile names, among those that the source's user has. */
export async function checkDevice(
  inquiry: Inquiry,
  { profile, values, principal }: Omit<Assuming, 'role'>,
): Promise<readonly Finding[]> {
  const serial = values.get('mfa_serial')
  if (serial === undefined) return []
  const user = userIn(principal)
  if (user === undefined)
    return [{ code: 'mfa', says: `mfa_serial is set, and ${principal} is no user: only users have devices` }]
  const devices = await inquiry.devices(user.account, user.name)
  if (devices === undefined || devices.includes(serial)) return []
  const meant = nearest(serial, devices) ?? devices[0]
  if (meant !== undefined)
    return [
      { code: 'mfa', says: `${user.name} has no device \`${serial}\``, next: setting(profile, 'mfa_serial', meant) },
    ]
  const next = `aws iam create-virtual-mfa-device --virtual-mfa-device-name ${quote(user.name)} --bootstrap-method QRCodePNG --outfile mfa.png`
  return [{ code: 'mfa', says: `${user.name} has no MFA device yet`, next }]
}

function missing(assuming: Assuming, { account = '', change }: Remedy, name = account): Finding {
  const says = `in ${name} ${change}`
  const in_ = `   # in ${name}`
  if (change.startsWith("the role's trust policy must")) {
    const next = `aws iam update-assume-role-policy --role-name ${assuming.role.name} --policy-document ${quote(trustWith(assuming))}${in_}`
    return { code: 'trust', says, next }
  }
  if (change.startsWith('an identity-based policy'))
    return { code: 'permission', says, next: permitting(assuming) + in_ }
  return { code: 'denied', says, next: asking(assuming) }
}

/** The role's trust policy as it is, and a statement more. A session is trusted as its role. */
function trustWith({ principal, role }: Assuming): string {
  const { Statement, ...rest } = JSON.parse(role.trust) as { readonly Statement: unknown } // as above
  const AWS = principal.replace(/^(arn:[\w-]+):sts::(\d+):assumed-role\/(.+)\/[^/]+$/, '$1:iam::$2:role/$3')
  const statement = { Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }
  return JSON.stringify({ ...rest, Statement: [Statement, statement].flat() })
}

function permitting({ principal, role }: Assuming): string {
  const user = userIn(principal)
  const holder = user?.name ?? /assumed-role\/([^/]+)\//.exec(principal)?.[1] ?? ''
  const kind = user === undefined ? 'role' : 'user'
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role.arn }],
  }
  return `aws iam put-${kind}-policy --${kind}-name ${quote(holder)} --policy-name ${quote(`Assume-${role.name}`)} --policy-document ${quote(JSON.stringify(document))}`
}

function asking({ values, principal, role }: Assuming): string {
  const context = Object.entries(contextOf(values)).map(([key, value]) => ` --context ${quote(`${key}=${value}`)}`)
  return `sallyport explain -- sts:AssumeRole ${quote(role.arn)} --as ${quote(principal)}${context.join('')}`
}
