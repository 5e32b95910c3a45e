import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetUserCommand,
  IAMClient,
  ListPolicyTagsCommand,
  ListRoleTagsCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  TagPolicyCommand,
  TagRoleCommand,
  TagUserCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UntagUserCommand,
  paginateListUserTags,
  type Tag,
} from '@aws-sdk/client-iam'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, pagesOf, policyText, trustText } from './people.ts'

let server: TestServer
let iam: IAMClient
const PolicyArn = `arn:aws:iam::${MANAGEMENT}:policy/tagged`
const names = { UserName: 'tagged', RoleName: 'tagged', PolicyArn }

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
  await iam.send(new CreateUserCommand({ UserName: 'tagged' }))
  await iam.send(
    new CreateRoleCommand({ RoleName: 'tagged', AssumeRolePolicyDocument: trustText({ AWS: MANAGEMENT }) }),
  )
  await iam.send(
    new CreatePolicyCommand({
      PolicyName: 'tagged',
      PolicyDocument: policyText({ Effect: 'Allow', Action: '*', Resource: '*' }),
    }),
  )
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

interface Taggable {
  add(Tags: Tag[]): Promise<unknown>
  remove(TagKeys: string[]): Promise<unknown>
  list(): Promise<{ Tags: Tag[] | undefined }>
}

const TAGGABLES: readonly [string, Taggable][] = [
  [
    'user',
    {
      add: (Tags) => iam.send(new TagUserCommand({ ...names, Tags })),
      remove: (TagKeys) => iam.send(new UntagUserCommand({ ...names, TagKeys })),
      list: () => iam.send(new ListUserTagsCommand(names)),
    },
  ],
  [
    'role',
    {
      add: (Tags) => iam.send(new TagRoleCommand({ ...names, Tags })),
      remove: (TagKeys) => iam.send(new UntagRoleCommand({ ...names, TagKeys })),
      list: () => iam.send(new ListRoleTagsCommand(names)),
    },
  ],
  [
    'policy',
    {
      add: (Tags) => iam.send(new TagPolicyCommand({ ...names, Tags })),
      remove: (TagKeys) => iam.send(new UntagPolicyCommand({ ...names, TagKeys })),
      list: () => iam.send(new ListPolicyTagsCommand(names)),
    },
  ],
]

describe.each(TAGGABLES)('tags of a %s', (_kind, { add, remove, list }) => {
  test('are added, changed whatever the case of their key, and taken off', async () => {
    await add([
      { Key: 'Team', Value: 'a' },
      { Key: 'stage', Value: '' },
    ])
    await add([{ Key: 'TEAM', Value: 'b' }])
    expect((await list()).Tags).toEqual([
      { Key: 'TEAM', Value: 'b' },
      { Key: 'stage', Value: '' },
    ])
    await remove(['team', 'never there'])
    expect((await list()).Tags).toEqual([{ Key: 'stage', Value: '' }])
  })

  test('are fifty at the most', async () => {
    await add(Array.from({ length: 49 }, (_, at) => ({ Key: `k${at}`, Value: 'v' })))
    await expectRefusal(
      add([{ Key: 'one more', Value: '' }]),
      'LimitExceeded',
      'The number of tags has reached the maximum limit.',
      409,
    )
    await expect(add([{ Key: 'k7', Value: 'changed' }])).resolves.toBeDefined()
  })

  const REFUSED: readonly [string, Tag[], string, string | RegExp][] = [
    ['a key of AWS', [{ Key: 'AWS:x', Value: '' }], 'InvalidInput', /./],
    [
      'one key twice',
      [
        { Key: 'x', Value: '1' },
        { Key: 'X', Value: '2' },
      ],
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    ],
    ['a key of 129', [{ Key: 'k'.repeat(129), Value: '' }], 'ValidationError', /less than or equal to 128/],
    ['a value of 257', [{ Key: 'k', Value: 'v'.repeat(257) }], 'ValidationError', /less than or equal to 256/],
    [
      'a key with a mark that tags do not have',
      [{ Key: 'a#b', Value: '' }],
      'ValidationError',
      /regular expression pattern/,
    ],
  ]
  test.each(REFUSED)('refuse %s', async (_what, tags, code, message) => {
    await expectRefusal(add(tags), code, message)
  })
})

