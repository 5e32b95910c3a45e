import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  DeleteSAMLProviderCommand,
  GetAccountSummaryCommand,
  GetSAMLProviderCommand,
  IAMClient,
  ListSAMLProvidersCommand,
  ListSAMLProviderTagsCommand,
  paginateListSAMLProviderTags,
  TagSAMLProviderCommand,
  UntagSAMLProviderCommand,
  UpdateSAMLProviderCommand,
  type CreateSAMLProviderCommandInput,
  type UpdateSAMLProviderCommandInput,
} from '@aws-sdk/client-iam'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, pagesOf, trustText } from './people.ts'
import { metadataText, newIdp, type SamlIdp } from './saml-idp.ts'

let server: TestServer
let iam: IAMClient
let idp: SamlIdp
let weak: SamlIdp
const ARN = `arn:aws:iam::${MANAGEMENT}:saml-provider/Company`
const arn = { SAMLProviderArn: ARN }

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  idp = await newIdp()
  weak = await newIdp('https://weak.example.com', 512)
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

function create(Name: string, more: Partial<CreateSAMLProviderCommandInput> = {}) {
  return iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: idp.metadata, ...more }))
}

function update(input: Partial<UpdateSAMLProviderCommandInput>) {
  return iam.send(new UpdateSAMLProviderCommand({ ...arn, ...input }))
}

const show = () => iam.send(new GetSAMLProviderCommand(arn))

function pem(type: 'rsa' | 'ec', modulusLength = 2048): string {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength }) : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

