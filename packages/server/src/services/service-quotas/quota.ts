/** Services and their quotas: AWS's defaults, and what holds for the account. */

import { operation } from '../../operation.ts'
import {
  about,
  ANY,
  asking,
  find,
  PAGED,
  pageOf,
  quotasIn,
  quotasOf,
  refuseContext,
  SERVICES,
  show,
  type Listed,
} from './shared.ts'

/** service-quotas:ListServices. Those that have quotas in the region. */
export const listServices = operation('service-quotas:ListServices', {
  asks: () => asking('ListServices'),
  refusals: PAGED,
  run(input, call) {
    const codes = [...new Set(quotasIn(call).map(({ service }) => service))]
    const { items, end } = pageOf(call, codes, { ...input, listing: 'ListServices', keyOf: (code) => code })
    return { output: { Services: items.map((code) => ({ ServiceCode: code, ServiceName: SERVICES[code] })), ...end } }
  },
})

/** service-quotas:ListServiceQuotas. */
export const listServiceQuotas = operation('service-quotas:ListServiceQuotas', {
  asks: () => asking('ListServiceQuotas'),
  refusals: PAGED,
  run({ ServiceCode, QuotaCode, QuotaAppliedAtLevel = 'ACCOUNT', ...input }, call) {
    const all = quotasOf(call, ServiceCode)
    const asked = QuotaCode === undefined ? all : [find(call, ServiceCode, QuotaCode)]
    const found = QuotaAppliedAtLevel === 'RESOURCE' ? [] : asked
    const listing = `ListServiceQuotas/${ServiceCode}/${QuotaCode ?? ''}`
    const { items, end } = pageOf(call, found, { ...input, listing, keyOf })
    return { output: { Quotas: items.map((it) => show(call, it, 'applied')), ...end } }
  },
})

/** service-quotas:GetServiceQuota. */
export const getServiceQuota = operation('service-quotas:GetServiceQuota', {
  asks: (input, call) => about(call, 'GetServiceQuota', input),
  refusals: ANY,
  run({ ServiceCode, QuotaCode, ContextId }, call) {
    const it = find(call, ServiceCode, QuotaCode)
    refuseContext(ContextId)
    return { output: { Quota: show(call, it, 'applied') } }
  },
})

/** service-quotas:ListAWSDefaultServiceQuotas. */
export const listAWSDefaultServiceQuotas = operation('service-quotas:ListAWSDefaultServiceQuotas', {
  asks: () => asking('ListAWSDefaultServiceQuotas'),
  refusals: PAGED,
  run({ ServiceCode, ...input }, call) {
    const listing = `ListAWSDefaultServiceQuotas/${ServiceCode}`
    const { items, end } = pageOf(call, quotasOf(call, ServiceCode), { ...input, listing, keyOf })
    return { output: { Quotas: items.map((it) => show(call, it, 'default')), ...end } }
  },
})

/** service-quotas:GetAWSDefaultServiceQuota. */
export const getAWSDefaultServiceQuota = operation('service-quotas:GetAWSDefaultServiceQuota', {
  asks: () => asking('GetAWSDefaultServiceQuota'),
  refusals: ANY,
  run({ ServiceCode, QuotaCode }, call) {
    return { output: { Quota: show(call, find(call, ServiceCode, QuotaCode), 'default') } }
  },
})

function keyOf({ name }: Listed): string {
  return name
}
