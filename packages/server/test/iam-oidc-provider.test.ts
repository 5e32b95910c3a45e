import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListOpenIDConnectProviderTagsCommand,
  ListOpenIDConnectProvidersCommand,
  paginateListOpenIDConnectProviderTags,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, pagesOf } from './people.ts'

let server: TestServer
let iam: IAMClient
const ARN = `arn:aws:iam::${MANAGEMENT}:oidc-provider/token.example.com/a`
const arn = { OpenIDConnectProviderArn: ARN }
const Url = 'https://token.example.com/a'
const PRINT = 'a'.repeat(40)

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

describe('an OpenID Connect provider', () => {
  test('is created under its URL, and shown', async () => {
    const Tags = [{ Key: 'team', Value: 'a' }]
    const input = { Url: `${Url}?x=1`, ClientIDList: ['one', 'two'], ThumbprintList: [PRINT], Tags }
    const made = await iam.send(new CreateOpenIDConnectProviderCommand(input))
    expect(made).toMatchObject({ OpenIDConnectProviderArn: ARN, Tags })
    expect(await iam.send(new GetOpenIDConnectProviderCommand(arn))).toMatchObject({
      Url: 'token.example.com/a',
      ClientIDList: ['one', 'two'],
      ThumbprintList: [PRINT],
      CreateDate: expect.any(Date),
      Tags,
    })
    const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand())
    expect(OpenIDConnectProviderList).toEqual([{ Arn: ARN }])
  })

  type Asked = ConstructorParameters<typeof CreateOpenIDConnectProviderCommand>[0]
  const REFUSED: readonly [what: string, input: Asked, code: string, text: string | RegExp, why: string][] = [
    [
      'one that is there',
      { Url },
      'EntityAlreadyExists',
      `Provider with url ${Url} already exists.`,
      'a URL names one',
    ],
    [
      'no URL',
      { Url: 'token.example.com' },
      'ValidationError',
      'Invalid Open ID Connect Provider URL',
      'it has no scheme',
    ],
    [
      'plain HTTP',
      { Url: 'http://token.example.com' },
      'ValidationError',
      'Invalid Open ID Connect Provider URL',
      'nobody would be sure of the keys',
    ],
    [
      'six thumbprints',
      { Url: 'https://b.example.com', ThumbprintList: Array.from({ length: 6 }, () => PRINT) },
      'InvalidInput',
      'Thumbprint list must contain fewer than 5 entries.',
      'five at the most',
    ],
    [
      'a short thumbprint',
      { Url: 'https://b.example.com', ThumbprintList: ['a'] },
      'ValidationError',
      /thumbprintList/,
      'SHA-1 has forty digits',
    ],
    [
      'many clients',
      { Url: 'https://b.example.com', ClientIDList: Array.from({ length: 101 }, (_, at) => `c${at}`) },
      'LimitExceeded',
      'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100',
      'a hundred at the most',
    ],
    [
      'a tag of AWS’s',
      { Url: 'https://b.example.com', Tags: [{ Key: 'aws:x', Value: '' }] },
      'InvalidInput',
      /System tags/,
      'reserved',
    ],
  ]
  test.each(REFUSED)('is refused with %s', async (_what, input, code, text) => {
    await expectRefusal(iam.send(new CreateOpenIDConnectProviderCommand(input)), code, text)
  })

  test('gains and loses clients, each once', async () => {
    const add = () => iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...arn, ClientID: 'three' }))
    const remove = () => iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...arn, ClientID: 'one' }))
    for (const change of [add, add, remove, remove]) await change()
    const { ClientIDList } = await iam.send(new GetOpenIDConnectProviderCommand(arn))
    expect(ClientIDList).toEqual(['two', 'three'])
  })

  test('has the thumbprints that it was given last', async () => {
    const ThumbprintList = ['b'.repeat(40)]
    await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...arn, ThumbprintList }))
    expect(await iam.send(new GetOpenIDConnectProviderCommand(arn))).toMatchObject({ ThumbprintList })
  })

  test('is tagged, page by page', async () => {
    const Tags = ['a', 'b', 'c'].map((Key) => ({ Key, Value: '' }))
    await iam.send(new TagOpenIDConnectProviderCommand({ ...arn, Tags }))
    await iam.send(new UntagOpenIDConnectProviderCommand({ ...arn, TagKeys: ['team', 'none'] }))
    const pages = paginateListOpenIDConnectProviderTags({ client: iam, pageSize: 2 }, arn)
    expect(await pagesOf(pages, ({ Tags: page }) => page?.map(({ Key }) => Key))).toEqual([['a', 'b'], ['c']])
  })

  const ABSENT = { OpenIDConnectProviderArn: `${ARN}/none` }
  const NAMING = {
    Get: () => iam.send(new GetOpenIDConnectProviderCommand(ABSENT)),
    AddClientID: () => iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...ABSENT, ClientID: 'x' })),
    RemoveClientID: () => iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...ABSENT, ClientID: 'x' })),
    UpdateThumbprint: () =>
      iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...ABSENT, ThumbprintList: [PRINT] })),
    Tag: () => iam.send(new TagOpenIDConnectProviderCommand({ ...ABSENT, Tags: [{ Key: 'k', Value: '' }] })),
    Untag: () => iam.send(new UntagOpenIDConnectProviderCommand({ ...ABSENT, TagKeys: ['k'] })),
    ListTags: () => iam.send(new ListOpenIDConnectProviderTagsCommand(ABSENT)),
  }
  test.each(Object.entries(NAMING))('is not found by %s where there is none', async (_name, call) => {
    const text = `OpenIDConnect Provider not found for arn ${ARN}/none`
    await expectRefusal(call(), 'NoSuchEntity', text, 404)
  })

  test('is not shown to whom nothing is allowed', async () => {
    const nobody = iamOf(server, await newUser(server, 'nobody'))
    await expectRefusal(
      nobody.send(new GetOpenIDConnectProviderCommand(arn)),
      'AccessDenied',
      /iam:GetOpenIDConnectProvider/,
    )
    await expectRefusal(nobody.send(new ListOpenIDConnectProvidersCommand()), 'AccessDenied', /iam:List/)
  })

  test('is deleted, and once more without complaint', async () => {
    await iam.send(new DeleteOpenIDConnectProviderCommand(arn))
    await iam.send(new DeleteOpenIDConnectProviderCommand(arn))
    await expectRefusal(iam.send(new GetOpenIDConnectProviderCommand(arn)), 'NoSuchEntity')
  })
})
