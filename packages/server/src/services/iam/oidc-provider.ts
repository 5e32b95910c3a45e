/** Identity providers of OpenID Connect, whose tokens AssumeRoleWithWebIdentity takes. */

import { openIdProviderArn, type Account, type OpenIdProvider } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { requestTags, resourceTags } from '../tags.ts'
import { iamPage, refuseBeyond, beyond, showTags, withTags, withoutTags } from './shared.ts'

const THUMBPRINTS_AT_MOST = 5

/** iam:CreateOpenIDConnectProvider. Without thumbprints, public authorities alone vouch for the provider's server. */
export const createOpenIDConnectProvider = operation('iam:CreateOpenIDConnectProvider', {
  asks: ({ Url, Tags }, { account }) => ({
    resource: openIdProviderArn(account.id, nameOf(Url) ?? Url),
    context: requestTags(Tags),
  }),
  refusals: ['EntityAlreadyExists', 'InvalidInput', 'LimitExceeded', 'ValidationError'],
  run({ Url, ClientIDList = [], ThumbprintList = [], Tags }, call) {
    const { account, now } = call
    const url = urlOf(Url)
    refuseClients(call, ClientIDList.length)
    const thumbprints = checkThumbprints(ThumbprintList)
    if (account.all('oidcProvider').has(url)) {
      throw new Refusal('EntityAlreadyExists', `Provider with url ${Url} already exists.`)
    }
    refuseBeyond(call, 'iam:OpenIdConnectProvidersPerAccount', account.all('oidcProvider').size)
    const clientIds = [...new Set(ClientIDList)]
    const tags = withTags([], Tags)
    const provider: OpenIdProvider = { kind: 'oidcProvider', url, clientIds, thumbprints, createdAt: now, tags }
    const output = { OpenIDConnectProviderArn: openIdProviderArn(account.id, url), ...tagged(provider) }
    return { output, changes: [keep(account, provider)] }
  },
})

/** iam:GetOpenIDConnectProvider. */
export const getOpenIDConnectProvider = operation('iam:GetOpenIDConnectProvider', {
  asks: ({ OpenIDConnectProviderArn: arn }, { account }) => about(account, arn),
  refusals: ['NoSuchEntity', 'ValidationError'],
  run({ OpenIDConnectProviderArn: arn }, { account }) {
    const provider = find(account, arn)
    const { url, clientIds, thumbprints, createdAt } = provider
    return {
      output: {
        Url: url,
        ClientIDList: clientIds,
        ThumbprintList: thumbprints,
        CreateDate: new Date(createdAt),
        ...tagged(provider),
      },
    }
  },
})

/** iam:ListOpenIDConnectProviders. All of them: it has no pages. */
export const listOpenIDConnectProviders = operation('iam:ListOpenIDConnectProviders', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run: (_input, { account }) => ({
    output: {
      OpenIDConnectProviderList: account
        .inOrder('oidcProvider')
        .map((url) => ({ Arn: openIdProviderArn(account.id, url) })),
    },
  }),
})

/** iam:DeleteOpenIDConnectProvider. One that is not there is no refusal; roles that trust it stay, and let nobody in. */
export const deleteOpenIDConnectProvider = operation('iam:DeleteOpenIDConnectProvider', {
  asks: ({ OpenIDConnectProviderArn: arn }, { account }) => about(account, arn),
  refusals: ['ValidationError'],
  run({ OpenIDConnectProviderArn: arn }, { account }) {
    const url = urlIn(account, arn)
    return {
      output: {},
      changes: account.all('oidcProvider').has(url) ? [remove(account.id, 'oidcProvider', url)] : [],
    }
  },
})

/** iam:AddClientIDToOpenIDConnectProvider. One that is there already changes nothing. */
export const addClientIDToOpenIDConnectProvider = operation('iam:AddClientIDToOpenIDConnectProvider', {
  asks: ({ OpenIDConnectProviderArn: arn }, { account }) => about(account, arn),
  refusals: ['LimitExceeded', 'NoSuchEntity', 'ValidationError'],
  run({ OpenIDConnectProviderArn: arn, ClientID }, call) {
    const { account } = call
    const provider = find(account, arn)
    const clientIds = [...new Set([...provider.clientIds, ClientID])]
    refuseClients(call, clientIds.length)
    return { output: {}, changes: [keep(account, { ...provider, clientIds })] }
  },
})

/** iam:RemoveClientIDFromOpenIDConnectProvider. One that is not there does no harm. */
export const removeClientIDFromOpenIDConnectProvider = operation('iam:RemoveClientIDFromOpenIDConnectProvider', {
  asks: ({ OpenIDConnectProviderArn: arn }, { account }) => about(account, arn),
  refusals: ['NoSuchEntity', 'ValidationError'],
  run({ OpenIDConnectProviderArn: arn, ClientID }, { account }) {
    const provider = find(account, arn)
    const clientIds = provider.clientIds.filter((one) => one !== ClientID)
    return { output: {}, changes: [keep(account, { ...provider, clientIds })] }
  },
})

