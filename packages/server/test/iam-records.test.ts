import { createHash, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Iam from '@aws-sdk/client-iam'
import { issuer, leaf, sshLine } from './certificates.ts'
import { MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, pagesOf } from './people.ts'

let server: TestServer
let iam: Iam.IAMClient
let nobody: Keys
let one: Awaited<ReturnType<typeof leaf>>
let other: Awaited<ReturnType<typeof leaf>>

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  nobody = await newUser(server, 'nobody')
  await newUser(server, 'holder')
  one = await leaf('one.example.com')
  other = await leaf('other.example.com')
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const UserName = 'holder'

describe('server certificates', () => {
  const name = { ServerCertificateName: 'one' }
  const upload = (extra: Partial<Iam.UploadServerCertificateCommandInput> = {}) =>
    iam.send(
      new Iam.UploadServerCertificateCommand({
        ...name,
        CertificateBody: one.certificate,
        PrivateKey: one.key,
        ...extra,
      }),
    )

  test('are kept with their chain, and never show their key again', async () => {
    const chain = (await issuer()).certificate
    const made = await upload({ Path: '/team/', CertificateChain: chain, Tags: [{ Key: 'team', Value: 'a' }] })
    expect(made).toMatchObject({
      ServerCertificateMetadata: {
        Path: '/team/',
        ServerCertificateName: 'one',
        ServerCertificateId: expect.stringMatching(/^ASCA[A-Z2-7]{17}$/),
        Arn: `arn:aws:iam::${MANAGEMENT}:server-certificate/team/one`,
        Expiration: new Date(new X509Certificate(one.certificate).validTo),
      },
      Tags: [{ Key: 'team', Value: 'a' }],
    })
    const { ServerCertificate } = await iam.send(new Iam.GetServerCertificateCommand(name))
    expect(ServerCertificate).toMatchObject({
      CertificateBody: one.certificate.trim(),
      CertificateChain: chain.trim(),
      Tags: [{ Key: 'team' }],
    })
    expect(JSON.stringify(ServerCertificate)).not.toContain('PRIVATE')
  })

  type Asked = Partial<Iam.UploadServerCertificateCommandInput>
  const REFUSED: readonly [what: string, extra: () => Asked, code: string, text: RegExp, why: string][] = [
    [
      'a name that is taken, in another case',
      () => ({ ServerCertificateName: 'ONE' }),
      'EntityAlreadyExists',
      /^The Server Certificate with name ONE already exists\.$/,
      'names differ by more',
    ],
    [
      'no PEM',
      () => ({ ServerCertificateName: 'b', CertificateBody: 'body' }),
      'MalformedCertificate',
      /^Unable to parse certificate/,
      'it is parsed',
    ],
    [
      'a key that is none',
      () => ({ ServerCertificateName: 'b', PrivateKey: 'key' }),
      'MalformedCertificate',
      /^Unable to parse key/,
      'so is the key',
    ],
    [
      'the key of another',
      () => ({ ServerCertificateName: 'b', PrivateKey: other.key }),
      'KeyPairMismatch',
      /does not match/,
      'it could not be served',
    ],
    [
      'a chain that leads elsewhere',
      () => ({ ServerCertificateName: 'b', CertificateChain: other.certificate }),
      'MalformedCertificate',
      /^Unable to validate certificate chain/,
      'clients would not trust it',
    ],
    [
      'a path without its last slash',
      () => ({ ServerCertificateName: 'b', Path: '/team' }),
      'ValidationError',
      /path/,
      'as for users',
    ],
  ]
  test.each(REFUSED)('are refused with %s', async (_what, extra, code, text) => {
    await expectRefusal(upload(extra()), code, text)
  })

  test('are renamed, and keep their id', async () => {
    await upload({ ServerCertificateName: 'two' })
    const taken = new Iam.UpdateServerCertificateCommand({ ...name, NewServerCertificateName: 'Two' })
    await expectRefusal(iam.send(taken), 'EntityAlreadyExists')
    const before = await iam.send(new Iam.GetServerCertificateCommand(name))
    const renamed = { ServerCertificateName: 'three' }
    await iam.send(
      new Iam.UpdateServerCertificateCommand({ ...name, NewServerCertificateName: 'three', NewPath: '/other/' }),
    )
    await expectRefusal(
      iam.send(new Iam.GetServerCertificateCommand(name)),
      'NoSuchEntity',
      'The Server Certificate with name one cannot be found.',
      404,
    )
    const { ServerCertificate: after } = await iam.send(new Iam.GetServerCertificateCommand(renamed))
    expect(after?.ServerCertificateMetadata).toMatchObject({
      ServerCertificateId: before.ServerCertificate?.ServerCertificateMetadata?.ServerCertificateId,
      Arn: `arn:aws:iam::${MANAGEMENT}:server-certificate/other/three`,
    })
  })

  test('are listed by path, page by page', async () => {
    await upload({ ServerCertificateName: 'four' })
    const pages = Iam.paginateListServerCertificates({ client: iam, pageSize: 2 }, {})
    const names = await pagesOf(pages, (page) =>
      page.ServerCertificateMetadataList?.map((it) => it.ServerCertificateName),
    )
    expect(names).toEqual([['four', 'three'], ['two']])
    const below = await iam.send(new Iam.ListServerCertificatesCommand({ PathPrefix: '/other' }))
    expect(below.ServerCertificateMetadataList).toHaveLength(1)
  })

  test('are tagged', async () => {
    const three = { ServerCertificateName: 'three' }
    await iam.send(new Iam.TagServerCertificateCommand({ ...three, Tags: [{ Key: 'b', Value: '1' }] }))
    await iam.send(new Iam.UntagServerCertificateCommand({ ...three, TagKeys: ['team'] }))
    const { Tags } = await iam.send(new Iam.ListServerCertificateTagsCommand(three))
    expect(Tags).toEqual([{ Key: 'b', Value: '1' }])
  })

  test('are deleted once', async () => {
    const remove = () => iam.send(new Iam.DeleteServerCertificateCommand({ ServerCertificateName: 'four' }))
    await remove()
    await expectRefusal(remove(), 'NoSuchEntity', 'The Server Certificate with name four cannot be found.', 404)
  })
})

describe('signing certificates', () => {
  const upload = (CertificateBody: string) =>
    iam.send(new Iam.UploadSigningCertificateCommand({ UserName, CertificateBody }))

  test('are two a user, each once, told apart by id', async () => {
    const { Certificate } = await upload(one.certificate)
    expect(Certificate).toMatchObject({ UserName, Status: 'Active', CertificateBody: one.certificate.trim() })
    await expectRefusal(upload(one.certificate), 'DuplicateCertificate', /./, 409)
    await expectRefusal(upload('none'), 'MalformedCertificate', 'Certificate is malformed', 400)
    await upload(other.certificate)
    const third = upload((await leaf('third')).certificate)
    await expectRefusal(third, 'LimitExceeded', 'Cannot exceed quota for SigningCertificatesPerUser: 2', 409)
    const pages = Iam.paginateListSigningCertificates({ client: iam, pageSize: 1 }, { UserName })
    expect(await pagesOf(pages, ({ Certificates }) => Certificates)).toHaveLength(2)
  })

  test('are switched off, and deleted by their owner alone', async () => {
    const { Certificates: [first] = [] } = await iam.send(new Iam.ListSigningCertificatesCommand({ UserName }))
    const CertificateId = first?.CertificateId ?? ''
    await iam.send(new Iam.UpdateSigningCertificateCommand({ UserName, CertificateId, Status: 'Inactive' }))
    const stranger = new Iam.DeleteSigningCertificateCommand({ UserName: 'nobody', CertificateId })
    const text = `The Certificate with id ${CertificateId} cannot be found.`
    await expectRefusal(iam.send(stranger), 'NoSuchEntity', text, 404)
    const { Certificates = [] } = await iam.send(new Iam.ListSigningCertificatesCommand({ UserName }))
    expect(Certificates.find((it) => it.CertificateId === CertificateId)?.Status).toBe('Inactive')
    await iam.send(new Iam.DeleteSigningCertificateCommand({ UserName, CertificateId }))
  })
})

describe('SSH public keys', () => {
  const line = sshLine()
  const upload = (SSHPublicKeyBody: string) =>
    iam.send(new Iam.UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }))

  test('have the fingerprint that OpenSSH gives them, and come back in two forms', async () => {
    const { SSHPublicKey } = await upload(line)
    const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64')
    expect(SSHPublicKey).toMatchObject({
      UserName,
      SSHPublicKeyId: expect.stringMatching(/^APKA[A-Z2-7]{17}$/),
      Status: 'Active',
      Fingerprint: createHash('md5')
        .update(blob)
        .digest('hex')
        .replaceAll(/..(?=.)/g, '$&:'),
      SSHPublicKeyBody: line,
    })
    const get = async (Encoding: 'SSH' | 'PEM') => {
      const SSHPublicKeyId = SSHPublicKey?.SSHPublicKeyId ?? ''
      const found = await iam.send(new Iam.GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding }))
      return found.SSHPublicKey?.SSHPublicKeyBody ?? ''
    }
    expect(line.startsWith(await get('SSH'))).toBe(true)
    const pem = await get('PEM')
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----/)
    await expectRefusal(upload(pem), 'DuplicateSSHPublicKey', /./, 400)
  })

  test.each([
    ['no key', () => 'ssh-rsa none', 'it is read'],
    ['a short key', () => sshLine(1024), '2,048 bits at the least'],
  ])('are refused for %s', async (_what, body) => {
    await expectRefusal(upload(body()), 'InvalidPublicKey', /malformed or otherwise invalid/, 400)
  })

  test('are five a user, switched off and deleted', async () => {
    for (let nth = 1; nth < 5; nth += 1) await upload(sshLine())
    await expectRefusal(upload(sshLine()), 'LimitExceeded', 'Cannot exceed quota for SSHPublicKeysPerUser: 5', 409)
    const pages = Iam.paginateListSSHPublicKeys({ client: iam, pageSize: 3 }, { UserName })
    const ids = await pagesOf(pages, ({ SSHPublicKeys }) => SSHPublicKeys?.map((it) => it.SSHPublicKeyId ?? ''))
    expect(ids.map((page) => page.length)).toEqual([3, 2])
    const SSHPublicKeyId = ids[0]?.[0] ?? ''
    await iam.send(new Iam.UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: 'Inactive' }))
    const { SSHPublicKeys: [first] = [] } = await iam.send(new Iam.ListSSHPublicKeysCommand({ UserName }))
    expect(first).toMatchObject({ SSHPublicKeyId, Status: 'Inactive' })
    const remove = () => iam.send(new Iam.DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }))
    await remove()
    await expectRefusal(remove(), 'NoSuchEntity', `The Public Key with id ${SSHPublicKeyId} cannot be found.`, 404)
  })
})

