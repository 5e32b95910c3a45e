/** IAM's policy simulators over the wire, by the unmodified SDK. Positions and names as they were recorded against IAM. */

import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
  type IAMClient,
  type SimulateCustomPolicyCommandInput,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam'
import {
  AttachPolicyCommand,
  CreatePolicyCommand as CreateOrganizationPolicyCommand,
  DetachPolicyCommand,
  EnablePolicyTypeCommand,
  ListRootsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client, MANAGEMENT, PRODUCTION, startServer, STAGING, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, policyText, trustText } from './people.ts'

const ALICE = `arn:aws:iam::${PRODUCTION}:user/alice`
const BUCKET = 'arn:aws:s3:::b'
const allow = (more: object = {}) => ({ Effect: 'Allow', Action: 's3:*', Resource: '*', ...more })
const deny = (more: object = {}) => ({ Effect: 'Deny', Action: 's3:*', Resource: '*', ...more })
const everyone = (statement: object) => policyText({ Principal: '*', ...statement })

let server: TestServer
let iam: IAMClient

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server, await enter(server, PRODUCTION))
  await iam.send(new CreateUserCommand({ UserName: 'alice' }))
})

afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const custom = (input: Partial<SimulateCustomPolicyCommandInput>) =>
  iam.send(
    new SimulateCustomPolicyCommand({
      PolicyInputList: [policyText(allow())],
      ActionNames: ['s3:GetObject'],
      ...input,
    }),
  )
const principal = (input: Partial<SimulatePrincipalPolicyCommandInput>) =>
  iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: ALICE, ActionNames: ['s3:GetObject'], ...input }))
const one = async (sent: ReturnType<typeof custom>) => (await sent).EvaluationResults?.[0]

describe('a decision', () => {
  test.each([
    ['allowed', { PolicyInputList: [policyText(allow())] }, 'one policy allows'],
    ['implicitDeny', { PolicyInputList: [policyText(allow({ Action: 'ec2:*' }))] }, 'none is about it'],
    ['explicitDeny', { PolicyInputList: [policyText(allow()), policyText(deny())] }, 'a deny wins, whoever allows'],
    ['implicitDeny', { PermissionsBoundaryPolicyInputList: [policyText(allow({ Action: 'ec2:*' }))] }, 'the boundary'],
    ['explicitDeny', { PermissionsBoundaryPolicyInputList: [policyText(deny())] }, 'the boundary denies'],
    ['implicitDeny', { OrderedOrganizationPolicyInputList: [level(allow()), level()] }, 'a level without an SCP'],
    ['allowed', { OrderedOrganizationPolicyInputList: [level(allow()), level(allow())] }, 'every level allows'],
    ['allowed', { PolicyInputList: [conditioned()], ContextEntries: [entry('aws:x', 'string', 'a')] }, 'a given key'],
    [
      'implicitDeny',
      { PolicyInputList: [conditioned()] },
      'a key that nobody gives is absent, whatever the real call has',
    ],
    [
      'allowed',
      {
        PolicyInputList: [conditioned('ForAnyValue:StringEquals')],
        ContextEntries: [entry('aws:x', 'stringList', 'b', 'a')],
      },
      'a list has several values',
    ],
    [
      'implicitDeny',
      { PolicyInputList: [conditioned()], ContextEntries: [entry('aws:x', 'stringList', 'a')] },
      'a list needs a set operator even with one value',
    ],
  ] as readonly [string, Partial<SimulateCustomPolicyCommandInput>, string][])(
    'is %s for %j: %s',
    async (verdict, input) => {
      expect(await one(custom(input))).toMatchObject({ EvalActionName: 's3:GetObject', EvalDecision: verdict })
    },
  )

  test('comes for each action and resource, actions first', async () => {
    const { EvaluationResults = [] } = await custom({
      ActionNames: ['s3:GetObject', 'ec2:RunInstances'],
      ResourceArns: [`${BUCKET}/1`, `${BUCKET}/2`],
    })
    expect(EvaluationResults.map((it) => [it.EvalActionName, it.EvalResourceName, it.EvalDecision])).toEqual([
      ['s3:GetObject', `${BUCKET}/1`, 'allowed'],
      ['s3:GetObject', `${BUCKET}/2`, 'allowed'],
      ['ec2:RunInstances', `${BUCKET}/1`, 'implicitDeny'],
      ['ec2:RunInstances', `${BUCKET}/2`, 'implicitDeny'],
    ])
  })

  test('is told of the organisation and the boundary where they bear on it, and not elsewhere', async () => {
    const plain = await one(custom({}))
    expect(plain?.OrganizationsDecisionDetail).toBeUndefined()
    expect(plain?.PermissionsBoundaryDecisionDetail).toBeUndefined()
    const bound = await one(
      custom({
        OrderedOrganizationPolicyInputList: [level(allow())],
        PermissionsBoundaryPolicyInputList: [policyText(allow({ Action: 'ec2:*' }))],
      }),
    )
    expect(bound).toMatchObject({
      OrganizationsDecisionDetail: { AllowedByOrganizations: true },
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    })
  })
})

