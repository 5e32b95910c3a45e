/** What of all that SCPs let the accounts of an organisation use, or of one unit, is used at all. */

import { administers, organizationOf, pathOf, pathTo, policiesOn } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import type { Change } from '../../store/store.ts'
import type { UsageRow } from '../../usage.ts'
import { servicesGranted } from './granted.ts'
import { jobOf, keepReport, lastIn, outdated, type Report } from './report-shelf.ts'
import { iamPage } from './shared.ts'

const SCP = 'SERVICE_CONTROL_POLICY'
const ROWS_AT_ONCE = 500

/** The latest use of a service by anybody in the accounts. */
interface Access {
  readonly at: number
  readonly region: string
  /** Of the account where it was. */
  readonly path: string
  /** How many accounts used it. */
  readonly accounts: number
}

interface OrganizationJob extends Report {
  readonly type: 'organization'
  readonly services: readonly string[]
  readonly used: Readonly<Record<string, Access>>
  /** Why there is no report. */
  readonly failure?: { readonly Code: string; readonly Message: string }
}

interface Gathered {
  readonly used: OrganizationJob['used']
  readonly old: readonly Change[]
}

/**
 * iam:GenerateOrganizationsAccessReport. The work is done at once. `[I]`: AWS says that a report tells why it failed, and
 * not in which words.
 */
export const generateOrganizationsAccessReport = operation<'iam:GenerateOrganizationsAccessReport', Gathered>(
  'iam:GenerateOrganizationsAccessReport',
  {
    asks: ({ EntityPath, OrganizationsPolicyId }, { account }) => ({
      resource: `arn:aws:iam::${account.id}:access-report/${EntityPath}`,
      context: { 'iam:OrganizationsPolicyId': OrganizationsPolicyId },
    }),
    refusals: ['AccessDenied'],
    async prepare({ EntityPath }, call) {
      const node = nodeAt(call, EntityPath)
      return { used: node === undefined ? {} : await usedUnder(call, node), old: await outdated(call) }
    },
    run({ EntityPath, OrganizationsPolicyId }, call) {
      const { estate, account, now, random, reference, prepared } = call
      if (!administers(estate.organization, account.id, 'iam.amazonaws.com')) {
        throw new Refusal('AccessDenied', 'You must use the management account of an organization for this operation.')
      }
      const layers = layersOf(call, nodeAt(call, EntityPath), OrganizationsPolicyId)
      const job: OrganizationJob = {
        type: 'organization',
        at: now,
        ...('Code' in layers
          ? { failure: layers, services: [], used: {} }
          : { services: servicesGranted(reference, layers), used: prepared.used }),
      }
      const id = uuid(random)
      return { output: { JobId: id }, changes: [keepReport(call, id, job), ...prepared.old] }
    },
  },
)

/** iam:GetOrganizationsAccessReport. */
export const getOrganizationsAccessReport = operation<'iam:GetOrganizationsAccessReport', OrganizationJob>(
  'iam:GetOrganizationsAccessReport',
  {
    asks: () => ({ resource: '*' }),
    refusals: ['NoSuchEntity'],
    prepare: ({ JobId }, call) => jobOf<OrganizationJob>(call, 'organization', JobId),
    run({ JobId, SortKey = 'SERVICE_NAMESPACE_ASCENDING', ...paging }, call) {
      const { at, failure, services, used } = call.prepared
      const dates = { JobCreationDate: new Date(at), JobCompletionDate: new Date(at) }
      if (failure !== undefined) return { output: { JobStatus: 'FAILED', ...dates, ErrorDetails: failure } }
      const rows = services.toSorted(ORDERS[SortKey](used)).map((service, place) => ({ service, place }))
      const { items, end } = iamPage(call, rows, {
        listing: `GetOrganizationsAccessReport/${JobId}/${SortKey}`,
        keyOf: ({ place }) => String(place).padStart(6, '0'),
        ...paging,
      })
      return {
        output: {
          JobStatus: 'COMPLETED',
          ...dates,
          NumberOfServicesAccessible: services.length,
          NumberOfServicesNotAccessed: services.filter((service) => used[service] === undefined).length,
          AccessDetails: items.map(({ service }) => show(call, service, used[service])),
          ...end,
        },
      }
    },
  },
)

type Order = (used: OrganizationJob['used']) => (one: string, other: string) => number

