/** What is set for a whole account: which tokens the global endpoint gives, and properties that have no names yet. */

import { SELF } from '@sallyport/estate'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'

/** iam:SetSecurityTokenServicePreferences. Kept and told: tokens of both versions are good in every region here. */
export const setSecurityTokenServicePreferences = operation('iam:SetSecurityTokenServicePreferences', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run({ GlobalEndpointTokenVersion }, { account }) {
    const self = account.all('self').get(SELF)
    const globalEndpointTokenVersion = GlobalEndpointTokenVersion === 'v2Token' ? 2 : 1
    return { output: {}, changes: [put(account.id, 'self', SELF, { ...self, globalEndpointTokenVersion })] }
  },
})

/** iam:GetAccountProperties. */
export const getAccountProperties = operation('iam:GetAccountProperties', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run: () => ({ output: { Properties: {} } }),
})

/** iam:PutAccountProperties. No property is known: Role Manager's, of which AWS documents none, are refused as it refuses unknown ones. */
export const putAccountProperties = operation('iam:PutAccountProperties', {
  asks: ({ Properties }) => ({
    resource: '*',
    context: { 'iam:AccountPropertyNamespaces': Object.keys(Properties).map((name) => name.split('/', 1)[0] ?? '') },
  }),
  refusals: ['InvalidInput'],
  run({ Properties }) {
    const [name] = Object.keys(Properties)
    if (name === undefined) return { output: {} }
    throw new Refusal('InvalidInput', `Unknown account property ${name}.`)
  },
})