describe('matched statements stand where IAM counts them', () => {
  const S = JSON.stringify({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
  test.each([
    [`{"Version":"2012-10-17","Statement":[${S}]}`, [1, 38], [1, 38 + S.length], 'compact: from behind the bracket'],
    [`{"Version": "2012-10-17", "Statement": [${S}]}`, [1, 41], [1, 41 + S.length], 'as Python writes it'],
    [
      '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Effect": "Allow",\n      "Action": "*",\n      "Resource": "*"\n    }\n  ]\n}',
      [3, 17],
      [8, 6],
      'AdministratorAccess, as recorded',
    ],
    [
      '{\n  "Version":"2012-10-17",\n  "Statement":{\n    "Effect":"Allow",\n    "Action":"s3:*",\n    "Resource":"*"\n  }\n}',
      [3, 16],
      [7, 4],
      'one statement without a list, as in the API reference',
    ],
  ])('%j', async (text, [startLine, startColumn], [endLine, endColumn]) => {
    const result = await one(custom({ PolicyInputList: [text] }))
    expect(result?.MatchedStatements).toEqual([
      {
        SourcePolicyId: 'PolicyInputList.1',
        SourcePolicyType: 'IAM Policy',
        StartPosition: { Line: startLine, Column: startColumn },
        EndPosition: { Line: endLine, Column: endColumn },
      },
    ])
  })

  test('a later statement begins where the one before it ends', async () => {
    const first = JSON.stringify(allow({ Action: 'ec2:*' }))
    const second = JSON.stringify(allow())
    const text = `{"Version":"2012-10-17","Statement":[${first},${second}]}`
    const [matched] = (await one(custom({ PolicyInputList: [text] })))?.MatchedStatements ?? []
    expect(matched?.StartPosition).toEqual({ Line: 1, Column: 38 + first.length })
    expect(matched?.EndPosition).toEqual({ Line: 1, Column: 38 + first.length + 1 + second.length })
  })
})

describe('a resource policy', () => {
  const caller = { CallerArn: ALICE, ResourceArns: [`${BUCKET}/k`] }
  const onBucket = { Action: 's3:GetObject', Resource: `${BUCKET}/*` }

  test('denies beside the statements of the caller that allow', async () => {
    const result = await one(custom({ ...caller, ResourcePolicy: everyone(deny(onBucket)) }))
    expect(result).toMatchObject({ EvalDecision: 'explicitDeny', EvalDecisionDetails: {} })
    expect(result?.MatchedStatements?.map((it) => [it.SourcePolicyId, it.SourcePolicyType])).toEqual([
      ['ResourcePolicy', 'Resource Policy'],
      ['PolicyInputList.1', 'IAM Policy'],
    ])
  })

  test('allows by itself in one account, past a boundary that does not', async () => {
    const result = await one(
      custom({
        ...caller,
        PolicyInputList: [policyText(allow({ Action: 'iam:*' }))],
        PermissionsBoundaryPolicyInputList: [policyText(allow({ Action: 'iam:*' }))],
        ResourcePolicy: policyText({ ...allow(onBucket), Principal: { AWS: ALICE } }),
      }),
    )
    expect(result).toMatchObject({
      EvalDecision: 'allowed',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      MatchedStatements: [{ SourcePolicyId: 'ResourcePolicy' }],
      ResourceSpecificResults: [{ EvalResourceName: `${BUCKET}/k`, EvalResourceDecision: 'allowed' }],
    })
  })

  test('of another account is one of two that must allow, and each is told of', async () => {
    const result = await one(
      custom({
        ...caller,
        PolicyInputList: [policyText(allow({ Action: 'iam:*' }))],
        PermissionsBoundaryPolicyInputList: [policyText(allow({ Action: 'iam:*' }))],
        ResourceOwner: `arn:aws:iam::${STAGING}:root`,
        ResourcePolicy: policyText({ ...allow(onBucket), Principal: { AWS: ALICE } }),
      }),
    )
    const details = {
      'IAM Policy': 'implicitDeny',
      'Resource Policy': 'allowed',
      'Permissions Boundary Policy': 'implicitDeny',
    }
    expect(result).toMatchObject({ EvalDecision: 'implicitDeny', EvalDecisionDetails: details, MatchedStatements: [] })
    expect(result?.ResourceSpecificResults).toMatchObject([
      {
        EvalResourceDecision: 'implicitDeny',
        EvalDecisionDetails: details,
        MatchedStatements: [{ SourcePolicyId: 'ResourcePolicy' }],
      },
    ])
  })

  test('that is a trust policy counts for sts:AssumeRole', async () => {
    const input = {
      CallerArn: ALICE,
      ActionNames: ['sts:AssumeRole'],
      ResourceArns: [`arn:aws:iam::${PRODUCTION}:role/r`],
      PolicyInputList: [policyText(allow({ Action: 'sts:*' }))],
    }
    const refused = await one(custom({ ...input, ResourcePolicy: trustText({ AWS: STAGING }) }))
    expect(refused?.EvalDecision).toBe('implicitDeny')
    expect((await one(custom({ ...input, ResourcePolicy: trustText({ AWS: ALICE }) })))?.EvalDecision).toBe('allowed')
    expect((await one(custom(input)))?.EvalDecision).toBe('allowed')
  })
})

describe('SimulatePrincipalPolicy', () => {
  test('takes inline, attached and group policies, and names each', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'carol' }))
    await iam.send(new CreateGroupCommand({ GroupName: 'readers' }))
    await iam.send(new AddUserToGroupCommand({ GroupName: 'readers', UserName: 'carol' }))
    const inline = { PolicyName: 'Inline', PolicyDocument: policyText(allow()) }
    await iam.send(new PutUserPolicyCommand({ UserName: 'carol', ...inline }))
    await iam.send(new PutGroupPolicyCommand({ GroupName: 'readers', ...inline }))
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'Managed', PolicyDocument: policyText(allow()) }),
    )
    await iam.send(new AttachUserPolicyCommand({ UserName: 'carol', PolicyArn: Policy?.Arn }))
    const carol = { PolicySourceArn: `arn:aws:iam::${PRODUCTION}:user/carol`, PolicyInputList: [policyText(allow())] }
    const ids = async (more: Partial<SimulatePrincipalPolicyCommandInput>) =>
      (await one(principal({ ...carol, ...more })))?.MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId)
    expect(await ids({})).toEqual(['user_carol_Inline', 'Managed', 'group_readers_Inline', 'PolicyInputList.1'])
    const withoutInline = { PolicyExclusionList: [{ PolicyType: 'inline' as const }, { PolicyArn: `${Policy?.Arn}` }] }
    expect(await ids(withoutInline)).toEqual(['PolicyInputList.1'])
    const ofGroup = { PolicyName: 'Inline', AttachmentType: 'group' as const, AttachmentName: 'read*' }
    expect(await ids({ PolicyExclusionList: [{ InlinePolicyIdentifier: ofGroup }] })).toEqual([
      'user_carol_Inline',
      'Managed',
      'PolicyInputList.1',
    ])
    const group = { PolicySourceArn: `arn:aws:iam::${PRODUCTION}:group/readers` }
    expect(await one(principal(group))).toMatchObject({
      MatchedStatements: [{ SourcePolicyId: 'group_readers_Inline' }],
    })
  })

  test('puts the given boundary in the place of the one that is there', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'dave' }))
    const boundary = 'arn:aws:iam::aws:policy/AmazonEC2FullAccess'
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'dave', PermissionsBoundary: boundary }))
    const dave = { PolicySourceArn: `arn:aws:iam::${PRODUCTION}:user/dave`, PolicyInputList: [policyText(allow())] }
    expect((await one(principal(dave)))?.EvalDecision).toBe('implicitDeny')
    const wider = { ...dave, PermissionsBoundaryPolicyInputList: [policyText(allow())] }
    expect((await one(principal(wider)))?.EvalDecision).toBe('allowed')
    const none = { ...dave, PolicyExclusionList: [{ PolicyType: 'permission-boundary' as const }] }
    expect((await one(principal(none)))?.EvalDecision).toBe('allowed')
  })

  test('stands under the SCPs of the account, which the management account does not', async () => {
    const organizations = client(OrganizationsClient, server)
    const { Roots: [root] = [] } = await organizations.send(new ListRootsCommand({}))
    await organizations.send(new EnablePolicyTypeCommand({ RootId: root?.Id, PolicyType: 'SERVICE_CONTROL_POLICY' }))
    const Content = policyText({ Effect: 'Deny', Action: 's3:*', Resource: '*' })
    const made = { Name: 'NoS3', Description: 'no S3', Type: 'SERVICE_CONTROL_POLICY' as const, Content }
    const { Policy } = await organizations.send(new CreateOrganizationPolicyCommand(made))
    const PolicyId = Policy?.PolicySummary?.Id
    await organizations.send(new AttachPolicyCommand({ PolicyId, TargetId: PRODUCTION }))
    const asked = { PolicyInputList: [policyText(allow())], ActionNames: ['s3:GetObject', 'ec2:RunInstances'] }
    const { EvaluationResults } = await principal(asked)
    expect(EvaluationResults).toMatchObject([
      { EvalDecision: 'explicitDeny', OrganizationsDecisionDetail: { AllowedByOrganizations: false } },
      { EvalDecision: 'implicitDeny', OrganizationsDecisionDetail: { AllowedByOrganizations: true } },
    ])
    const without = { ...asked, PolicyExclusionList: [{ PolicyArn: `${Policy?.PolicySummary?.Arn}` }] }
    expect((await one(principal(without)))?.EvalDecision).toBe('allowed')
    const free = await one(principal({ ...asked, PolicyExclusionList: [{ PolicyType: 'scp' }] }))
    expect([free?.EvalDecision, free?.OrganizationsDecisionDetail]).toEqual(['allowed', undefined])
    const management = iamOf(server)
    const source = `arn:aws:iam::${MANAGEMENT}:user/administrator`
    const admin = new SimulatePrincipalPolicyCommand({ PolicySourceArn: source, ActionNames: ['s3:GetObject'] })
    expect((await management.send(admin)).EvaluationResults?.[0]).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [{ SourcePolicyId: 'AdministratorAccess', SourcePolicyType: 'IAM Policy' }],
    })
    await organizations.send(new DetachPolicyCommand({ PolicyId, TargetId: PRODUCTION }))
  })

  test('calls as somebody else who has these policies', async () => {
    const bob = `arn:aws:iam::${PRODUCTION}:user/bob`
    const result = await one(
      principal({
        CallerArn: bob,
        ResourceArns: [`${BUCKET}/k`],
        ResourcePolicy: policyText({ ...allow({ Resource: `${BUCKET}/*` }), Principal: { AWS: bob } }),
      }),
    )
    expect(result?.EvalDecision).toBe('allowed')
  })
})

