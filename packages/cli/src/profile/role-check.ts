/** Whether a role that a profile names is there, and what a session of it may last. */

import { quote } from '../shell.ts'
import { HOUR, setting, type Diagnosis, type Finding } from './diagnosis.ts'
import type { Values } from './files.ts'
import type { AccountFacts, Inquiry, RoleFacts } from './inquiry.ts'
import { accountLike, pathed, roleMeant } from './meant.ts'
import { EXTERNAL_ID, REGION, SERIAL, SESSION_NAME } from './values.ts'

export interface RoleCheck {
  readonly findings: readonly Finding[]
  readonly notes: readonly string[]
  readonly leadsTo?: Diagnosis['leadsTo']
  /** Absent where it is not there, or nobody can look. */
  readonly role?: RoleFacts
}

const ROLE_ARN = /^arn:aws(?:-[a-z-]+)?:iam::(\d{12}):role\/(.+)$/
/** So many accounts are asked whether they have the role that another one has not. */
const ELSEWHERE = 50

export async function checkRole(inquiry: Inquiry, profile: string, arn: string): Promise<RoleCheck> {
  const [, id = '', resource = ''] = ROLE_ARN.exec(arn) ?? []
  const accounts = await inquiry.accounts()
  if (resource === '') return { findings: [malformed(profile, arn, accounts)], notes: [] }
  const account = accounts.find((one) => one.id === id)
  if (account === undefined)
    return { findings: [await noAccount(inquiry, { profile, id, resource }, accounts)], notes: [] }
  const leadsTo = { arn, account: id, accountName: account.name }
  const roles = await inquiry.roles(id)
  if (roles === undefined) {
    const notes = [`nobody can look into ${account.name}: whether the role is there is not known`]
    return { findings: [], notes, leadsTo }
  }
  const found = roleMeant(roles, resource)
  if (found.kind === 'found') return { findings: [], notes: [], leadsTo, role: found.role }
  if (found.kind === 'case' || found.kind === 'path') {
    const what = found.kind === 'case' ? 'the case of its letters is another' : 'its path is another'
    return {
      findings: [
        misnamed(
          profile,
          found.role,
          `role-${found.kind}`,
          `\`${resource}\` is \`${pathed(found.role)}\` in ${account.name}: ${what}`,
        ),
      ],
      notes: [],
      leadsTo,
    }
  }
  const elsewhere = await roleElsewhere(inquiry, accounts, { not: id, resource, profile })
  if (elsewhere !== undefined) {
    const says = `there is no role \`${resource}\` in ${account.name} (${id}), and there is one in ${elsewhere.account.name} (${elsewhere.account.id})`
    return { findings: [misnamed(profile, elsewhere.role, 'other-account', says)], notes: [], leadsTo }
  }
  const absent = `there is no role \`${resource}\` in ${account.name} (${id})`
  if (found.kind === 'like') {
    const says = `${absent}: did you mean \`${pathed(found.role)}\``
    return { findings: [misnamed(profile, found.role, 'role-absent', says)], notes: [], leadsTo }
  }
  const name = resource.slice(resource.lastIndexOf('/') + 1)
  const next = `aws iam create-role --role-name ${quote(name)} --assume-role-policy-document file://trust.json   # in ${account.name}`
  return { findings: [{ code: 'role-absent', says: absent, next }], notes: [], leadsTo }
}

function misnamed(profile: string, { arn }: RoleFacts, code: string, says: string): Finding {
  return { code, says, next: setting(profile, 'role_arn', arn) }
}

function malformed(profile: string, arn: string, accounts: readonly AccountFacts[]): Finding {
  const [, session] = /^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)/.exec(arn) ?? []
  if (session !== undefined) {
    const role = arn.replace(':sts:', ':iam:').replace(/:assumed-role\/.*$/, `:role/${session}`)
    return { code: 'role-arn', says: `\`${arn}\` is a session, not a role`, next: setting(profile, 'role_arn', role) }
  }
  const [, id = '', rest] = /^arn:[\w-]+:iam::([^:]*):(role\/.+)$/.exec(arn) ?? []
  if (rest !== undefined) {
    const meant = accountLike(accounts, id)
    const says = `\`${id}\` is no account id: it has 12 digits`
    return {
      code: 'account',
      says,
      ...(meant !== undefined && { next: setting(profile, 'role_arn', `arn:aws:iam::${meant}:${rest}`) }),
    }
  }
  return { code: 'role-arn', says: `\`${arn}\` is no ARN of a role: it is written arn:aws:iam::111111111111:role/name` }
}

interface Wanted {
  readonly profile: string
  readonly id: string
  readonly resource: string
}

