/** Nothing is allowed by default: every operation of every service that is built, asked by a user whom no policy allows anything, and by nobody. */

import * as Ec2 from '@aws-sdk/client-ec2'
import * as Iam from '@aws-sdk/client-iam'
import * as Organizations from '@aws-sdk/client-organizations'
import * as S3 from '@aws-sdk/client-s3'
import * as Sts from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ServiceName } from '../src/operation.ts'
import { SERVICES } from '../src/services/index.ts'
import { loadModel } from '../src/wire/models.ts'
import { shapeOf, structureOf } from '../src/wire/shape.ts'
import type { Member, Model } from '../src/wire/model.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, type Keys, type TestServer } from './harness.ts'
import { iamOf, newUser, policyText, trustText } from './people.ts'
import { anonymous, clientOf, commandOf } from './sdks.ts'

const OPERATIONS = [...SERVICES.values()].flatMap(({ name, operations }) =>
  [...operations.keys()].map((operation) => [`${name}:${operation}`, name, operation] as const),
)

/** These need no permission on AWS either. */
const FREE: Readonly<Record<string, string>> = {
  'sts:GetCallerIdentity': 'no policy can refuse it (API_GetCallerIdentity)',
  'sts:GetSessionToken': 'a user exchanges what they have (API_GetSessionToken)',
}

/** Answered with a success that lists, key by key, what was refused (API_DeleteObjects). */
const REFUSED_WITHIN = 's3:DeleteObjects'