describe('a SAML provider', () => {
  test('is created under its name, and shown with its metadata as they were given', async () => {
    const Tags = [{ Key: 'team', Value: 'a' }]
    const made = await create('Company', { Tags })
    expect(made).toMatchObject({ SAMLProviderArn: ARN, Tags })
    const shown = await show()
    expect(shown).toMatchObject({
      SAMLProviderUUID: expect.stringMatching(/^[A-Z0-9]{22}$/),
      SAMLMetadataDocument: idp.metadata,
      CreateDate: expect.any(Date),
      Tags,
    })
    expect(shown).not.toHaveProperty('AssertionEncryptionMode')
    expect(shown).not.toHaveProperty('PrivateKeyList')
    const { CreateDate, ValidUntil } = shown
    expect((ValidUntil?.getUTCFullYear() ?? 0) - (CreateDate?.getUTCFullYear() ?? 0)).toBe(100)
    const { SAMLProviderList } = await iam.send(new ListSAMLProvidersCommand())
    expect(SAMLProviderList).toEqual([{ Arn: ARN, CreateDate, ValidUntil }])
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand())
    expect(SummaryMap?.Providers).toBe(1)
  })

  test('is valid until its metadata say', async () => {
    const until = ' validUntil="2031-05-06T07:08:09Z"'
    const changed = idp.metadata.replace(/ entityID="[^"]*"/, (id) => id + until)
    expect(await update({ SAMLMetadataDocument: changed })).toMatchObject(arn)
    expect(await show()).toMatchObject({
      SAMLMetadataDocument: changed,
      ValidUntil: new Date('2031-05-06T07:08:09Z'),
    })
  })

  const COULD_NOT = 'Could not parse metadata'
  const METADATA: readonly [what: string, metadata: () => string, why: string][] = [
    ['no XML', () => 'a'.repeat(1000), 'it says nothing'],
    ['a byte order mark', () => `\uFEFF${idp.metadata}`, 'as AWS documents it'],
    ['a document type', () => idp.metadata.replace('<!--', '<!DOCTYPE x><!--'), 'it could bring entities'],
    ['what ends too soon', () => idp.metadata.slice(0, -3), 'it is not well-formed'],
    ['another root', () => idp.metadata.replaceAll('md:EntityDescriptor', 'md:Entity'), 'it describes nobody'],
    ['another namespace', () => idp.metadata.replace('SAML:2.0:metadata', 'SAML:1.0:metadata'), 'as above'],
    ['no name', () => idp.metadata.replace(/ entityID="[^"]*"/, ''), 'nobody could be asked for'],
    [
      'no provider of identities',
      () => idp.metadata.replaceAll('IDPSSODescriptor', 'SPSSODescriptor'),
      'it signs nothing',
    ],
    [
      'another protocol',
      () => idp.metadata.replace('SAML:2.0:protocol', 'SAML:1.1:protocol'),
      'its responses are others',
    ],
    ['no place to sign in', () => idp.metadata.replace(/<md:SingleSignOnService[^>]*>/, ''), 'the schema asks for one'],
    ['no key for signing', () => idp.metadata.replace('use="signing"', 'use="encryption"'), 'nothing could be proved'],
    ['a certificate that is none', () => metadataText(idp.entityId, 'AAAA'), 'nothing could be proved'],
    ['a key of 512 bits', () => weak.metadata, '1,024 at the least'],
    [
      'an end that is no time',
      () => idp.metadata.replace(/ entityID="[^"]*"/, (id) => `${id} validUntil="soon"`),
      'nobody knows when',
    ],
  ]
  test.each(METADATA)('is refused with metadata that are, or have, %s', async (_what, metadata) => {
    await expectRefusal(create('Other', { SAMLMetadataDocument: metadata() }), 'InvalidInput', COULD_NOT, 400)
    await expectRefusal(update({ SAMLMetadataDocument: metadata() }), 'InvalidInput', COULD_NOT, 400)
  })

  type Asked = Partial<CreateSAMLProviderCommandInput>
  const REFUSED: readonly [what: string, input: Asked, code: string, text: string | RegExp, why: string][] = [
    ['a name that is there', { Name: 'company' }, 'EntityAlreadyExists', /already exists/, 'whatever its case'],
    ['a name with a space', { Name: 'a b' }, 'ValidationError', /at 'name'/, 'it goes into an ARN'],
    [
      'short metadata',
      { SAMLMetadataDocument: '<a/>' },
      'ValidationError',
      /sAMLMetadataDocument/i,
      'a thousand characters',
    ],
    ['a tag of AWS’s', { Tags: [{ Key: 'aws:x', Value: '' }] }, 'InvalidInput', /System tags/, 'reserved'],
    [
      'encryption that nobody could undo',
      { AssertionEncryptionMode: 'Required' },
      'InvalidInput',
      'Unable to set assertion encryption mode to Required because no private key is provided.',
      'every response would fail',
    ],
    ['a key that is none', { AddPrivateKey: 'key' }, 'InvalidInput', 'Invalid private key.', 'it would open nothing'],
    ['a key of a curve', { AddPrivateKey: pem('ec') }, 'InvalidInput', 'Invalid private key.', 'RSA wraps keys'],
  ]
  test.each(REFUSED)('is refused with %s', async (_what, input, code, text) => {
    await expectRefusal(create('Another', input), code, text)
  })

  test('is tagged, page by page', async () => {
    const Tags = ['a', 'b', 'c'].map((Key) => ({ Key, Value: '' }))
    await iam.send(new TagSAMLProviderCommand({ ...arn, Tags }))
    await iam.send(new UntagSAMLProviderCommand({ ...arn, TagKeys: ['team', 'none'] }))
    const pages = paginateListSAMLProviderTags({ client: iam, pageSize: 2 }, arn)
    expect(await pagesOf(pages, ({ Tags: page }) => page?.map(({ Key }) => Key))).toEqual([['a', 'b'], ['c']])
  })

  const ABSENT = { SAMLProviderArn: `${ARN}s` }
  const NAMING = {
    Get: () => iam.send(new GetSAMLProviderCommand(ABSENT)),
    Update: () => iam.send(new UpdateSAMLProviderCommand({ ...ABSENT, SAMLMetadataDocument: idp.metadata })),
    Delete: () => iam.send(new DeleteSAMLProviderCommand(ABSENT)),
    Tag: () => iam.send(new TagSAMLProviderCommand({ ...ABSENT, Tags: [{ Key: 'k', Value: '' }] })),
    Untag: () => iam.send(new UntagSAMLProviderCommand({ ...ABSENT, TagKeys: ['k'] })),
    ListTags: () => iam.send(new ListSAMLProviderTagsCommand(ABSENT)),
  }
  test.each(Object.entries(NAMING))('is not found by %s where there is none', async (_name, call) => {
    await expectRefusal(call(), 'NoSuchEntity', `Manifest not found for arn ${ABSENT.SAMLProviderArn}`, 404)
  })

  test('is not shown to whom nothing is allowed', async () => {
    const nobody = iamOf(server, await newUser(server, 'nobody'))
    await expectRefusal(nobody.send(new GetSAMLProviderCommand(arn)), 'AccessDenied', /iam:GetSAMLProvider/)
    await expectRefusal(nobody.send(new ListSAMLProvidersCommand()), 'AccessDenied', /iam:ListSAMLProviders/)
  })
})

