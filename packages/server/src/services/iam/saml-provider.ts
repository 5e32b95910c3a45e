/** Identity providers of SAML 2.0, whose responses AssumeRoleWithSAML takes. */

import { nameKey, samlProviderArn, type Account, type SamlProvider } from '@sallyport/estate'
import { samlProviderId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import type { SamlMetadata } from '../../saml/metadata.ts'
import { put, remove } from '../../store/store.ts'
import { requestTags, resourceTags } from '../tags.ts'
import { addKey, changeKeys, checkEncryption } from './saml-key.ts'
import { iamPage, refuseBeyond, showTags, withTags, withoutTags } from './shared.ts'

/** How long a provider is good for whose metadata do not say it. `[I]`: seen, not documented. */
const YEARS = 100

/** iam:CreateSAMLProvider. The metadata are read as they are given, and kept so. */
export const createSAMLProvider = operation<'iam:CreateSAMLProvider', SamlMetadata>('iam:CreateSAMLProvider', {
  asks: ({ Name, Tags }, { account }) => ({
    resource: samlProviderArn(account.id, Name),
    context: requestTags(Tags),
  }),
  refusals: ['EntityAlreadyExists', 'InvalidInput', 'LimitExceeded'],
  prepare: ({ SAMLMetadataDocument }) => metadataOf(SAMLMetadataDocument),
  run({ Name, SAMLMetadataDocument, Tags, AssertionEncryptionMode, AddPrivateKey }, call) {
    const { account, now, random, prepared: metadata } = call
    const tags = withTags([], Tags)
    if (account.all('samlProvider').has(nameKey(Name))) {
      throw new Refusal('EntityAlreadyExists', `Provider with name ${Name} already exists.`)
    }
    refuseBeyond(call, 'iam:SAMLProvidersPerAccount', account.all('samlProvider').size)
    const provider: SamlProvider = checkEncryption({
      kind: 'samlProvider',
      name: Name,
      uuid: samlProviderId(random),
      metadata: SAMLMetadataDocument,
      validUntil: endOf(metadata, now),
      ...(AssertionEncryptionMode === undefined ? {} : { encryption: AssertionEncryptionMode }),
      privateKeys: AddPrivateKey === undefined ? [] : addKey([], AddPrivateKey, call),
      createdAt: now,
      tags,
    })
    const output = { SAMLProviderArn: samlProviderArn(account.id, Name), ...tagged(provider) }
    return { output, changes: [keep(account, provider)] }
  },
})

/** iam:GetSAMLProvider. */
export const getSAMLProvider = operation('iam:GetSAMLProvider', {
  asks: ({ SAMLProviderArn: arn }, { account }) => about(account, arn),
  refusals: ['NoSuchEntity'],
  run({ SAMLProviderArn: arn }, { account }) {
    const provider = find(account, arn)
    const { uuid, metadata, createdAt, validUntil, encryption, privateKeys } = provider
    return {
      output: {
        SAMLProviderUUID: uuid,
        SAMLMetadataDocument: metadata,
        CreateDate: new Date(createdAt),
        ValidUntil: new Date(validUntil),
        ...tagged(provider),
        AssertionEncryptionMode: encryption,
        ...(privateKeys.length === 0
          ? {}
          : { PrivateKeyList: privateKeys.map((key) => ({ KeyId: key.id, Timestamp: new Date(key.createdAt) })) }),
      },
    }
  },
})

/** iam:ListSAMLProviders. All of them: it has no pages. */
export const listSAMLProviders = operation('iam:ListSAMLProviders', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run: (_input, { account }) => ({
    output: {
      SAMLProviderList: account.inOrder('samlProvider').flatMap((key) => {
        const provider = account.all('samlProvider').get(key)
        return provider === undefined ? [] : [brief(account, provider)]
      }),
    },
  }),
})

/** iam:UpdateSAMLProvider. Sessions that are open stay open; the next response is held against what it says now. */
export const updateSAMLProvider = operation<'iam:UpdateSAMLProvider', SamlMetadata | undefined>(
  'iam:UpdateSAMLProvider',
  {
    asks: ({ SAMLProviderArn: arn }, { account }) => about(account, arn),
    refusals: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
    prepare: async ({ SAMLMetadataDocument: text }) => (text === undefined ? undefined : metadataOf(text)),
    run(input, call) {
      const { SAMLProviderArn: arn, SAMLMetadataDocument: metadata, AssertionEncryptionMode: encryption } = input
      const { account, now, prepared } = call
      const before = find(account, arn)
      const privateKeys = changeKeys(before, input, call)
      const provider = checkEncryption({
        ...before,
        ...(metadata === undefined || prepared === undefined ? {} : { metadata, validUntil: endOf(prepared, now) }),
        ...(encryption === undefined ? {} : { encryption }),
        privateKeys,
      })
      return { output: { SAMLProviderArn: arn }, changes: [keep(account, provider)] }
    },
  },
)

