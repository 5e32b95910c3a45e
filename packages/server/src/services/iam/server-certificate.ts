/** Server certificates: what load balancers show, kept by name. */

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { nameKey, type Account, type ServerCertificate } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { uniqueId } from '../../ids.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { requestTags, resourceTags } from '../tags.ts'
import { iamPage, refuseBeyond, showTags, withTags, withoutTags } from './shared.ts'

/** iam:UploadServerCertificate. The key must be the certificate's, and the chain must lead on from it. */
export const uploadServerCertificate = operation('iam:UploadServerCertificate', {
  asks: ({ ServerCertificateName: name, Path: path = '/', Tags }, { account }) => ({
    resource: arnOf(account, { path, name }),
    context: requestTags(Tags),
  }),
  refusals: ['EntityAlreadyExists', 'InvalidInput', 'KeyPairMismatch', 'LimitExceeded', 'MalformedCertificate'],
  run(input, call) {
    const { ServerCertificateName: name, Path: path = '/', Tags } = input
    const { account, random, now } = call
    refuseTaken(account, name)
    refuseBeyond(call, 'iam:ServerCertificatesPerAccount', account.all('serverCertificate').size)
    const { body, expiresAt, chain } = checked(input)
    const certificate: ServerCertificate = {
      kind: 'serverCertificate',
      name,
      path,
      id: uniqueId(random, 'serverCertificate'),
      createdAt: now,
      expiresAt,
      body,
      ...(chain === undefined ? {} : { chain }),
      tags: withTags([], Tags),
    }
    const output = { ServerCertificateMetadata: brief(account, certificate), ...tagged(certificate) }
    return { output, changes: [keep(account, certificate)] }
  },
})

/** iam:GetServerCertificate. Its private key is not to be had back. */
export const getServerCertificate = operation('iam:GetServerCertificate', {
  asks: ({ ServerCertificateName }, { account }) => about(account, ServerCertificateName),
  refusals: ['NoSuchEntity'],
  run({ ServerCertificateName }, { account }) {
    const certificate = find(account, ServerCertificateName)
    const { body, chain } = certificate
    return {
      output: {
        ServerCertificate: {
          ServerCertificateMetadata: brief(account, certificate),
          CertificateBody: body,
          CertificateChain: chain,
          ...tagged(certificate),
        },
      },
    }
  },
})

/** iam:ListServerCertificates. */
export const listServerCertificates = operation('iam:ListServerCertificates', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run({ PathPrefix = '/', ...paging }, call) {
    const { account } = call
    const listed = [...account.all('serverCertificate').values()].filter(({ path }) => path.startsWith(PathPrefix))
    const listing = `ListServerCertificates${PathPrefix}`
    const { items, end } = iamPage(call, listed, { listing, keyOf: ({ name }) => nameKey(name), ...paging })
    return { output: { ServerCertificateMetadataList: items.map((one) => brief(account, one)), ...end } }
  },
})

/** iam:UpdateServerCertificate. A new name or path; the id stays. */
export const updateServerCertificate = operation('iam:UpdateServerCertificate', {
  asks({ ServerCertificateName, NewServerCertificateName, NewPath }, { account }) {
    const from = about(account, ServerCertificateName)
    const before = account.all('serverCertificate').get(nameKey(ServerCertificateName))
    const path = NewPath ?? before?.path ?? '/'
    return [from, { resource: arnOf(account, { path, name: NewServerCertificateName ?? ServerCertificateName }) }]
  },
  refusals: ['EntityAlreadyExists', 'NoSuchEntity'],
  run({ ServerCertificateName: old, NewServerCertificateName: name = old, NewPath }, { account }) {
    const certificate = find(account, old)
    if (nameKey(name) !== nameKey(old)) refuseTaken(account, name)
    const changed = { ...certificate, name, path: NewPath ?? certificate.path }
    return { output: {}, changes: [remove(account.id, 'serverCertificate', nameKey(old)), keep(account, changed)] }
  },
})

/** iam:DeleteServerCertificate. */
export const deleteServerCertificate = operation('iam:DeleteServerCertificate', {
  asks: ({ ServerCertificateName }, { account }) => about(account, ServerCertificateName),
  refusals: ['NoSuchEntity'],
  run({ ServerCertificateName }, { account }) {
    const { name } = find(account, ServerCertificateName)
    return { output: {}, changes: [remove(account.id, 'serverCertificate', nameKey(name))] }
  },
})