describe('service-specific credentials', () => {
  const create = (ServiceName: string, extra: { CredentialAgeDays?: number } = {}) =>
    iam.send(new Iam.CreateServiceSpecificCredentialCommand({ UserName, ServiceName, ...extra }))

  test('are told once, with a name of the user and the account', async () => {
    const { ServiceSpecificCredential: made } = await create('codecommit.amazonaws.com')
    expect(made).toMatchObject({
      UserName,
      ServiceName: 'codecommit.amazonaws.com',
      ServiceSpecificCredentialId: expect.stringMatching(/^ACCA[A-Z2-7]{17}$/),
      ServiceUserName: `holder-at-${MANAGEMENT}`,
      ServicePassword: expect.stringMatching(/^.{41}$/),
      Status: 'Active',
    })
    const { ServiceSpecificCredential: second } = await create('codecommit.amazonaws.com')
    expect(second?.ServiceUserName).toBe(`holder+1-at-${MANAGEMENT}`)
    const third = create('codecommit.amazonaws.com')
    await expectRefusal(third, 'LimitExceeded', 'Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2', 409)
    const { ServiceSpecificCredentials = [] } = await iam.send(
      new Iam.ListServiceSpecificCredentialsCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' }),
    )
    expect(ServiceSpecificCredentials).toHaveLength(2)
    expect(JSON.stringify(ServiceSpecificCredentials)).not.toContain(made?.ServicePassword)
  })

  test('are keys for Bedrock, and may end by themselves', async () => {
    const { ServiceSpecificCredential } = await create('bedrock.amazonaws.com', { CredentialAgeDays: 7 })
    const { CreateDate, ExpirationDate, ServiceCredentialSecret } = ServiceSpecificCredential ?? {}
    expect((ExpirationDate?.getTime() ?? 0) - (CreateDate?.getTime() ?? 0)).toBe(7 * 86_400_000)
    expect(ServiceCredentialSecret).toMatch(/^ABSK/)
    const { ServiceSpecificCredentials } = await iam.send(
      new Iam.ListServiceSpecificCredentialsCommand({ AllUsers: true, MaxItems: 2 }),
    )
    expect(ServiceSpecificCredentials).toHaveLength(2)
  })

  test('are of services that have them', async () => {
    const text = 'No such service lambda.amazonaws.com is supported for Service Specific Credentials'
    await expectRefusal(create('lambda.amazonaws.com'), 'NoSuchEntity', text, 404)
  })

  test('are reset, switched off and deleted', async () => {
    const { ServiceSpecificCredentials: [first] = [] } = await iam.send(
      new Iam.ListServiceSpecificCredentialsCommand({ UserName }),
    )
    const named = { UserName, ServiceSpecificCredentialId: first?.ServiceSpecificCredentialId ?? '' }
    const { ServiceSpecificCredential } = await iam.send(new Iam.ResetServiceSpecificCredentialCommand(named))
    expect(
      ServiceSpecificCredential?.ServicePassword ?? ServiceSpecificCredential?.ServiceCredentialSecret,
    ).toBeTruthy()
    await iam.send(new Iam.UpdateServiceSpecificCredentialCommand({ ...named, Status: 'Inactive' }))
    const remove = () => iam.send(new Iam.DeleteServiceSpecificCredentialCommand(named))
    await remove()
    const text = `No such credential ${named.ServiceSpecificCredentialId} exists`
    await expectRefusal(remove(), 'NoSuchEntity', text, 404)
  })
})