/** iam:UpdateOpenIDConnectProviderThumbprint. The list replaces the one before. */
export const updateOpenIDConnectProviderThumbprint = operation('iam:UpdateOpenIDConnectProviderThumbprint', {
  asks: ({ OpenIDConnectProviderArn: arn }, { account }) => about(account, arn),
  refusals: ['InvalidInput', 'NoSuchEntity', 'ValidationError'],
  run({ OpenIDConnectProviderArn: arn, ThumbprintList }, { account }) {
    const thumbprints = checkThumbprints(ThumbprintList)
    return { output: {}, changes: [keep(account, { ...find(account, arn), thumbprints })] }
  },
})

/** iam:TagOpenIDConnectProvider. */
export const tagOpenIDConnectProvider = operation('iam:TagOpenIDConnectProvider', {
  asks({ OpenIDConnectProviderArn: arn, Tags }, { account }) {
    const asked = about(account, arn)
    return { ...asked, context: { ...asked.context, ...requestTags(Tags) } }
  },
  refusals: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity', 'ValidationError'],
  run({ OpenIDConnectProviderArn: arn, Tags }, { account }) {
    const provider = find(account, arn)
    return { output: {}, changes: [keep(account, { ...provider, tags: withTags(provider.tags, Tags) })] }
  },
})

/** iam:UntagOpenIDConnectProvider. */
export const untagOpenIDConnectProvider = operation('iam:UntagOpenIDConnectProvider', {
  asks({ OpenIDConnectProviderArn: arn, TagKeys }, { account }) {
    const asked = about(account, arn)
    return { ...asked, context: { ...asked.context, 'aws:TagKeys': TagKeys } }
  },
  refusals: ['NoSuchEntity', 'ValidationError'],
  run({ OpenIDConnectProviderArn: arn, TagKeys }, { account }) {
    const provider = find(account, arn)
    return { output: {}, changes: [keep(account, { ...provider, tags: withoutTags(provider.tags, TagKeys) })] }
  },
})

/** iam:ListOpenIDConnectProviderTags. */
export const listOpenIDConnectProviderTags = operation('iam:ListOpenIDConnectProviderTags', {
  asks: ({ OpenIDConnectProviderArn: arn }, { account }) => about(account, arn),
  refusals: ['NoSuchEntity', 'ValidationError'],
  run({ OpenIDConnectProviderArn: arn, ...paging }, call) {
    const { url, tags } = find(call.account, arn)
    const { items, end } = iamPage(call, tags, { listing: `tags/oidc/${url}`, keyOf: ({ key }) => key, ...paging })
    return { output: { Tags: showTags(items), ...end } }
  },
})

/** The part of a URL that names the provider: without scheme, and without what follows its path. */
function nameOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' || url.username !== '') return undefined
  return `${url.host}${url.pathname === '/' ? '' : url.pathname}`
}

function urlOf(text: string): string {
  const name = nameOf(text)
  if (name === undefined) throw new Refusal('ValidationError', 'Invalid Open ID Connect Provider URL')
  return name
}

function nameIn(account: Account, arn: string): string | undefined {
  const before = openIdProviderArn(account.id, '')
  return arn.startsWith(before) && arn.length > before.length ? arn.slice(before.length) : undefined
}

function urlIn(account: Account, arn: string): string {
  const name = nameIn(account, arn)
  if (name === undefined) throw new Refusal('ValidationError', 'Invalid ARN:  Could not be parsed!')
  return name
}

function find(account: Account, arn: string): OpenIdProvider {
  const provider = account.all('oidcProvider').get(urlIn(account, arn))
  if (provider === undefined) {
    throw new Refusal('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`)
  }
  return provider
}

function about(account: Account, arn: string) {
  return {
    resource: arn,
    context: resourceTags(account.all('oidcProvider').get(nameIn(account, arn) ?? '')?.tags ?? []),
  }
}

function checkThumbprints(list: readonly string[]): readonly string[] {
  if (list.length > THUMBPRINTS_AT_MOST) {
    throw new Refusal('InvalidInput', `Thumbprint list must contain fewer than ${THUMBPRINTS_AT_MOST} entries.`)
  }
  return list
}

function refuseClients({ quota }: Pick<Call, 'quota'>, number: number): void {
  const most = quota('iam:ClientIdsPerOpenIdConnectProvider')
  if (number > most) throw beyond('iam:ClientIdsPerOpenIdConnectProvider', most)
}

function tagged({ tags }: OpenIdProvider) {
  return tags.length === 0 ? {} : { Tags: showTags(tags) }
}

function keep({ id }: Call['account'], provider: OpenIdProvider) {
  return put(id, 'oidcProvider', provider.url, provider)
}