/** iam:TagServerCertificate. */
export const tagServerCertificate = operation('iam:TagServerCertificate', {
  asks({ ServerCertificateName, Tags }, { account }) {
    const asked = about(account, ServerCertificateName)
    return { ...asked, context: { ...asked.context, ...requestTags(Tags) } }
  },
  refusals: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
  run({ ServerCertificateName, Tags }, { account }) {
    const certificate = find(account, ServerCertificateName)
    return { output: {}, changes: [keep(account, { ...certificate, tags: withTags(certificate.tags, Tags) })] }
  },
})

/** iam:UntagServerCertificate. */
export const untagServerCertificate = operation('iam:UntagServerCertificate', {
  asks({ ServerCertificateName, TagKeys }, { account }) {
    const asked = about(account, ServerCertificateName)
    return { ...asked, context: { ...asked.context, 'aws:TagKeys': TagKeys } }
  },
  refusals: ['NoSuchEntity'],
  run({ ServerCertificateName, TagKeys }, { account }) {
    const certificate = find(account, ServerCertificateName)
    return { output: {}, changes: [keep(account, { ...certificate, tags: withoutTags(certificate.tags, TagKeys) })] }
  },
})

/** iam:ListServerCertificateTags. */
export const listServerCertificateTags = operation('iam:ListServerCertificateTags', {
  asks: ({ ServerCertificateName }, { account }) => about(account, ServerCertificateName),
  refusals: ['NoSuchEntity'],
  run({ ServerCertificateName, ...paging }, call) {
    const { id, tags } = find(call.account, ServerCertificateName)
    const { items, end } = iamPage(call, tags, { listing: `tags/${id}`, keyOf: ({ key }) => key, ...paging })
    return { output: { Tags: showTags(items), ...end } }
  },
})

function checked({ CertificateBody, PrivateKey, CertificateChain: chain }: Input<'iam:UploadServerCertificate'>) {
  const certificate = certificateIn(CertificateBody)
  if (certificate === undefined)
    throw malformed('Unable to parse certificate. Please ensure the certificate is in PEM format.')
  const key = keyIn(PrivateKey)
  if (key === undefined) throw malformed('Unable to parse key; the body must contain only a PEM encoded private key')
  if (!certificate.checkPrivateKey(key)) {
    throw new Refusal('KeyPairMismatch', 'Public key does not match the private key.')
  }
  if (chain !== undefined && !leadsOn(certificate, chain)) {
    throw malformed(
      'Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order.',
    )
  }
  return { body: CertificateBody.trim(), expiresAt: Date.parse(certificate.validTo), chain: chain?.trim() }
}

export function certificateIn(text: string): X509Certificate | undefined {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) return undefined
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}

/** One that is encrypted cannot be read. */
function keyIn(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text)
  } catch {
    return undefined
  }
}

const PEM = /-----BEGIN CERTIFICATE-----[\w\s+/=]+-----END CERTIFICATE-----/g

/** Each certificate was issued by the one after it. */
function leadsOn(first: X509Certificate, chain: string): boolean {
  const parts = chain.match(PEM)?.map(certificateIn) ?? []
  if (parts.length === 0) return false
  let at = first
  for (const next of parts) {
    if (next === undefined || !at.checkIssued(next)) return false
    at = next
  }
  return true
}

function malformed(text: string): Refusal {
  return new Refusal('MalformedCertificate', text)
}

function arnOf({ id }: Account, { path, name }: Pick<ServerCertificate, 'path' | 'name'>): string {
  return `arn:aws:iam::${id}:server-certificate${path}${name}`
}

function find(account: Account, name: string): ServerCertificate {
  const certificate = account.all('serverCertificate').get(nameKey(name))
  if (certificate !== undefined) return certificate
  throw new Refusal('NoSuchEntity', `The Server Certificate with name ${name} cannot be found.`)
}

function refuseTaken(account: Account, name: string): void {
  if (!account.all('serverCertificate').has(nameKey(name))) return
  throw new Refusal('EntityAlreadyExists', `The Server Certificate with name ${name} already exists.`)
}

function about(account: Account, name: string) {
  const certificate = account.all('serverCertificate').get(nameKey(name))
  return {
    resource: arnOf(account, certificate ?? { path: '/', name }),
    context: resourceTags(certificate?.tags ?? []),
  }
}

function brief(account: Account, certificate: ServerCertificate) {
  const { path, name, id, createdAt, expiresAt } = certificate
  return {
    Path: path,
    ServerCertificateName: name,
    ServerCertificateId: id,
    Arn: arnOf(account, certificate),
    UploadDate: new Date(createdAt),
    Expiration: new Date(expiresAt),
  }
}

function tagged({ tags }: ServerCertificate) {
  return tags.length === 0 ? {} : { Tags: showTags(tags) }
}

function keep({ id }: Call['account'], certificate: ServerCertificate) {
  return put(id, 'serverCertificate', nameKey(certificate.name), certificate)
}