describe('context keys', () => {
  const text = policyText(
    {
      Effect: 'Allow',
      Action: 'dynamodb:*',
      Resource: 'arn:aws:dynamodb:us-east-2:123456789012:table/${aws:username}',
    },
    {
      Effect: 'Deny',
      Action: 's3:*',
      Resource: '*',
      Condition: { StringLike: { 'aws:Referer': "${aws:PrincipalTag/team, 'x'}${*}", 'AWS:UserName': 'a' } },
    },
  )
  const keys = ['aws:username', 'aws:Referer', 'aws:PrincipalTag/team']

  test('are found in variables and conditions, each once', async () => {
    const found = await iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [text] }))
    expect(found.ContextKeyNames).toEqual(keys)
    await iam.send(new CreateUserCommand({ UserName: 'erin' }))
    await iam.send(new PutUserPolicyCommand({ UserName: 'erin', PolicyName: 'p', PolicyDocument: text }))
    const erin = { PolicySourceArn: `arn:aws:iam::${PRODUCTION}:user/erin` }
    expect((await iam.send(new GetContextKeysForPrincipalPolicyCommand(erin))).ContextKeyNames).toEqual(keys)
  })

  test('that nobody gives are missing, of statements on other actions too, and of SCPs', async () => {
    const region = level(deny({ Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } } }))
    const result = await one(
      custom({
        PolicyInputList: [text],
        OrderedOrganizationPolicyInputList: [region],
        ContextEntries: [entry('AWS:Referer', 'string', 'r')],
      }),
    )
    expect(result?.MissingContextValues).toEqual(['aws:username', 'aws:PrincipalTag/team', 'aws:RequestedRegion'])
  })
})

