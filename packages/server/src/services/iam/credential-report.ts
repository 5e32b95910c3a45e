/** The credential report: every user's password, keys, certificates and second factor, as one table. */

import { identityArn, rootArn, SELF, organizationOf, type Account, type User } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { NO_USE, type UsageRow } from '../../usage.ts'
import { devicesOf } from './mfa-shared.ts'
import { keepReport, reportOf, usesOf, type Report } from './report-shelf.ts'

/** A new one is made every four hours at the most, and after them the last one is no longer given out. UG id_credentials_getting-report. */
const GOOD_FOR = 4 * 3_600_000
const DAY = 86_400_000
const KEY = 'credentials'

interface CredentialReport extends Report {
  readonly type: 'credentials'
  readonly content: string
}

interface Made {
  readonly last: CredentialReport | undefined
  /** Absent where the last one is still good. */
  readonly content?: string
}

/** iam:GenerateCredentialReport. It is done at once; the first answer says that it has begun, as AWS's does. */
export const generateCredentialReport = operation<'iam:GenerateCredentialReport', Made>(
  'iam:GenerateCredentialReport',
  {
    asks: () => ({ resource: '*' }),
    refusals: [],
    async prepare(_input, call) {
      const last = await reportOf<CredentialReport>(call, KEY)
      const isGood = last !== undefined && call.now - last.at <= GOOD_FOR
      return { last, ...(isGood ? {} : { content: await written(call) }) }
    },
    run(_input, call) {
      const { last, content } = call.prepared
      if (content === undefined) return { output: { State: 'COMPLETE' } }
      const first = 'No report exists. Starting a new report generation task'
      return {
        output: { State: 'STARTED', Description: last === undefined ? first : undefined },
        changes: [keepReport(call, KEY, { type: 'credentials', at: call.now, content })],
      }
    },
  },
)

/** iam:GetCredentialReport. */
export const getCredentialReport = operation<'iam:GetCredentialReport', CredentialReport | undefined>(
  'iam:GetCredentialReport',
  {
    asks: () => ({ resource: '*' }),
    refusals: ['ReportExpired', 'ReportNotPresent'],
    prepare: (_input, call) => reportOf<CredentialReport>(call, KEY),
    run(_input, { prepared: report, now }) {
      // AWS says no more than the code, which clients show as this
      if (report === undefined) throw new Refusal('ReportNotPresent', 'Unknown')
      if (now - report.at > GOOD_FOR) throw new Refusal('ReportExpired', 'Unknown')
      const Content = new TextEncoder().encode(report.content)
      return { output: { Content, ReportFormat: 'text/csv', GeneratedTime: new Date(report.at) } }
    },
  },
)

const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((key) => [
    `access_key_${key}_active`,
    `access_key_${key}_last_rotated`,
    `access_key_${key}_last_used_date`,
    `access_key_${key}_last_used_region`,
    `access_key_${key}_last_used_service`,
  ]),
  ...[1, 2].flatMap((one) => [`cert_${one}_active`, `cert_${one}_last_rotated`]),
]

const NONE = 'N/A'

async function written(call: Call): Promise<string> {
  const { account } = call
  const users = account.inOrder('user').flatMap((key) => account.all('user').get(key) ?? [])
  const uses = await usesOf(
    call,
    users.map(({ id }) => id),
  )
  const rows = users.map((user) => userRow(account, user, uses(user.id)))
  return [COLUMNS, rootRow(call), ...rows].map((row) => row.join(',')).join('\n')
}

/** Members are born without root credentials; whether the management account's root has a password is not told. */
function rootRow({ account, estate }: Call): readonly string[] {
  const isOwner = (organizationOf(estate.organization)?.managementAccount ?? account.id) === account.id
  const hasPassword = isOwner || account.all('loginProfile').has(account.id)
  const password = hasPassword
    ? ['not_supported', 'no_information', 'not_supported', 'not_supported']
    : ['false', NONE, NONE, NONE]
  const createdAt = account.all('self').get(SELF)?.createdAt
  return [
    '<root_account>',
    rootArn(account.id),
    createdAt === undefined ? NONE : date(createdAt),
    ...password,
    'false',
    ...keyCells([], NO_USE),
    ...certificateCells([]),
  ]
}

function userRow(account: Account, user: User, used: UsageRow): readonly string[] {
  const keys = [...account.all('accessKey').values()].filter(({ userId }) => userId === user.id)
  const certificates = [...account.all('signingCertificate').values()].filter(({ userId }) => userId === user.id)
  return [
    user.name,
    identityArn(account.id, user),
    date(user.createdAt),
    ...passwordCells(account, user),
    String(devicesOf(account, user).length > 0),
    ...keyCells(keys, used),
    ...certificateCells(certificates),
  ]
}

function passwordCells(account: Account, { id, passwordLastUsed }: User): readonly string[] {
  const profile = account.all('loginProfile').get(id)
  if (profile === undefined) return ['false', NONE, NONE, NONE]
  const maxAge = account.all('passwordPolicy').get(SELF)?.maxAge
  return [
    'true',
    passwordLastUsed === undefined ? 'no_information' : date(passwordLastUsed),
    date(profile.changedAt),
    maxAge === undefined ? NONE : date(profile.changedAt + maxAge * DAY),
  ]
}

interface Credential {
  readonly id: string
  readonly status: string
  readonly createdAt: number
}

/** Of the first two by their ids. */
function keyCells(keys: readonly Credential[], { keys: used }: UsageRow): readonly string[] {
  const [one, two] = keys.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return [one, two].flatMap((key) => {
    const use = key === undefined ? undefined : used[key.id]
    const last = use === undefined ? [NONE, NONE, NONE] : [date(use.at), use.region, use.service]
    return [...stateCells(key), ...last]
  })
}

/** Inactive ones come first, as recorded of AWS. */
function certificateCells(certificates: readonly Credential[]): readonly string[] {
  const isActive = ({ status }: Credential): number => (status === 'Active' ? 1 : 0)
  const [one, two] = certificates.toSorted((a, b) => isActive(a) - isActive(b) || a.createdAt - b.createdAt)
  return [one, two].flatMap(stateCells)
}

function stateCells(one: Credential | undefined): readonly string[] {
  return one === undefined ? ['false', NONE] : [String(one.status === 'Active'), date(one.createdAt)]
}

function date(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}