describe('service-linked roles', () => {
  const create = (AWSServiceName: string, extra: { CustomSuffix?: string; Description?: string } = {}) =>
    iam.send(new Iam.CreateServiceLinkedRoleCommand({ AWSServiceName, ...extra }))

  test('are made as their service wants them', async () => {
    const { Role } = await create('batch.amazonaws.com', { Description: 'batches' })
    const Arn = `arn:aws:iam::${MANAGEMENT}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch`
    expect(Role).toMatchObject({
      RoleName: 'AWSServiceRoleForBatch',
      Arn,
      Path: '/aws-service-role/batch.amazonaws.com/',
    })
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toContain('"Service":"batch.amazonaws.com"')
    const { AttachedPolicies } = await iam.send(
      new Iam.ListAttachedRolePoliciesCommand({ RoleName: 'AWSServiceRoleForBatch' }),
    )
    expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toEqual(['BatchServiceRolePolicy'])
  })

  const REFUSED: readonly [string, string, { CustomSuffix?: string }, string, string][] = [
    [
      'one that is there',
      'batch.amazonaws.com',
      {},
      'Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix.',
      'recorded',
    ],
    [
      'a suffix where there is one role',
      'ecs.amazonaws.com',
      { CustomSuffix: 'x' },
      'Custom suffix is not allowed for ecs.amazonaws.com',
      'recorded',
    ],
    [
      'a service without',
      'nobody.amazonaws.com',
      {},
      'Service linked role cannot be created for service nobody.amazonaws.com',
      'closed',
    ],
  ]
  test.each(REFUSED)('are refused for %s', async (_what, service, extra, text) => {
    await expectRefusal(create(service, extra), 'InvalidInput', text, 400)
  })

  test('have a suffix where there may be several', async () => {
    const { Role } = await create('autoscaling.amazonaws.com', { CustomSuffix: 'team' })
    expect(Role?.RoleName).toBe('AWSServiceRoleForAutoScaling_team')
  })

  test('are deleted by their own operation, which says how it went', async () => {
    const RoleName = 'AWSServiceRoleForBatch'
    await expectRefusal(
      iam.send(new Iam.DeleteRoleCommand({ RoleName })),
      'UnmodifiableEntity',
      /only modifiable by AWS/,
      400,
    )
    const { DeletionTaskId = '' } = await iam.send(new Iam.DeleteServiceLinkedRoleCommand({ RoleName }))
    expect(DeletionTaskId).toMatch(
      /^task\/aws-service-role\/batch\.amazonaws\.com\/AWSServiceRoleForBatch\/[0-9a-f-]{36}$/,
    )
    const status = new Iam.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId })
    expect(await iam.send(status)).toMatchObject({ Status: 'SUCCEEDED' })
    await expectRefusal(iam.send(new Iam.GetRoleCommand({ RoleName })), 'NoSuchEntity')
    const none = new Iam.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: `${DeletionTaskId}x` })
    await expectRefusal(iam.send(none), 'NoSuchEntity', /cannot be found/, 404)
  })
})

describe('whoever is allowed nothing', () => {
  const CALLS = {
    UploadServerCertificate: () =>
      new Iam.UploadServerCertificateCommand({ ServerCertificateName: 'x', CertificateBody: 'x', PrivateKey: 'x' }),
    UploadSigningCertificate: () => new Iam.UploadSigningCertificateCommand({ UserName, CertificateBody: 'x' }),
    UploadSSHPublicKey: () => new Iam.UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: 'x' }),
    CreateServiceSpecificCredential: () =>
      new Iam.CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' }),
    CreateServiceLinkedRole: () => new Iam.CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }),
    EnableOrganizationsRootSessions: () => new Iam.EnableOrganizationsRootSessionsCommand({}),
  }
  test.each(Object.entries(CALLS))('is denied %s', async (name, command) => {
    // each is a command of IAM's; the union of their types is more than `send` infers
    const call = iamOf(server, nobody).send(command() as Iam.UploadSSHPublicKeyCommand)
    await expectRefusal(call, 'AccessDenied', new RegExp(`iam:${name} `), 403)
  })
})