test('a launch is one question about all that it touches', async () => {
  const arn = (kind: string) => `arn:aws:ec2:us-east-1:${PRODUCTION}:${kind}/x`
  const kinds = ['instance', 'image', 'security-group', 'network-interface']
  const input = {
    PolicyInputList: [policyText({ Effect: 'Allow', Action: 'ec2:RunInstances', NotResource: arn('image') })],
    ActionNames: ['ec2:RunInstances'],
    ResourceHandlingOption: 'EC2-VPC-InstanceStore',
  }
  const result = await one(custom({ ...input, ResourceArns: kinds.map(arn) }))
  expect(result?.EvalDecision).toBe('implicitDeny')
  expect(result?.ResourceSpecificResults?.map((it) => it.EvalResourceDecision)).toEqual([
    'allowed',
    'implicitDeny',
    'allowed',
    'allowed',
  ])
  await expectRefusal(custom({ ...input, ResourceArns: [arn('instance')] }), 'InvalidInput', /image/, 400)
})

test('pages hold as many results as were asked for, in order, and a marker is of its own simulation', async () => {
  const ActionNames = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']
  const input = { ActionNames, ResourceArns: [`${BUCKET}/1`, `${BUCKET}/2`], MaxItems: 4 }
  const first = await custom(input)
  expect([first.EvaluationResults?.length, first.IsTruncated]).toEqual([4, true])
  const second = await custom({ ...input, Marker: first.Marker })
  expect(second.EvaluationResults?.map((it) => it.EvalActionName)).toEqual(['s3:DeleteObject', 's3:DeleteObject'])
  expect([second.IsTruncated, second.Marker]).toEqual([false, undefined])
  const other = custom({
    ...input,
    ActionNames: ['s3:GetObject', 's3:PutObject', 's3:ListBucket'],
    Marker: first.Marker,
  })
  await expectRefusal(other, 'ValidationError', /Marker/)
})

