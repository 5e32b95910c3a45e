/** IAM's quotas, each set so low that the next call is one too many: its code, its status and AWS's words. */

import * as Iam from '@aws-sdk/client-iam'
import { describe, expect, test } from 'vitest'
import { leaf, sshLine } from './certificates.ts'
import { giveDevice } from './codes.ts'
import { isQuotaName, QUOTAS, type QuotaSettings } from '../src/quotas.ts'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, policyText, trustText } from './people.ts'
import { newIdp } from './saml-idp.ts'

const TRUST = trustText({ AWS: MANAGEMENT })
const DOCUMENT = policyText({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
const THUMBPRINT = 'a'.repeat(40)
const READ = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const AUDIT = 'arn:aws:iam::aws:policy/SecurityAudit'
const OWN = `arn:aws:iam::${MANAGEMENT}:policy/own`
const ISSUER = `arn:aws:iam::${MANAGEMENT}:oidc-provider/one.example.com`

type Act = (iam: Iam.IAMClient) => Promise<unknown>

const user: Act = (iam) => iam.send(new Iam.CreateUserCommand({ UserName: 'u' }))
const group =
  (GroupName: string): Act =>
  (iam) =>
    iam.send(new Iam.CreateGroupCommand({ GroupName }))
const role =
  (RoleName: string, AssumeRolePolicyDocument = TRUST): Act =>
  (iam) =>
    iam.send(new Iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
const policy =
  (PolicyName: string): Act =>
  (iam) =>
    iam.send(new Iam.CreatePolicyCommand({ PolicyName, PolicyDocument: DOCUMENT }))
const version: Act = (iam) => iam.send(new Iam.CreatePolicyVersionCommand({ PolicyArn: OWN, PolicyDocument: DOCUMENT }))
const profile =
  (InstanceProfileName: string): Act =>
  (iam) =>
    iam.send(new Iam.CreateInstanceProfileCommand({ InstanceProfileName }))
const key: Act = (iam) => iam.send(new Iam.CreateAccessKeyCommand({ UserName: 'u' }))
const provider =
  (name: string): Act =>
  (iam) =>
    iam.send(
      new Iam.CreateOpenIDConnectProviderCommand({
        Url: `https://${name}.example.com`,
        ClientIDList: ['a'],
        ThumbprintList: [THUMBPRINT],
      }),
    )
const clientId =
  (ClientID: string): Act =>
  (iam) =>
    iam.send(new Iam.AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: ISSUER, ClientID }))
const join =
  (GroupName: string): Act =>
  (iam) =>
    iam.send(new Iam.AddUserToGroupCommand({ GroupName, UserName: 'u' }))
const toUser =
  (PolicyArn: string): Act =>
  (iam) =>
    iam.send(new Iam.AttachUserPolicyCommand({ UserName: 'u', PolicyArn }))
const toGroup =
  (PolicyArn: string): Act =>
  (iam) =>
    iam.send(new Iam.AttachGroupPolicyCommand({ GroupName: 'g', PolicyArn }))
const toRole =
  (PolicyArn: string): Act =>
  (iam) =>
    iam.send(new Iam.AttachRolePolicyCommand({ RoleName: 'r', PolicyArn }))
const both =
  (...acts: readonly Act[]): Act =>
  async (iam) => {
    for (const act of acts) await act(iam)
  }

const sshKey: Act = (iam) => iam.send(new Iam.UploadSSHPublicKeyCommand({ UserName: 'u', SSHPublicKeyBody: sshLine() }))
const server =
  (name: string): Act =>
  async (iam) => {
    const { certificate: CertificateBody, key: PrivateKey } = await leaf(`${name}.example.com`)
    const input = { ServerCertificateName: name, CertificateBody, PrivateKey }
    return iam.send(new Iam.UploadServerCertificateCommand(input))
  }
const signing =
  (name: string): Act =>
  async (iam) => {
    const { certificate: CertificateBody } = await leaf(`${name}.example.com`)
    return iam.send(new Iam.UploadSigningCertificateCommand({ UserName: 'u', CertificateBody }))
  }
const saml =
  (Name: string): Act =>
  async (iam) => {
    const { metadata: SAMLMetadataDocument } = await newIdp()
    return iam.send(new Iam.CreateSAMLProviderCommand({ Name, SAMLMetadataDocument }))
  }
const credential: Act = (iam) =>
  iam.send(new Iam.CreateServiceSpecificCredentialCommand({ UserName: 'u', ServiceName: 'codecommit.amazonaws.com' }))
const linked: Act = (iam) =>
  iam.send(new Iam.CreateServiceLinkedRoleCommand({ AWSServiceName: 'autoscaling.amazonaws.com' }))

/** The management account has one user from birth, and Organizations' own role. */
const COUNTED: readonly (readonly [quota: string, most: number, before: Act, beyond: Act])[] = [
  ['iam:UsersPerAccount', 1, async () => undefined, user],
  ['iam:GroupsPerAccount', 1, group('g'), group('h')],
  ['iam:RolesPerAccount', 3, both(role('a'), role('b')), role('c')],
  ['iam:RolesPerAccount', 2, role('a'), linked],
  ['iam:SAMLProvidersPerAccount', 1, saml('s'), saml('t')],
  ['iam:SSHPublicKeysPerUser', 1, both(user, sshKey), sshKey],
  ['iam:ServerCertificatesPerAccount', 1, server('s'), server('t')],
  ['iam:SigningCertificatesPerUser', 1, both(user, signing('s')), signing('t')],
  ['iam:ServiceSpecificCredentialsPerUser', 1, both(user, credential), credential],
  ['iam:PoliciesPerAccount', 1, policy('own'), policy('other')],
  ['iam:InstanceProfilesPerAccount', 1, profile('p'), profile('q')],
  ['iam:AccessKeysPerUser', 1, both(user, key), key],
  ['iam:GroupsPerUser', 1, both(user, group('g'), group('h'), join('g'), join('g')), join('h')],
  ['iam:PoliciesPerUser', 1, both(user, toUser(READ), toUser(READ)), toUser(AUDIT)],
  ['iam:PoliciesPerGroup', 1, both(group('g'), toGroup(READ), toGroup(READ)), toGroup(AUDIT)],
  ['iam:PoliciesPerRole', 1, both(role('r'), toRole(READ), toRole(READ)), toRole(AUDIT)],
  ['iam:ACLSizePerRole', 20, async () => undefined, role('r')],
  ['iam:OpenIdConnectProvidersPerAccount', 1, provider('one'), provider('two')],
  ['iam:ClientIdsPerOpenIdConnectProvider', 2, both(provider('one'), clientId('a'), clientId('b')), clientId('c')],
]

async function on<T>(quotas: QuotaSettings, act: (server: TestServer) => Promise<T>): Promise<T> {
  const server = await startServer({ quotas })
  try {
    return await act(server)
  } finally {
    await server.close()
    expect(server.bugs).toEqual([])
  }
}

describe('one too many is LimitExceeded, 409', () => {
  test.each(COUNTED)('of %s', async (quota, most, before, beyond) => {
    await on({ [quota]: most }, async (server) => {
      const iam = iamOf(server)
      await before(iam)
      const words = `Cannot exceed quota for ${quota.slice('iam:'.length)}: ${most}`
      await expectRefusal(beyond(iam), 'LimitExceeded', words, 409)
    })
  })

  test('of devices', async () => {
    await on({ 'iam:MFADevicesPerUser': 1 }, async (server) => {
      await user(iamOf(server))
      await giveDevice(server, 'u', 'first')
      await expectRefusal(
        giveDevice(server, 'u', 'second'),
        'LimitExceeded',
        'Cannot exceed quota for MFADevicesPerUser: 1',
        409,
      )
    })
  })

  test('of versions, in words of their own', async () => {
    await on({ 'iam:VersionsPerPolicy': 2 }, async (server) => {
      const iam = iamOf(server)
      await both(policy('own'), version)(iam)
      await expectRefusal(
        version(iam),
        'LimitExceeded',
        'A managed policy can have up to 2 versions. Before you create a new version, you must delete an existing version.',
        409,
      )
    })
  })

  test('of a trust policy that is changed', async () => {
    await on({ 'iam:ACLSizePerRole': TRUST.length }, async (server) => {
      const iam = iamOf(server)
      await role('r')(iam)
      const longer = TRUST.replace('sts:AssumeRole', 'sts:AssumeRoleWithSAML')
      const change = iam.send(new Iam.UpdateAssumeRolePolicyCommand({ RoleName: 'r', PolicyDocument: longer }))
      await expectRefusal(change, 'LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${TRUST.length}`, 409)
    })
  })
})

/** A document of so many characters, white space left out. */
function sized(length: number): string {
  const document = policyText({ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::' })
  return document.replace('s3:::', `s3:::${'x'.repeat(length - document.length)}`).replaceAll(',', ' , ')
}

describe('sizes that nobody raises, white space left out', () => {
  const put = {
    user:
      (PolicyDocument: string, PolicyName: string): Act =>
      (iam) =>
        iam.send(new Iam.PutUserPolicyCommand({ UserName: 'u', PolicyName, PolicyDocument })),
    group:
      (PolicyDocument: string, PolicyName: string): Act =>
      (iam) =>
        iam.send(new Iam.PutGroupPolicyCommand({ GroupName: 'g', PolicyName, PolicyDocument })),
    role:
      (PolicyDocument: string, PolicyName: string): Act =>
      (iam) =>
        iam.send(new Iam.PutRolePolicyCommand({ RoleName: 'r', PolicyName, PolicyDocument })),
  }

  test.each([
    ['user', 2048, 'u'],
    ['group', 5120, 'g'],
    ['role', 10_240, 'r'],
  ] as const)('all inline policies of a %s have %d together', async (kind, most, name) => {
    await on({}, async (server) => {
      const iam = iamOf(server)
      await both(user, group('g'), role('r'), put[kind](sized(most - 1000), 'a'), put[kind](sized(1000), 'b'))(iam)
      const words = `Maximum policy size of ${most} bytes exceeded for ${kind} ${name}`
      await expectRefusal(put[kind](sized(1001), 'b')(iam), 'LimitExceeded', words, 409)
    })
  })

  test('a managed policy has 6144', async () => {
    await on({}, async (server) => {
      const iam = iamOf(server)
      const create = (PolicyName: string, length: number) =>
        iam.send(new Iam.CreatePolicyCommand({ PolicyName, PolicyDocument: sized(length) }))
      await create('own', 6144)
      const words = 'Cannot exceed quota for PolicySize: 6144'
      await expectRefusal(create('other', 6145), 'LimitExceeded', words, 409)
      const next = new Iam.CreatePolicyVersionCommand({ PolicyArn: OWN, PolicyDocument: sized(6145) })
      await expectRefusal(iam.send(next), 'LimitExceeded', words, 409)
    })
  })

  test('an identity has 50 tags', async () => {
    await on({}, async (server) => {
      const iam = iamOf(server)
      const Tags = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' }))
      await iam.send(new Iam.CreateUserCommand({ UserName: 'u', Tags }))
      await iam.send(new Iam.TagUserCommand({ UserName: 'u', Tags: [{ Key: 'k1', Value: 'again' }] }))
      const more = new Iam.TagUserCommand({ UserName: 'u', Tags: [{ Key: 'k50', Value: '' }] })
      await expectRefusal(iam.send(more), 'LimitExceeded', 'The number of tags has reached the maximum limit.', 409)
    })
  })
})

test('every quota of IAM is in the table', () => {
  const all = Object.keys(QUOTAS).filter((name) => isQuotaName(name) && name.startsWith('iam:'))
  const tested = [...new Set(COUNTED.map(([quota]) => quota)), 'iam:MFADevicesPerUser', 'iam:VersionsPerPolicy']
  expect(all.toSorted()).toEqual(tested.toSorted())
})