/** A slip in the number; else whoever has a role of that name. */
async function noAccount(
  inquiry: Inquiry,
  { profile, id, resource }: Wanted,
  accounts: readonly AccountFacts[],
): Promise<Finding> {
  const slip = accountLike(accounts, id)
  const other =
    slip === undefined ? (await roleElsewhere(inquiry, accounts, { not: id, resource, profile }))?.account.id : slip
  const meant = accounts.find((one) => one.id === other)
  const help = meant === undefined ? '' : `: did you mean \`${meant.id}\` (${meant.name})`
  return {
    code: 'account',
    says: `there is no account \`${id}\` in the organisation${help}`,
    next:
      meant === undefined
        ? 'aws organizations list-accounts'
        : setting(profile, 'role_arn', `arn:aws:iam::${meant.id}:role/${resource}`),
  }
}

/** The account that is called like the profile first. */
async function roleElsewhere(
  inquiry: Inquiry,
  accounts: readonly AccountFacts[],
  { not, resource, profile }: { readonly not: string; readonly resource: string; readonly profile: string },
): Promise<{ readonly account: AccountFacts; readonly role: RoleFacts } | undefined> {
  const others = accounts
    .filter(({ id }) => id !== not)
    .toSorted((a, b) => Number(isCalled(b, profile)) - Number(isCalled(a, profile)))
    .slice(0, ELSEWHERE)
  for (const account of others) {
    const role = (await inquiry.roles(account.id))?.find((one) => pathed(one) === resource)
    // every account has the one by which it is entered
    if (role !== undefined && (role.name !== 'OrganizationAccountAccessRole' || isCalled(account, profile)))
      return { account, role }
  }
  return undefined
}

function isCalled({ name }: AccountFacts, profile: string): boolean {
  return name.toLowerCase() === profile.toLowerCase()
}

/** What a session lasts and may last; what is wrong with the duration that the profile asks for. */
export function checkDuration(
  profile: string,
  values: Values,
  { role, chained }: { readonly role: RoleFacts | undefined; readonly chained: boolean },
): {
  readonly lasts: NonNullable<Diagnosis['lasts']>
  readonly findings: readonly Finding[]
  readonly notes: readonly string[]
} {
  const asked = values.get('duration_seconds')
  const most = chained ? HOUR : (role?.maxSession ?? 12 * HOUR)
  const seconds = asked !== undefined && /^\s*[+-]?\d+\s*$/.test(asked) ? Number(asked) : HOUR
  const lasts = { seconds: Math.min(Math.max(seconds, 900), most), most, chained }
  const finding = (code: string, says: string, value: number): Finding => ({
    code,
    says,
    next: setting(profile, 'duration_seconds', value),
  })
  if (asked !== undefined && !/^\s*[+-]?\d+\s*$/.test(asked)) {
    return {
      lasts,
      findings: [finding('duration', `duration_seconds is \`${asked}\`, no number: the AWS CLI passes over it`, HOUR)],
      notes: [],
    }
  }
  if (seconds < 900)
    return {
      lasts,
      findings: [finding('duration', `duration_seconds is ${seconds}: 900 is the least`, 900)],
      notes: [],
    }
  if (chained && seconds > HOUR) {
    const says = `duration_seconds is ${seconds}: a role that is assumed by another role lasts 3600 at the most`
    return { lasts, findings: [finding('chained', says, HOUR)], notes: [] }
  }
  if (seconds > most) {
    const says = `duration_seconds is ${seconds}: ${role === undefined ? 'roles allow' : `the role's MaxSessionDuration is`} ${most}`
    return { lasts, findings: [finding('duration', says, most)], notes: [] }
  }
  const longer = asked === undefined && most > HOUR && role !== undefined
  return {
    lasts,
    findings: [],
    notes: longer ? [`the role allows ${most} seconds: \`${setting(profile, 'duration_seconds', most)}\``] : [],
  }
}

const FORMS: readonly (readonly [name: string, form: RegExp, what: string])[] = [
  ['role_session_name', SESSION_NAME, 'a name of 2 to 64 letters, digits and +=,.@-'],
  ['external_id', EXTERNAL_ID, 'an external id of 2 to 1224 letters, digits and +=,.@:/-'],
  ['mfa_serial', SERIAL, 'the serial of a device: arn:aws:iam::111111111111:mfa/name'],
  ['region', REGION, 'a region such as eu-central-1'],
]

/** Values that AWS would not take. */
export function misspelt(values: Values): readonly Finding[] {
  return FORMS.flatMap(([name, form, what]) => {
    const value = values.get(name)
    return value === undefined || form.test(value)
      ? []
      : [{ code: 'value', says: `${name} is \`${value}\`: it must be ${what}` }]
  })
}