let server: TestServer
let nobody: Keys
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/existing`
const USER = `arn:aws:iam::${MANAGEMENT}:user/existing`
const FUNCTION = `arn:aws:lambda:us-east-1:${MANAGEMENT}:function:existing`

/** What members of these names are given: things that exist, so that nobody is refused for what is not there. */
const VALUES: Record<string, unknown> = {
  AccountId: PRODUCTION,
  AccountName: 'New',
  Action: 'lambda:InvokeFunction',
  AssumeRolePolicyDocument: trustText({ AWS: MANAGEMENT }),
  AuthenticationCode1: '000000',
  AuthenticationCode2: '000001',
  Bucket: 'protected-bucket',
  ChildId: PRODUCTION,
  Content: policyText({ Effect: 'Allow', Action: '*', Resource: '*' }),
  CopySource: 'protected-bucket/key',
  EntityPath: 'o-aaaaaaaaaa/r-aaaa',
  CreateAccountRequestId: `car-${'a'.repeat(32)}`,
  ContactInformation: {
    FullName: 'a',
    AddressLine1: 'a',
    City: 'a',
    PostalCode: 'a',
    CountryCode: 'US',
    PhoneNumber: '+1',
  },
  Email: 'new@example.com',
  EmailAddress: 'new@example.com',
  FunctionName: 'existing',
  FunctionVersion: '$LATEST',
  GroupName: 'existing',
  HandshakeId: `h-${'a'.repeat(32)}`,
  IamInstanceProfile: { Name: 'existing' },
  Key: 'key',
  MaxCount: 1,
  MinCount: 1,
  NetworkInterfaceId: 'eni-00000000000000000',
  PhoneNumber: '1',
  PolicyArn: `arn:aws:iam::${MANAGEMENT}:policy/existing`,
  PolicyDocument: policyText({ Effect: 'Allow', Action: '*', Resource: '*' }),
  PolicyId: 'p-FullAWSAccess',
  PolicyName: 'existing',
  ServiceCode: 'iam',
  QuotaCode: 'L-FE177D64',
  RequestId: 'a'.repeat(40),
  ResourceARN: `arn:aws:servicequotas:us-east-1:${MANAGEMENT}:iam/L-FE177D64`,
  PrincipalArn: `arn:aws:iam::${MANAGEMENT}:saml-provider/existing`,
  Permissions: { PolicyTemplateArn: 'arn:aws:iam::aws:policy-template/some' },
  PermissionsBoundary: 'arn:aws:iam::aws:policy/AdministratorAccess',
  Resource: FUNCTION,
  ResourceArn: 'arn:aws:s3:::protected-bucket',
  ResourceId: PRODUCTION,
  Role: ROLE,
  RoleArn: ROLE,
  RoleName: 'existing',
  RegionName: 'eu-west-1',
  SecurityGroupRuleId: 'sgr-00000000000000000',
  SourceDestCheck: { Value: true },
  Runtime: 'nodejs20.x',
  Handler: 'index.handler',
  StartTimestamp: new Date('2100-01-01T00:00:00Z'),
  TargetId: PRODUCTION,
  TargetPrincipal: PRODUCTION,
  TaskPolicyArn: { arn: 'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy' },
  UserName: 'existing',
  VersionId: 'v1',
  logGroupName: 'existing',
  resourceArn: `arn:aws:logs:us-east-1:${MANAGEMENT}:log-group:existing`,
  ZipFile: Buffer.from('UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==', 'base64'),
}

beforeAll(async () => {
  server = await startServer()
  nobody = await newUser(server, 'nobody')
  await newUser(server, 'existing')
  const iam = iamOf(server)
  const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName: 'existing' }))
  await iam.send(new Iam.CreateGroupCommand({ GroupName: 'existing' }))
  await iam.send(
    new Iam.CreateRoleCommand({
      RoleName: 'existing',
      AssumeRolePolicyDocument: trustText({ AWS: MANAGEMENT, Service: 'lambda.amazonaws.com' }),
    }),
  )
  await iam.send(
    new Iam.CreatePolicyCommand({ PolicyName: 'existing', PolicyDocument: String(VALUES['PolicyDocument']) }),
  )
  const s3 = client(S3.S3Client, server)
  await s3.send(new S3.CreateBucketCommand({ Bucket: 'protected-bucket' }))
  await s3.send(new S3.PutObjectCommand({ Bucket: 'protected-bucket', Key: 'key', Body: 'secret' }))
  const { Roots } = await client(Organizations.OrganizationsClient, server).send(new Organizations.ListRootsCommand({}))
  const { Images } = await client(Ec2.EC2Client, server).send(new Ec2.DescribeImagesCommand({ Owners: ['amazon'] }))
  const launch = new Ec2.RunInstancesCommand({
    ImageId: Images?.[0]?.ImageId ?? '',
    MinCount: 1,
    MaxCount: 1,
    InstanceType: 't3.micro',
  })
  const { Instances } = await client(Ec2.EC2Client, server).send(launch)
  const { SecurityGroups: [group] = [] } = await client(Ec2.EC2Client, server).send(
    new Ec2.DescribeSecurityGroupsCommand({}),
  )
  const root = Roots?.[0]?.Id ?? ''
  const instance = Instances?.[0]?.InstanceId ?? ''
  Object.assign(VALUES, {
    AccessKeyId: AccessKey?.AccessKeyId,
    DestinationParentId: root,
    GroupId: group?.GroupId,
    ImageId: Images?.[0]?.ImageId,
    InstanceId: instance,
    InstanceIds: [instance],
    OrganizationalUnitId: `ou-${root.slice(2)}-abcdefgh`,
    ParentId: root,
    Resources: [instance],
    RootId: root,
    SourceParentId: root,
    VpcId: group?.VpcId,
  })
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

/** An input with every required member, and those optional ones without which a call names nothing. */
function inputOf(model: Model, name: string): Record<string, unknown> {
  const members = Object.entries(structureOf(model, name).members)
  const wanted = members.filter(([member, { required }]) => required === true || WANTED.has(member))
  return Object.fromEntries(wanted.map(([member, about]) => [member, valueOf(model, member, about)]))
}

const WANTED = new Set([
  'AccountId',
  'GroupId',
  'Handler',
  'ImageId',
  'KeyName',
  'Runtime',
  'SourceDestCheck',
  'UserName',
  'ZipFile',
  'logGroupName',
])

function valueOf(model: Model, name: string, { target }: Member): unknown {
  if (name in VALUES) return VALUES[name]
  if (target === 'ResponsibilityTransferId') return `rt-${'a'.repeat(32)}`
  const shape = shapeOf(model, target)
  if (shape.kind === 'list' && name === 'Tags') return [{ Key: 'key', Value: 'value' }]
  if (shape.kind === 'list') return [valueOf(model, '', shape.member)]
  if (shape.kind === 'map') return { key: valueOf(model, '', shape.value) }
  if (shape.kind !== 'simple') return inputOf(model, target)
  const { min = 1, enum: [first] = [] } = shape.c ?? {}
  if (shape.type === 'integer' || shape.type === 'float') return min
  return shape.type === 'boolean' ? true : (first ?? 'a'.repeat(Math.max(min, 1)))
}

interface Ended {
  readonly ok: boolean
  readonly name: string
  readonly status: number
  readonly message: string
}

/** Sends what the SDK makes of the input; without a signature, where there are no keys. */
async function call(service: ServiceName, operation: string, keys: Keys | undefined): Promise<Ended> {
  const sdk = clientOf(service, server, keys)
  if (keys === undefined) anonymous(sdk)
  const model = loadModel(service)
  const input = inputOf(model, model.operations[operation]?.input ?? '')
  try {
    const output = await sdk.send(commandOf(service, operation, input))
    const { Errors = [] } = output as S3.DeleteObjectsCommandOutput // or of another operation, which has no such member
    const message = Errors.map(({ Code, Message }) => `${Code}: ${Message}`).join()
    return { ok: true, name: '', status: output.$metadata.httpStatusCode ?? 0, message }
  } catch (error) {
    const { name, message, $metadata } = error as Iam.IAMServiceException // what SDK clients throw
    return { ok: false, name, status: $metadata?.httpStatusCode ?? 0, message }
  }
}

/** What asks for a token in the place of a signature. */
const BY_TOKEN: ReadonlySet<string> = new Set(['sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity'])

const DENIED = /^(?:AccessDenied|AccessDeniedException|UnauthorizedOperation): /
const isHead = (operation: string) => operation.startsWith('Head')

describe('a user whom no policy allows anything', () => {
  test.each(OPERATIONS)('%s', async (full, service, operation) => {
    const { ok, name, status, message } = await call(service, operation, nobody)
    if (full in FREE) return expect(ok).toBe(true)
    if (BY_TOKEN.has(full)) return expect(name).toMatch(/^InvalidIdentityToken/)
    expect([full, ok]).toEqual([full, full === REFUSED_WITHIN])
    if (ok) return expect(message).toMatch(/^AccessDenied/)
    if (isHead(operation)) return expect(status).toBe(403)
    expect(`${name}: ${message}`).toMatch(DENIED)
  })

  test('has changed nothing', async () => {
    const { Users } = await iamOf(server).send(new Iam.ListUsersCommand({}))
    expect(Users?.map(({ UserName }) => UserName)).toEqual(['administrator', 'existing', 'nobody'])
    const s3 = client(S3.S3Client, server)
    await expect(s3.send(new S3.GetObjectCommand({ Bucket: 'protected-bucket', Key: 'key' }))).resolves.toBeDefined()
    const { Accounts } = await client(Organizations.OrganizationsClient, server).send(
      new Organizations.ListAccountsCommand({}),
    )
    expect(Accounts).toHaveLength(4)
  })
})

describe('a call without a signature', () => {
  test.each(OPERATIONS)('%s', async (full, service, operation) => {
    const { ok, name, status, message } = await call(service, operation, undefined)
    if (ok && full === REFUSED_WITHIN) return expect(message).toMatch(/^AccessDenied/)
    expect(ok).toBe(false)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    if (isHead(operation)) return
    if (BY_TOKEN.has(full)) return expect(name).toMatch(/^InvalidIdentityToken/)
    expect(`${full} ${name}`).toMatch(
      / (?:MissingAuthenticationToken(?:Exception)?|AccessDenied(?:Exception)?|AuthFailure)$/,
    )
  })
})

describe('the table of what is free', () => {
  test('names operations that are built', () => {
    const built = new Set<string>(OPERATIONS.map(([full]) => full))
    expect([...Object.keys(FREE), ...BY_TOKEN, REFUSED_WITHIN].filter((full) => !built.has(full))).toEqual([])
  })
})

test('a user may still be trusted by name, and by nothing else', async () => {
  const iam = iamOf(server)
  const assume = () =>
    client(Sts.STSClient, server, nobody).send(new Sts.AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'test' }))
  await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' })
  const trust = (AWS: string) =>
    iam.send(new Iam.UpdateAssumeRolePolicyCommand({ RoleName: 'existing', PolicyDocument: trustText({ AWS }) }))
  await trust(USER)
  await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' })
  await trust(USER.replace('existing', 'nobody'))
  await expect(assume()).resolves.toBeDefined()
})
