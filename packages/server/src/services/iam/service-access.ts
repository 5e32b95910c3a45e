/** When users, roles, members of groups and holders of policies last used what their policies let them use. */

import { identityArn, managedPolicy, nameKey, type Account, type Role, type User } from '@sallyport/estate'
import type { Compiled } from '@sallyport/policy'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import type { Change } from '../../store/store.ts'
import type { Use, UsageRow } from '../../usage.ts'
import { actionsGranted, servicesGranted } from './granted.ts'
import { jobOf, keepReport, lastIn, outdated, usesOf, type Report } from './report-shelf.ts'
import { aboutPolicy, iamPage } from './shared.ts'
import { aboutEntity, entityAt, sourcesOf, stored, type Entity } from './simulate-source.ts'

/**
 * The services whose actions can be told apart: those that run here. `[I]`: AWS tracks the management actions of more
 * services, and of these not all (UG access_policies_last-accessed-action-last-accessed).
 */
const TRACKED = ['account', 'ec2', 'iam', 'lambda', 'logs', 'organizations', 's3', 'servicequotas', 'ssm', 'sts']

interface Person {
  readonly arn: string
  readonly id: string
  readonly name: string
  readonly path: string
  readonly type: 'USER' | 'ROLE'
  readonly used: UsageRow['actions']
}

interface AccessJob extends Report {
  readonly type: 'access'
  readonly granularity: 'SERVICE_LEVEL' | 'ACTION_LEVEL'
  readonly services: readonly string[]
  /** By service, where actions were asked for. */
  readonly actions: Readonly<Record<string, readonly string[]>>
  /** Who could have used them. */
  readonly people: readonly Person[]
}

interface Gathered {
  readonly people: readonly Person[]
  readonly old: readonly Change[]
}

/** iam:GenerateServiceLastAccessedDetails. The work is done at once. */
export const generateServiceLastAccessedDetails = operation<'iam:GenerateServiceLastAccessedDetails', Gathered>(
  'iam:GenerateServiceLastAccessedDetails',
  {
    asks: ({ Arn }, call) => (isPolicy(Arn) ? aboutPolicy(call, Arn) : aboutEntity(call, Arn)),
    refusals: ['InvalidInput', 'NoSuchEntity'],
    async prepare({ Arn }, call) {
      const holders = subjectOf(call, Arn).people
      const uses = await usesOf(
        call,
        holders.map(({ id }) => id),
      )
      const people = holders.map((holder) => personOf(call.account, holder, uses(holder.id).actions))
      return { people, old: await outdated(call) }
    },
    run({ Arn, Granularity = 'SERVICE_LEVEL' }, call) {
      const { reference, random, now, prepared } = call
      const layers = [subjectOf(call, Arn).policies]
      const services = servicesGranted(reference, layers)
      const tracked = Granularity === 'ACTION_LEVEL' ? services.filter((service) => TRACKED.includes(service)) : []
      const job: AccessJob = {
        type: 'access',
        at: now,
        granularity: Granularity,
        services,
        actions: Object.fromEntries(
          tracked.map((service) => [service, [...actionsGranted(reference, layers, service)]]),
        ),
        people: prepared.people,
      }
      const id = uuid(random)
      return { output: { JobId: id }, changes: [keepReport(call, id, job), ...prepared.old] }
    },
  },
)

/** iam:GetServiceLastAccessedDetails. */
export const getServiceLastAccessedDetails = operation<'iam:GetServiceLastAccessedDetails', AccessJob>(
  'iam:GetServiceLastAccessedDetails',
  {
    asks: () => ({ resource: '*' }),
    refusals: ['NoSuchEntity'],
    prepare: ({ JobId }, call) => jobOf<AccessJob>(call, 'access', JobId),
    run({ JobId, ...paging }, call) {
      const { prepared: job, reference } = call
      const listing = `GetServiceLastAccessedDetails/${JobId}`
      const { items, end } = iamPage(call, job.services, { listing, keyOf: (service) => service, ...paging })
      const shown = items.map((service) => showService(job, service, reference.title(service) ?? service))
      return { output: { ...showJob(job), JobType: job.granularity, ServicesLastAccessed: shown, ...end } }
    },
  },
)

/** iam:GetServiceLastAccessedDetailsWithEntities. */
export const getServiceLastAccessedDetailsWithEntities = operation<
  'iam:GetServiceLastAccessedDetailsWithEntities',
  AccessJob
>('iam:GetServiceLastAccessedDetailsWithEntities', {
  asks: () => ({ resource: '*' }),
  refusals: ['NoSuchEntity'],
  prepare: ({ JobId }, call) => jobOf<AccessJob>(call, 'access', JobId),
  run({ JobId, ServiceNamespace, ...paging }, call) {
    const { prepared: job } = call
    const service = ServiceNamespace.toLowerCase()
    const rows = (job.services.includes(service) ? job.people : []).map((person) => ({
      person,
      use: lastIn(person.used, service),
    }))
    const { items, end } = iamPage(call, rows, {
      listing: `GetServiceLastAccessedDetailsWithEntities/${JobId}/${service}`,
      keyOf: ({ person, use }) => `${latestFirst(use)}/${person.id}`,
      ...paging,
    })
    return { output: { ...showJob(job), EntityDetailsList: items.map(showPerson), ...end } }
  },
})