describe('private keys of a SAML provider', () => {
  const list = async () => ((await show()).PrivateKeyList ?? []).map(({ KeyId = '' }) => KeyId)

  test('are two at the most, shown by their ids, and sealed', async () => {
    const first = pem('rsa')
    await update({ AddPrivateKey: first })
    await update({ AddPrivateKey: pem('rsa') })
    const { PrivateKeyList = [] } = await show()
    expect(PrivateKeyList).toHaveLength(2)
    for (const { KeyId, Timestamp } of PrivateKeyList) {
      expect(KeyId).toMatch(/^[A-Z0-9]{22,64}$/)
      expect(Timestamp).toBeInstanceOf(Date)
    }
    await expectRefusal(
      update({ AddPrivateKey: pem('rsa') }),
      'LimitExceeded',
      'Private key limit of 2 is reached.',
      409,
    )
    const kept = JSON.stringify(server.world.account(MANAGEMENT)?.all('samlProvider').get('company'))
    const { records } = await server.world.store.audited({ eventName: 'UpdateSAMLProvider', limit: 10 })
    const secret = first.split('\n')[1] ?? ''
    expect(kept).toContain('sealed')
    expect([kept, JSON.stringify(records)].filter((text) => text.includes(secret))).toEqual([])
  })

  const WRONG: readonly [what: string, input: Partial<UpdateSAMLProviderCommandInput>, text: string, why: string][] = [
    [
      'nothing is asked for',
      {},
      'Unable to update identity provider. No updates are defined for metadata or encryption assertion.',
      'it would be a mistake',
    ],
    [
      'a key comes and one goes',
      { AddPrivateKey: 'x', RemovePrivateKey: 'A'.repeat(22) },
      'Unable to add and remove private keys in the same request. Set a value for only one of the two parameters.',
      'one thing at a time',
    ],
    [
      'the key that should go is not there',
      { RemovePrivateKey: 'A'.repeat(22) },
      'Failed to remove private key because the Key ID does not match a private key.',
      'it would be another',
    ],
  ]
  test.each(WRONG)('are not changed where %s', async (_what, input, text) => {
    await expectRefusal(update(input), 'InvalidInput', text, 400)
  })

  test('stay while assertions must be encrypted, the last of them', async () => {
    await update({ AssertionEncryptionMode: 'Required' })
    const [first = '', last = ''] = await list()
    await update({ RemovePrivateKey: first })
    expect(await list()).toEqual([last])
    await expectRefusal(update({ RemovePrivateKey: last }), 'InvalidInput', 'Failed to remove private key.', 400)
    await update({ RemovePrivateKey: last, AssertionEncryptionMode: 'Allowed' })
    expect(await show()).toMatchObject({ AssertionEncryptionMode: 'Allowed' })
    expect(await list()).toEqual([])
    const text = 'Unable to set assertion encryption mode to Required because no private key is provided.'
    await expectRefusal(update({ AssertionEncryptionMode: 'Required' }), 'InvalidInput', text, 400)
  })
})

describe('a trust policy', () => {
  const PROVIDERS: readonly [provider: string, taken: boolean, why: string][] = [
    [ARN, true, 'it is there'],
    [`${ARN}s`, true, 'AWS does not ask whether it is there'],
    ['cognito-identity.amazonaws.com', true, 'a domain'],
    ['Company', false, 'neither'],
    ['arn:aws:iam:::saml-provider/Company', false, 'of no account'],
  ]
  test.each(PROVIDERS)('that names %s as a provider: taken %j', async (provider, taken) => {
    const RoleName = `trusts-${PROVIDERS.findIndex(([one]) => one === provider)}`
    const AssumeRolePolicyDocument = trustText({ Federated: provider }, 'sts:AssumeRoleWithSAML')
    const made = iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
    if (taken) return expect(await made).toHaveProperty('Role')
    const text = 'Federated principals must be valid domain names or SAML metadata ARNs'
    await expectRefusal(made, 'MalformedPolicyDocument', text, 400)
  })
})

describe('a SAML provider that goes', () => {
  test('makes room, and is not found again', async () => {
    await iam.send(new DeleteSAMLProviderCommand(arn))
    await expectRefusal(show(), 'NoSuchEntity')
    expect((await iam.send(new ListSAMLProvidersCommand())).SAMLProviderList).toEqual([])
  })

  test('is one of a hundred', async () => {
    for (let at = 0; at < 100; at += 1) await create(`Company-${at}`)
    const text = 'Cannot exceed quota for SAMLProvidersPerAccount: 100'
    await expectRefusal(create('Company-100'), 'LimitExceeded', text, 409)
  })
})
