/** Looks at profiles one by one, each after the one that its credentials come from. */

import { existsSync } from 'node:fs'
import { awsEnvironment } from '../credentials.ts'
import { nearest } from '../organization/nearest.ts'
import { quote } from '../shell.ts'
import { CREDENTIAL_SOURCES, originOf, type Origin } from './chain.ts'
import { setting, type Diagnosis, type Finding } from './diagnosis.ts'
import type { Profiles, Values } from './files.ts'
import type { Inquiry } from './inquiry.ts'
import { checkKeys } from './keys-check.ts'
import { accountLike } from './meant.ts'
import { checkAssuming, checkDevice } from './may-assume.ts'
import { checkDuration, checkRole, misspelt } from './role-check.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface Patient {
  readonly name: string
  readonly values: Values
  /** The profiles that lead here. */
  readonly before: readonly string[]
}

type Found = Omit<Diagnosis, 'profile'>
type Origins<K extends Origin['kind']> = Extract<Origin, { kind: K }>

const NOTHING: Found = { chain: [], findings: [], notes: [], isRole: false }

export class Doctor {
  readonly #inquiry: Inquiry
  readonly #files: Profiles
  readonly #environment: Environment

  constructor(inquiry: Inquiry, files: Profiles, environment: Environment) {
    this.#inquiry = inquiry
    this.#files = files
    this.#environment = environment
  }

  async look(name: string): Promise<Diagnosis> {
    const values = this.#files.profiles.get(name) ?? new Map<string, string>()
    const found = await this.#diagnose({ name, values, before: [] })
    return { ...found, profile: name, notes: [...found.notes, ...this.#elsewhere(values)] }
  }

  /** Where its calls go, if not to the server that was asked. */
  #elsewhere(values: Values): readonly string[] {
    const { endpoint } = this.#inquiry.target
    const goes = values.get('endpoint_url') ?? (this.#environment['AWS_ENDPOINT_URL'] || undefined)
    if (goes === undefined) return ['it names no endpoint_url: without AWS_ENDPOINT_URL its calls go to AWS itself']
    return goes.replace(/\/$/, '') === endpoint ? [] : [`its calls go to ${goes}, and ${endpoint} was asked`]
  }

  async #diagnose(patient: Patient): Promise<Found> {
    const { name, values, before } = patient
    const origin = originOf(values, before.length > 0)
    const found = await this.#from(patient, origin)
    return { ...found, chain: [name, ...found.chain], findings: [...misspelt(values), ...found.findings] }
  }

  async #from(patient: Patient, origin: Origin): Promise<Found> {
    const { name } = patient
    switch (origin.kind) {
      case 'role':
        return this.#role(patient, origin)
      case 'role from':
        return this.#roleFrom(patient, origin)
      case 'web identity':
        return this.#web(patient, origin)
      case 'sso':
        return this.#sso(patient, origin)
      case 'keys':
        return this.#keys(name, origin.keys)
      case 'process':
        return {
          ...NOTHING,
          chain: [`what \`${origin.command}\` prints`],
          notes: ['its credential_process is not run here'],
        }
      case 'none':
        return {
          ...NOTHING,
          findings: [
            {
              code: 'no-credentials',
              says: `\`${name}\` has no credentials`,
              next: `aws configure --profile ${quote(name)}`,
            },
          ],
        }
      case 'broken': {
        const next = origin.setting === undefined ? {} : { next: setting(name, origin.setting, '…') }
        return { ...NOTHING, findings: [{ code: 'settings', says: origin.says, ...next }] }
      }
    }
  }