describe('what cannot be simulated is refused', () => {
  const session = `arn:aws:sts::${PRODUCTION}:assumed-role/r/s`
  test.each([
    [
      { PolicySourceArn: session },
      'InvalidInput',
      `Invalid Entity Arn: ${session} does not clearly define entity type and name.`,
    ],
    [
      { PolicySourceArn: `arn:aws:iam::${STAGING}:user/x` },
      'InvalidInput',
      `Invalid Policy Source Arn: caller's account ${PRODUCTION} does not have access to policies in account ${STAGING}`,
    ],
    [
      { PolicySourceArn: `arn:aws:iam::${PRODUCTION}:role/none` },
      'NoSuchEntity',
      'The role with name none cannot be found.',
    ],
    [{ PolicySourceArn: `arn:aws:iam::${PRODUCTION}:user/elsewhere/alice` }, 'NoSuchEntity', /cannot be found/],
    [{ ResourceArns: ['14a050d4'] }, 'InvalidInput', 'ResourceNames are not in a valid ARN format: 14a050d4.'],
    [{ ResourceOwner: PRODUCTION }, 'InvalidInput', `'${PRODUCTION}' is not a valid as a Resource Owner.`],
    [{ ActionNames: ['s3:*'] }, 'InvalidInput', /s3:\*/],
    [{ PolicyInputList: ['{}'] }, 'InvalidInput', 'Syntax errors in policy.'],
    [{ CallerArn: session }, 'InvalidInput', /Invalid Entity Arn/],
    [{ ContextEntries: [entry('aws:x', 'string', 'a', 'b')] }, 'InvalidInput', /aws:x/],
    [{ ResourceHandlingOption: 'EC2-Classic' }, 'InvalidInput', /EC2-Classic/],
    [{ PolicyExclusionList: [{ PolicyArn: 'arn:aws:iam::*:policy/x' }] }, 'InvalidInput', /identifier/],
    [
      { PolicySourceArn: 'role', ResourcePolicy: everyone(allow()), ResourceArns: [BUCKET] },
      'InvalidInput',
      'Invalid caller - Caller must be an IAM user in this context.',
    ],
  ] as readonly [Partial<SimulatePrincipalPolicyCommandInput>, string, string | RegExp][])(
    '%j: %s',
    async (input, code, text) => {
      const asRole = input.PolicySourceArn === 'role'
      if (asRole)
        await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trustText({ AWS: ALICE }) }))
      const source = asRole ? { PolicySourceArn: `arn:aws:iam::${PRODUCTION}:role/app` } : {}
      await expectRefusal(principal({ ...input, ...source }), code, text, code === 'NoSuchEntity' ? 404 : 400)
    },
  )

  test('a resource policy without a caller', async () => {
    const input = { ResourcePolicy: everyone(allow()), ResourceArns: [BUCKET] }
    await expectRefusal(custom(input), 'InvalidInput', 'Invalid caller - Caller cannot be null or empty.')
  })

  test('whoever may not simulate', async () => {
    const keys = await newUser(server, 'mallory', ['iam:SimulateCustomPolicy'])
    const mallory = iamOf(server, keys)
    const source = `arn:aws:iam::${MANAGEMENT}:user/administrator`
    const asked = new SimulatePrincipalPolicyCommand({ PolicySourceArn: source, ActionNames: ['s3:GetObject'] })
    await expectRefusal(
      mallory.send(asked),
      'AccessDenied',
      new RegExp(`iam:SimulatePrincipalPolicy on resource: ${source}`),
    )
    const free = new SimulateCustomPolicyCommand({
      PolicyInputList: [policyText(allow())],
      ActionNames: ['s3:GetObject'],
    })
    expect((await mallory.send(free)).EvaluationResults?.[0]?.EvalDecision).toBe('allowed')
  })
})

function level(...statements: readonly object[]) {
  return { ServiceControlPolicyInputList: statements.length === 0 ? [] : [policyText(...statements)] }
}

function conditioned(operator = 'StringEquals'): string {
  return policyText(allow({ Condition: { [operator]: { 'aws:x': 'a' } } }))
}

function entry(
  ContextKeyName: string,
  ContextKeyType: 'string' | 'stringList',
  ...ContextKeyValues: readonly string[]
) {
  return { ContextKeyName, ContextKeyType, ContextKeyValues: [...ContextKeyValues] }
}