/** iam:ListPoliciesGrantingServiceAccess. */
export const listPoliciesGrantingServiceAccess = operation('iam:ListPoliciesGrantingServiceAccess', {
  asks: ({ Arn }, call) => aboutEntity(call, Arn),
  refusals: ['InvalidInput', 'NoSuchEntity'],
  run({ Arn, ServiceNamespaces, Marker }, call) {
    const sources = sourcesOf(call, entityAt(call, Arn))
    const services = [...new Set(ServiceNamespaces.map((service) => service.toLowerCase()))]
    const unknown = services.find((service) => call.reference.title(service) === undefined)
    if (unknown !== undefined) throw new Refusal('InvalidInput', `Invalid Service Namespace: ${unknown}`)
    const paging = Marker === undefined ? {} : { Marker }
    const { items, end } = iamPage(call, services, {
      listing: `ListPoliciesGrantingServiceAccess/${Arn}`,
      keyOf: (service) => service,
      ...paging,
    })
    const entries = items.map((ServiceNamespace) => ({
      ServiceNamespace,
      Policies: sources
        .filter(({ attached }) => grantsAny(call, attached.policy, ServiceNamespace))
        .map(({ id, origin }) => showSource(id, origin)),
    }))
    return { output: { PoliciesGrantingServiceAccess: entries, ...end } }
  },
})

function isPolicy(arn: string): boolean {
  return /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\//.test(arn)
}

/** Whose policies a report is about, and who could have used them. */
function subjectOf(
  call: Call,
  arn: string,
): { readonly policies: readonly Compiled[]; readonly people: readonly (User | Role)[] } {
  if (isPolicy(arn)) return holdersOf(call, arn)
  const entity = entityAt(call, arn)
  return {
    policies: sourcesOf(call, entity).map(({ attached }) => attached.policy),
    people: entity.kind === 'group' ? membersOf(call, entity) : [entity],
  }
}

function holdersOf(call: Call, arn: string): ReturnType<typeof subjectOf> {
  const { account, estate } = call
  const policy = managedPolicy(account, arn) ?? estate.catalogue.policy(arn)
  const text = policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document
  if (text === undefined) throw new Refusal('NoSuchEntity', `Policy ${arn} was not found.`)
  const has = ({ attached }: Entity): boolean => attached.includes(arn)
  const direct = [...account.all('user').values(), ...account.all('role').values()].filter(has)
  const members = [...account.all('group').values()].filter(has).flatMap((group) => membersOf(call, group))
  const { attached } = stored(estate, text, 'identity', { id: arn, origin: { type: 'managed', arn } })
  return { policies: [attached.policy], people: [...new Set([...direct, ...members])] }
}

function membersOf({ account }: Call, { name }: Pick<Entity, 'name'>): readonly User[] {
  return [...account.all('user').values()].filter(({ groups }) => groups.includes(nameKey(name)))
}

function personOf(account: Account, holder: User | Role, used: UsageRow['actions']): Person {
  const { id, name, path, kind } = holder
  return { arn: identityArn(account.id, holder), id, name, path, type: kind === 'user' ? 'USER' : 'ROLE', used }
}

function grantsAny({ reference }: Call, policy: Compiled, service: string): boolean {
  return actionsGranted(reference, [[policy]], service).next().done !== true
}

interface Seen {
  readonly person: Person
  readonly use: Use
}

function latest(people: readonly Person[], useOf: (used: UsageRow['actions']) => Use | undefined) {
  const seen = people.flatMap((person): readonly Seen[] => {
    const use = useOf(person.used)
    return use === undefined ? [] : [{ person, use }]
  })
  const last = seen.reduce<Seen | undefined>((best, one) => (one.use.at >= (best?.use.at ?? 0) ? one : best), undefined)
  return { last, count: seen.length }
}

/** Of a service that nobody used, AWS tells no more than its name. */
function showService({ people, actions }: AccessJob, service: string, title: string) {
  const { last, count } = latest(people, (used) => lastIn(used, service))
  return {
    ServiceName: title,
    ServiceNamespace: service,
    LastAuthenticated: last && new Date(last.use.at),
    LastAuthenticatedEntity: last?.person.arn,
    LastAuthenticatedRegion: last?.use.region,
    TotalAuthenticatedEntities: count,
    TrackedActionsLastAccessed: actions[service]?.map((name) => {
      const { last: use } = latest(people, (used) => used[`${service}:${name}`])
      return {
        ActionName: name,
        LastAccessedEntity: use?.person.arn,
        LastAccessedTime: use && new Date(use.use.at),
        LastAccessedRegion: use?.use.region,
      }
    }),
  }
}

function showJob({ at }: Report) {
  return { JobStatus: 'COMPLETED' as const, JobCreationDate: new Date(at), JobCompletionDate: new Date(at) }
}

function showPerson({ person, use }: { readonly person: Person; readonly use: Use | undefined }) {
  const { arn, name, type, id, path } = person
  return {
    EntityInfo: { Arn: arn, Name: name, Type: type, Id: id, Path: path },
    LastAuthenticated: use && new Date(use.at),
  }
}

const BEFORE_ALL = 10 ** 15

function latestFirst(use: Use | undefined): string {
  return String(BEFORE_ALL - (use?.at ?? 0)).padStart(16, '0')
}

type Origin = ReturnType<typeof sourcesOf>[number]['origin']

function showSource(id: string, origin: Origin) {
  if (origin.type === 'managed') return { PolicyName: id, PolicyType: 'MANAGED' as const, PolicyArn: origin.arn }
  if (origin.type === 'given') throw new Error('no policy was given')
  const { name, holder } = origin
  const EntityType = holder.kind.toUpperCase() as Uppercase<Entity['kind']>
  return { PolicyName: name, PolicyType: 'INLINE' as const, EntityType, EntityName: holder.name }
}