/** iam:DeleteSAMLProvider. Roles that trust it stay, and let nobody in. */
export const deleteSAMLProvider = operation('iam:DeleteSAMLProvider', {
  asks: ({ SAMLProviderArn: arn }, { account }) => about(account, arn),
  refusals: ['NoSuchEntity'],
  run: ({ SAMLProviderArn: arn }, { account }) => ({
    output: {},
    changes: [remove(account.id, 'samlProvider', nameKey(find(account, arn).name))],
  }),
})

/** iam:TagSAMLProvider. */
export const tagSAMLProvider = operation('iam:TagSAMLProvider', {
  asks({ SAMLProviderArn: arn, Tags }, { account }) {
    const asked = about(account, arn)
    return { ...asked, context: { ...asked.context, ...requestTags(Tags) } }
  },
  refusals: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
  run({ SAMLProviderArn: arn, Tags }, { account }) {
    const provider = find(account, arn)
    return { output: {}, changes: [keep(account, { ...provider, tags: withTags(provider.tags, Tags) })] }
  },
})

/** iam:UntagSAMLProvider. */
export const untagSAMLProvider = operation('iam:UntagSAMLProvider', {
  asks({ SAMLProviderArn: arn, TagKeys }, { account }) {
    const asked = about(account, arn)
    return { ...asked, context: { ...asked.context, 'aws:TagKeys': TagKeys } }
  },
  refusals: ['NoSuchEntity'],
  run({ SAMLProviderArn: arn, TagKeys }, { account }) {
    const provider = find(account, arn)
    return { output: {}, changes: [keep(account, { ...provider, tags: withoutTags(provider.tags, TagKeys) })] }
  },
})

/** iam:ListSAMLProviderTags. */
export const listSAMLProviderTags = operation('iam:ListSAMLProviderTags', {
  asks: ({ SAMLProviderArn: arn }, { account }) => about(account, arn),
  refusals: ['NoSuchEntity'],
  run({ SAMLProviderArn: arn, ...paging }, call) {
    const { name, tags } = find(call.account, arn)
    const listing = `tags/saml/${nameKey(name)}`
    const { items, end } = iamPage(call, tags, { listing, keyOf: ({ key }) => key, ...paging })
    return { output: { Tags: showTags(items), ...end } }
  },
})

/** The library that reads XML is loaded by the first metadata, not by starting the server. */
async function metadataOf(text: string): Promise<SamlMetadata> {
  const { readMetadata } = await import('../../saml/metadata.ts')
  const metadata = readMetadata(text)
  if (metadata === undefined) throw new Refusal('InvalidInput', 'Could not parse metadata')
  return metadata
}

function endOf({ validUntil }: SamlMetadata, now: number): number {
  return validUntil ?? new Date(now).setUTCFullYear(new Date(now).getUTCFullYear() + YEARS)
}

function named(account: Account, arn: string): SamlProvider | undefined {
  const provider = account.all('samlProvider').get(nameKey(arn.slice(arn.lastIndexOf('/') + 1)))
  return provider !== undefined && samlProviderArn(account.id, provider.name) === arn ? provider : undefined
}

function find(account: Account, arn: string): SamlProvider {
  const provider = named(account, arn)
  if (provider === undefined) throw new Refusal('NoSuchEntity', `Manifest not found for arn ${arn}`)
  return provider
}

function about(account: Account, arn: string) {
  return { resource: arn, context: resourceTags(named(account, arn)?.tags ?? []) }
}

function brief({ id }: Account, { name, validUntil, createdAt }: SamlProvider) {
  return { Arn: samlProviderArn(id, name), ValidUntil: new Date(validUntil), CreateDate: new Date(createdAt) }
}

function tagged({ tags }: SamlProvider) {
  return tags.length === 0 ? {} : { Tags: showTags(tags) }
}

function keep({ id }: Account, provider: SamlProvider) {
  return put(id, 'samlProvider', nameKey(provider.name), provider)
}