test('iam:ListUserTags gives pages that hold each tag once', async () => {
  const pages = await pagesOf(
    paginateListUserTags({ client: iam, pageSize: 20 }, { UserName: 'tagged' }),
    ({ Tags }) => Tags,
  )
  expect(pages.map(({ length }) => length)).toEqual([20, 20, 10])
  expect(new Set(pages.flat().map(({ Key }) => Key)).size).toBe(50)
})

describe('what is not there has no tags', () => {
  const NONE: readonly [string, () => Promise<unknown>, string][] = [
    [
      'TagUser',
      () => iam.send(new TagUserCommand({ UserName: 'none', Tags: [] })),
      'The user with name none cannot be found.',
    ],
    [
      'UntagUser',
      () => iam.send(new UntagUserCommand({ UserName: 'none', TagKeys: ['a'] })),
      'The user with name none cannot be found.',
    ],
    [
      'ListRoleTags',
      () => iam.send(new ListRoleTagsCommand({ RoleName: 'none' })),
      'The role with name none cannot be found.',
    ],
    [
      'ListPolicyTags',
      () => iam.send(new ListPolicyTagsCommand({ PolicyArn: `${PolicyArn}x` })),
      `Policy ${PolicyArn}x was not found.`,
    ],
  ]
  test.each(NONE)('%s', async (_operation, call, message) => {
    await expectRefusal(call(), 'NoSuchEntity', message, 404)
  })
})

describe('tags decide', () => {
  const ALLOWED = [
    {
      Effect: 'Allow',
      Action: 'iam:GetUser',
      Resource: '*',
      Condition: { StringEquals: { 'iam:ResourceTag/owner': 'kim' } },
    },
    {
      Effect: 'Allow',
      Action: ['iam:CreateUser', 'iam:TagUser'],
      Resource: '*',
      Condition: {
        StringEquals: { 'aws:RequestTag/owner': 'kim' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['owner'] },
      },
    },
    {
      Effect: 'Allow',
      Action: 'iam:DeleteUser',
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/owner': '${aws:PrincipalTag/me}' } },
    },
  ]
  const kim: { iam?: IAMClient } = {}
  beforeAll(async () => {
    kim.iam = iamOf(server, await newUser(server, 'kim'))
    await iam.send(new TagUserCommand({ UserName: 'kim', Tags: [{ Key: 'me', Value: 'kim' }] }))
    await iam.send(
      new PutUserPolicyCommand({ UserName: 'kim', PolicyName: 'p', PolicyDocument: policyText(...ALLOWED) }),
    )
    await iam.send(new CreateUserCommand({ UserName: 'theirs', Tags: [{ Key: 'owner', Value: 'lee' }] }))
  })
  const owner = (Value: string, ...more: Tag[]) => [{ Key: 'owner', Value }, ...more]

  const ROWS: readonly [boolean, string, (iam: IAMClient) => Promise<unknown>][] = [
    [
      true,
      'a user made with the tag that is asked for',
      (iam) => iam.send(new CreateUserCommand({ UserName: 'mine', Tags: owner('kim') })),
    ],
    [false, 'a user made without it', (iam) => iam.send(new CreateUserCommand({ UserName: 'bare' }))],
    [
      false,
      'a user made with another value',
      (iam) => iam.send(new CreateUserCommand({ UserName: 'bare', Tags: owner('lee') })),
    ],
    [
      false,
      'a user made with a tag too many',
      (iam) => iam.send(new CreateUserCommand({ UserName: 'bare', Tags: owner('kim', { Key: 'more', Value: '' }) })),
    ],
    [true, 'reading a user with the tag', (iam) => iam.send(new GetUserCommand({ UserName: 'mine' }))],
    [false, 'reading a user with another value', (iam) => iam.send(new GetUserCommand({ UserName: 'theirs' }))],
    [false, 'deleting what belongs to somebody else', (iam) => iam.send(new DeleteUserCommand({ UserName: 'theirs' }))],
    [true, 'deleting what the tag of the caller names', (iam) => iam.send(new DeleteUserCommand({ UserName: 'mine' }))],
  ]
  test.each(ROWS)('%s: %s', async (allowed, _what, call) => {
    const answer = call(kim.iam ?? iam)
    if (allowed) await expect(answer).resolves.toBeDefined()
    else await expectRefusal(answer, 'AccessDenied', /no identity-based policy allows/, 403)
  })
})