const byName = (one: string, other: string): number => (one < other ? -1 : 1)
const byTime: Order = (used) => (one, other) => (used[one]?.at ?? 0) - (used[other]?.at ?? 0) || byName(one, other)

const ORDERS = {
  SERVICE_NAMESPACE_ASCENDING: () => byName,
  SERVICE_NAMESPACE_DESCENDING: () => (one, other) => byName(other, one),
  LAST_AUTHENTICATED_TIME_ASCENDING: byTime,
  LAST_AUTHENTICATED_TIME_DESCENDING: (used) => (one, other) => byTime(used)(other, one),
} as const satisfies Record<string, Order>

/** The root, OU or account at the end of `o-…/r-…/…`; `undefined` where the path leads to none. */
function nodeAt({ estate: { organization } }: Call, path: string): string | undefined {
  const node = path.replace(/\/$/, '').split('/').at(-1) ?? ''
  const isNode =
    organization.all('unit').has(node) ||
    organization.all('member').has(node) ||
    organizationOf(organization)?.rootId === node
  return isNode && pathOf(organization, node) === `${path.replace(/\/$/, '')}/` ? node : undefined
}

/** The SCPs that bear on a node, level by level, or the one that was asked for; else why there is no report. */
function layersOf({ estate }: Call, node: string | undefined, id: string | undefined) {
  const { organization, library } = estate
  const self = organizationOf(organization)
  if (node === undefined) return failed('InvalidEntityPath', 'The entity path does not exist in the organization.')
  if (self?.enabledPolicyTypes.includes(SCP) !== true) {
    return failed('PolicyTypeNotEnabled', 'Service control policies are not enabled for the organization.')
  }
  const levels = pathOf(organization, node).split('/').slice(1, -1)
  if (id === undefined) {
    // no SCP binds the management account
    if (node === self.managementAccount) return [[library.policyFor(EVERYTHING, 'scp')]]
    return levels.map((level) =>
      policiesOn(organization, level, SCP).map(({ document }) => library.policyFor(document, 'scp')),
    )
  }
  const policy = organization.all('orgPolicy').get(id)
  if (policy?.type === SCP) return [[library.policyFor(policy.document, 'scp')]]
  return failed('NoSuchPolicy', `The service control policy ${id} does not exist.`)
}

const EVERYTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'

function failed(Code: string, Message: string): NonNullable<OrganizationJob['failure']> {
  return { Code, Message }
}

async function usedUnder(call: Call, node: string): Promise<OrganizationJob['used']> {
  const { organization } = call.estate
  const used: Record<string, Access> = {}
  for (const id of organization.inOrder('member')) {
    if (!pathTo(organization, id).includes(node)) continue
    const path = pathOf(organization, id)
    for (const [service, use] of Object.entries(await usedIn(call, id))) {
      const before = used[service]
      const accounts = (before?.accounts ?? 0) + 1
      used[service] = before !== undefined && before.at > use.at ? { ...before, accounts } : { ...use, path, accounts }
    }
  }
  return used
}

/** The latest use of each service in one account. */
async function usedIn({ shelves }: Call, account: string): Promise<Record<string, Pick<Access, 'at' | 'region'>>> {
  const used: Record<string, Pick<Access, 'at' | 'region'>> = {}
  for (let after = ''; ;) {
    const rows = await shelves.shelf(account, 'usage', { after, limit: ROWS_AT_ONCE })
    for (const { value } of rows) {
      const { actions } = value as UsageRow // only usage.ts writes such rows
      for (const service of new Set(Object.keys(actions).map((action) => action.slice(0, action.indexOf(':'))))) {
        const use = lastIn(actions, service)
        if (use !== undefined && use.at >= (used[service]?.at ?? 0)) used[service] = use
      }
    }
    if (rows.length < ROWS_AT_ONCE) return used
    after = rows.at(-1)?.key ?? ''
  }
}

function show({ reference }: Call, service: string, access: Access | undefined) {
  return {
    ServiceName: reference.title(service) ?? service,
    ServiceNamespace: service,
    Region: access?.region,
    EntityPath: access?.path.replace(/\/$/, ''),
    LastAuthenticatedTime: access && new Date(access.at),
    TotalAuthenticatedEntities: access?.accounts ?? 0,
  }
}