  async #keys(profile: string, keys: Parameters<typeof checkKeys>[2]): Promise<Found> {
    const { arn, findings } = await checkKeys(this.#inquiry, profile, keys)
    if (arn === undefined) return { ...NOTHING, chain: [`the key ${keys.accessKeyId}`], findings }
    const [, , , , account = ''] = arn.split(':')
    const accountName = (await this.#inquiry.accounts()).find(({ id }) => id === account)?.name
    const leadsTo = { arn, account, ...(accountName !== undefined && { accountName }) }
    return { ...NOTHING, chain: [arn], findings, leadsTo, principal: arn, isRole: arn.includes(':assumed-role/') }
  }

  /** The profile that a role is assumed by, or what keeps the AWS CLI from it. */
  async #source({ name, before }: Patient, { source }: Origins<'role'>): Promise<Found> {
    const values = this.#files.profiles.get(source)
    if (values === undefined) {
      const meant = nearest(source, [...this.#files.profiles.keys()])
      const says = `there is no profile \`${source}\`, its source_profile${meant === undefined ? '' : `: did you mean \`${meant}\``}`
      const next =
        meant === undefined ? `aws configure --profile ${quote(source)}` : setting(name, 'source_profile', meant)
      return { ...NOTHING, chain: [source], findings: [{ code: 'source', says, next }] }
    }
    const goesOn = source !== name && !before.includes(source)
    if (!goesOn && originOf(values, true).kind !== 'keys') {
      const says = `its source_profiles go round in a circle: ${[...before, name, source].join(' → ')}`
      return {
        ...NOTHING,
        chain: [source],
        findings: [{ code: 'loop', says, next: setting(name, 'source_profile', 'default') }],
      }
    }
    const found = await this.#diagnose({ name: source, values, before: [...before, name] })
    const [first] = found.findings
    if (first === undefined || first.code === 'loop') return found
    return {
      ...found,
      findings: found.findings.map((one) => ({
        ...one,
        says: `at \`${source}\`: ${one.says}`.replace(/^at `[^`]+`: (?=at `)/, ''),
      })),
    }
  }

  async #role(patient: Patient, origin: Origins<'role'>): Promise<Found> {
    const source = await this.#source(patient, origin)
    return this.#assumed(patient, origin.arn, source)
  }

  async #roleFrom(patient: Patient, { arn, source }: Origins<'role from'>): Promise<Found> {
    if (source === 'Environment') {
      const keys = awsEnvironment(this.#environment)
      if (keys !== undefined) return this.#assumed(patient, arn, await this.#keys(patient.name, keys))
      const findings = [
        {
          code: 'source',
          says: 'credential_source is Environment, and AWS_ACCESS_KEY_ID is not set',
          next: 'eval "$(sallyport env)"',
        },
      ]
      return this.#assumed(patient, arn, { ...NOTHING, chain: ['the environment'], findings })
    }
    const known: readonly string[] = CREDENTIAL_SOURCES
    if (known.includes(source)) {
      const notes = [`who assumes it is known on the ${source === 'EcsContainer' ? 'container' : 'instance'} alone`]
      return this.#assumed(patient, arn, { ...NOTHING, chain: [source], notes, isRole: true })
    }
    const meant = nearest(source, known) ?? 'Environment'
    const finding = {
      code: 'source',
      says: `credential_source is \`${source}\`: it may be ${known.join(', ')}`,
      next: setting(patient.name, 'credential_source', meant),
    }
    return this.#assumed(patient, arn, { ...NOTHING, chain: [source], findings: [finding] })
  }

  async #assumed({ name, values }: Patient, arn: string, source: Found): Promise<Found> {
    const { role, leadsTo, ...check } = await checkRole(this.#inquiry, name, arn)
    const duration = checkDuration(name, values, { role, chained: source.isRole })
    const { principal } = source
    const asked =
      principal === undefined || role === undefined
        ? []
        : await this.#mayAssume({ profile: name, values, principal, role })
    return {
      chain: source.chain,
      findings: [...source.findings, ...check.findings, ...asked, ...duration.findings],
      notes: [...source.notes, ...check.notes, ...duration.notes],
      ...(leadsTo !== undefined && { leadsTo }),
      ...(role !== undefined && { principal: sessionArn(role.arn, values) }),
      lasts: duration.lasts,
      isRole: true,
    }
  }

  async #mayAssume(assuming: Parameters<typeof checkAssuming>[1]): Promise<readonly Finding[]> {
    return [...(await checkDevice(this.#inquiry, assuming)), ...(await checkAssuming(this.#inquiry, assuming))]
  }

  async #web(patient: Patient, { arn, tokenFile }: Origins<'web identity'>): Promise<Found> {
    const says = `there is no token: \`${tokenFile}\` is not there`
    const findings = existsSync(tokenFile) ? [] : [{ code: 'token', says }]
    const source: Found = { ...NOTHING, chain: [`the token in ${tokenFile}`], findings }
    return this.#assumed(patient, arn, source)
  }

  /** Identity Center makes the role in the account, and names it after the permission set. */
  async #sso({ name }: Patient, { account: id, role, session }: Origins<'sso'>): Promise<Found> {
    const chain = [session === undefined ? 'IAM Identity Center' : `the SSO session ${session}`]
    const accounts = await this.#inquiry.accounts()
    const account = accounts.find((one) => one.id === id)
    const lost = session !== undefined && !this.#files.ssoSessions.has(session)
    const findings: Finding[] = lost
      ? [{ code: 'sso-session', says: `there is no \`[sso-session ${session}]\``, next: 'aws configure sso-session' }]
      : []
    const notes = [`\`aws sso login --profile ${quote(name)}\` signs in`]
    if (account === undefined) {
      const meant = accountLike(accounts, id)
      const finding = {
        code: 'account',
        says: `there is no account \`${id}\` in the organisation`,
        next: meant === undefined ? 'aws organizations list-accounts' : setting(name, 'sso_account_id', meant),
      }
      return { ...NOTHING, chain, notes, findings: [...findings, finding] }
    }
    const roles = await this.#inquiry.roles(id)
    const own = roles?.find((one) => one.name.startsWith(`AWSReservedSSO_${role}_`))
    if (roles !== undefined && own === undefined)
      findings.push({ code: 'role-absent', says: `the permission set \`${role}\` is not in ${account.name} (${id})` })
    const leadsTo = { account: id, accountName: account.name, ...(own !== undefined && { arn: own.arn }) }
    return {
      chain,
      findings,
      notes,
      leadsTo,
      isRole: true,
      ...(own !== undefined && { principal: sessionArn(own.arn, new Map()) }),
    }
  }
}

/** As a session of the role is known to the law. */
function sessionArn(arn: string, values: Values): string {
  const name = arn.slice(arn.lastIndexOf('/') + 1)
  const account = arn.split(':')[4] ?? ''
  return `arn:aws:sts::${account}:assumed-role/${name}/${values.get('role_session_name') ?? 'doctor'}`
}
