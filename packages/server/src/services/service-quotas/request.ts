/** Increases of quotas: asked for, and what has become of them. The operator decides, where the server does not. */

import { accountOf, organizationOf, principalArn, type QuotaRequest } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { draw } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import { decided, mostOf, opened, statusOf } from './decision.ts'
import {
  about,
  ANY,
  arnOf,
  asking,
  find,
  keyIn,
  listedAs,
  PAGED,
  pageOf,
  refuseContext,
  SERVICES,
  type Listed,
} from './shared.ts'

/** Service Quotas' own quota: requests of an account that wait at once. */
const OPEN_AT_MOST = 20
const HEX = '0123456789abcdef'
const DIGITS = '0123456789'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** service-quotas:RequestServiceQuotaIncrease. AWS answers that it is pending, even where it is granted at once. */
export const requestServiceQuotaIncrease = operation('service-quotas:RequestServiceQuotaIncrease', {
  asks: (input, call) => about(call, 'RequestServiceQuotaIncrease', input),
  refusals: [...ANY, 'DependencyAccessDeniedException', 'QuotaExceededException', 'ResourceAlreadyExistsException'],
  run({ ServiceCode, QuotaCode, DesiredValue, ContextId, SupportCaseAllowed = true }, call) {
    const it = find(call, ServiceCode, QuotaCode)
    refuseContext(ContextId)
    check(call, it, DesiredValue)
    const { id } = call.account
    const request: QuotaRequest = {
      id: draw(call.random, 32, HEX) + draw(call.random, 8, LETTERS),
      quota: it.key,
      code: it.code,
      region: call.region,
      desired: DesiredValue,
      requester: { account: id, arn: principalArn(call.principal) ?? '' },
      createdAt: call.now,
      updatedAt: call.now,
      ...(SupportCaseAllowed && { caseId: `17${draw(call.random, 13, DIGITS)}` }),
    }
    const atOnce = call.approvesQuotas && DesiredValue <= mostOf(request)
    const now = { decision: 'APPROVED', now: call.now } as const
    return {
      output: { RequestedQuota: show(call, request) },
      changes: atOnce ? decided(call.account, request, now) : opened(request),
    }
  },
})

/** service-quotas:GetRequestedServiceQuotaChange. */
export const getRequestedServiceQuotaChange = operation('service-quotas:GetRequestedServiceQuotaChange', {
  asks: () => asking('GetRequestedServiceQuotaChange'),
  refusals: ANY,
  run({ RequestId }, call) {
    const request = requestsOf(call).find(({ id }) => id === RequestId)
    if (request === undefined) {
      throw new Refusal('NoSuchResourceException', 'The request failed because the specified request does not exist.')
    }
    return { output: { RequestedQuota: show(call, request) } }
  },
})

/** service-quotas:ListRequestedServiceQuotaChangeHistory. The newest first. */
export const listRequestedServiceQuotaChangeHistory = operation(
  'service-quotas:ListRequestedServiceQuotaChangeHistory',
  {
    asks: () => asking('ListRequestedServiceQuotaChangeHistory'),
    refusals: PAGED,
    run: ({ ServiceCode, ...input }, call) =>
      history(call, { ...input, ...(ServiceCode !== undefined && { service: ServiceCode }) }),
  },
)

/** service-quotas:ListRequestedServiceQuotaChangeHistoryByQuota. */
export const listRequestedServiceQuotaChangeHistoryByQuota = operation(
  'service-quotas:ListRequestedServiceQuotaChangeHistoryByQuota',
  {
    asks: (input, call) => about(call, 'ListRequestedServiceQuotaChangeHistoryByQuota', input),
    refusals: PAGED,
    run({ ServiceCode, QuotaCode, ...input }, call) {
      const { key } = find(call, ServiceCode, QuotaCode)
      return history(call, { ...input, service: ServiceCode, key })
    },
  },
)

interface Asked {
  readonly service?: string
  readonly key?: string
  readonly Status?: string
  readonly QuotaRequestedAtLevel?: string
  readonly NextToken?: string
  readonly MaxResults?: number
}

function history(call: Call, asked: Asked) {
  const { service, key, Status, QuotaRequestedAtLevel = 'ACCOUNT', ...input } = asked
  const found = requestsOf(call).filter(
    (one) =>
      QuotaRequestedAtLevel !== 'RESOURCE' &&
      (service === undefined || one.quota.startsWith(`${service}:`)) &&
      (key === undefined || one.quota === key) &&
      (Status === undefined || statusOf(one, call.now) === Status),
  )
  const listing = `History/${service ?? ''}/${key ?? ''}/${Status ?? ''}`
  const { items, end } = pageOf(call, found, { ...input, listing, keyOf: newestFirst })
  return { output: { RequestedQuotas: items.map((one) => show(call, one)), ...end } }
}

const LATEST = 10 ** 14

function newestFirst({ createdAt, id }: QuotaRequest): string {
  return `${String(LATEST - createdAt).padStart(15, '0')}${id}`
}

/** Those that were made in the region: Service Quotas keeps each to itself. */
function requestsOf({ account, region }: Call): readonly QuotaRequest[] {
  return [...account.all('quotaRequest').values()].filter((one) => one.region === region)
}

function check(call: Call, it: Listed, desired: number): void {
  if (it.key === 'organizations:Accounts' && !managesAccounts(call)) {
    throw new Refusal(
      'DependencyAccessDeniedException',
      "You can't perform this action because a dependency does not have access.",
    )
  }
  if (!it.adjustable) throw new Refusal('IllegalArgumentException', 'The specified quota is not adjustable.')
  if (desired <= call.quota(it.key)) {
    throw new Refusal('IllegalArgumentException', 'You must provide a quota value greater than the current quota value')
  }
  const open = [...call.account.all('quotaRequest').values()].filter(({ decision }) => decision === undefined)
  if (open.some((one) => keyIn(one, it) === keyIn(call, it) && one.quota === it.key)) {
    throw new Refusal(
      'ResourceAlreadyExistsException',
      'Only one open service quota increase request is allowed per quota.',
    )
  }
  if (open.length >= OPEN_AT_MOST) {
    throw new Refusal('QuotaExceededException', 'You have exceeded your service quota.')
  }
}

/** The management account asks for its organisation; a member has nothing to ask for (ORG orgs_reference_limits). */
function managesAccounts({ estate, account }: Call): boolean {
  if (!estate.organization.all('member').has(account.id)) return true
  return organizationOf(estate.organization)?.managementAccount === account.id
}

function show(call: Call, request: QuotaRequest) {
  const { id, caseId, quota, code, desired, createdAt, updatedAt, requester, region } = request
  const it = listedAs(quota)
  const status = statusOf(request, call.now)
  const service = it?.service ?? ''
  return {
    Id: id,
    ...(status !== 'PENDING' && caseId !== undefined && { CaseId: caseId }),
    ServiceCode: service,
    ServiceName: SERVICES[service],
    QuotaCode: code,
    QuotaName: it?.name,
    DesiredValue: desired,
    Status: status,
    Created: new Date(createdAt),
    LastUpdated: new Date(updatedAt),
    Requester: JSON.stringify({ accountId: requester.account, callerArn: requester.arn }),
    QuotaArn: arnOf({ region }, accountOf(call.principal) ?? '', service, code),
    GlobalQuota: it?.global,
    Unit: 'None',
    QuotaRequestedAtLevel: 'ACCOUNT' as const,
  }
}
