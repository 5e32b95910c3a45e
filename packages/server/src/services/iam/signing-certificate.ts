/** Signing certificates: X.509 certificates of users, for SOAP requests to EC2. */

import type { SigningCertificate } from '@sallyport/estate'
import { draw } from '../../random.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { certificateIn } from './server-certificate.ts'
import { refuseBeyond } from './shared.ts'
import { ownerOf, recordOf, recordPage, recordsOf, withoutRecord, withStatus } from './user-record.ts'
import { aboutUser } from './user.ts'

/** iam:UploadSigningCertificate. */
export const uploadSigningCertificate = operation('iam:UploadSigningCertificate', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['DuplicateCertificate', 'LimitExceeded', 'MalformedCertificate', 'NoSuchEntity'],
  run({ UserName, CertificateBody }, call) {
    const { account, now, random } = call
    const owner = ownerOf(call, UserName)
    const parsed = certificateIn(CertificateBody)
    if (parsed === undefined) throw new Refusal('MalformedCertificate', 'Certificate is malformed')
    const own = recordsOf(account, 'signingCertificate', owner)
    if (own.some(({ body }) => certificateIn(body)?.fingerprint256 === parsed.fingerprint256)) {
      throw new Refusal('DuplicateCertificate', 'The certificate is already associated with the user.')
    }
    refuseBeyond(call, 'iam:SigningCertificatesPerUser', own.length)
    const id = draw(random, 32, ID)
    const body = CertificateBody.trim()
    const certificate: SigningCertificate = { id, userId: owner.id, status: 'Active', createdAt: now, body }
    return {
      output: { Certificate: show(owner.name, certificate) },
      changes: [put(account.id, 'signingCertificate', id, certificate)],
    }
  },
})

const ID = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** iam:ListSigningCertificates. */
export const listSigningCertificates = operation('iam:ListSigningCertificates', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, ...paging }, call) {
    const owner = ownerOf(call, UserName)
    const { items, end } = recordPage(call, 'signingCertificate', { owner, ...paging })
    return { output: { Certificates: items.map((one) => show(owner.name, one)), ...end } }
  },
})

/** iam:UpdateSigningCertificate. */
export const updateSigningCertificate = operation('iam:UpdateSigningCertificate', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['InvalidInput', 'NoSuchEntity'],
  run({ UserName, CertificateId: id, Status }, call) {
    const { account } = call
    const certificate = recordOf(account, 'signingCertificate', { owner: ownerOf(call, UserName), ...named(id) })
    return { output: {}, changes: [withStatus(account, 'signingCertificate', certificate, Status)] }
  },
})

/** iam:DeleteSigningCertificate. */
export const deleteSigningCertificate = operation('iam:DeleteSigningCertificate', {
  asks: ({ UserName }, call) => aboutUser(call, UserName),
  refusals: ['NoSuchEntity'],
  run({ UserName, CertificateId: id }, call) {
    const { account } = call
    const certificate = recordOf(account, 'signingCertificate', { owner: ownerOf(call, UserName), ...named(id) })
    return { output: {}, changes: [withoutRecord(account, 'signingCertificate', certificate)] }
  },
})

function named(id: string) {
  return { id, missing: `The Certificate with id ${id} cannot be found.` }
}

function show(user: string, { id, body, status, createdAt }: SigningCertificate) {
  return {
    UserName: user,
    CertificateId: id,
    CertificateBody: body,
    Status: status,
    UploadDate: new Date(createdAt),
  }
}
