/** Who asks for what: callers of every type, a few telling actions, and a context full of borders. */

import type { Asked } from '../../packages/policy/test/reference/world.ts'
import type { Dice } from './dice.ts'

export const A = '111111111111'
export const B = '222222222222'
export const ALICE = `arn:aws:iam::${A}:user/alice`
const ALICE_ID = 'AIDAALICE0000000000001'
export const ROLE = `arn:aws:iam::${A}:role/team/app`
const ROLE_ID = 'AROAAPP000000000000001'
export const SESSION = `arn:aws:sts::${A}:assumed-role/app/alice`
export const CAROL = `arn:aws:sts::${A}:federated-user/carol`
export const PROVIDER = `arn:aws:iam::${A}:oidc-provider/idp.example.com`
export const SERVICE = 'lambda.amazonaws.com'

/** With a context, though it may be empty. */
export type Given = Asked & Required<Pick<Asked, 'context'>>
type Caller = Pick<Asked, 'principal' | 'principalInfo'>

const MEMBERS: readonly Caller[] = [
  { principal: ALICE, principalInfo: { uniqueId: ALICE_ID } },
  { principal: ALICE },
  { principal: `arn:aws:iam::${A}:user/team/Alice`, principalInfo: { uniqueId: ALICE_ID } },
  { principal: SESSION, principalInfo: { roleArn: ROLE, uniqueId: ROLE_ID } },
  { principal: SESSION, principalInfo: { roleArn: ROLE } },
  { principal: SESSION },
  { principal: CAROL, principalInfo: { federatedBy: ALICE, uniqueId: ALICE_ID } },
]
const OTHERS: readonly Caller[] = [
  { principal: `arn:aws:iam::${A}:root` },
  { principal: `arn:aws:iam::${A}:root`, principalInfo: { isManagementAccount: true } },
  { principal: SESSION, principalInfo: { roleArn: ROLE, isManagementAccount: true } },
  {
    principal: `arn:aws:sts::${A}:assumed-role/AWSServiceRoleForX/s`,
    principalInfo: {
      roleArn: `arn:aws:iam::${A}:role/aws-service-role/x/AWSServiceRoleForX`,
      isServiceLinkedRole: true,
    },
  },
  { principal: SERVICE },
  { principal: { type: 'Anonymous' } },
  { principal: PROVIDER },
]

/** With the names by which a policy may mean the resource; `%` is its owner's account. */
const ASKS: readonly (readonly [action: string, resource: string])[] = [
  ['s3:GetObject', 'arn:aws:s3:::bkt/home/alice/key.txt'],
  ['s3:GetObject', 'arn:aws:s3:::bkt/a:b/c:d//e'],
  ['s3:PutObject', 'arn:aws:s3:::bkt/team/red/*/?$'],
  ['s3:ListBucket', 'arn:aws:s3:::bkt'],
  ['s3:ListAllMyBuckets', '*'],
  ['sqs:SendMessage', 'arn:aws:sqs:us-east-1:%:alice'],
  ['logs:PutLogEvents', 'arn:aws:logs:us-east-1:%:log-group:/aws/red:log-stream:a'],
  ['ec2:RunInstances', 'arn:aws:ec2:eu-west-1:%:instance/*'],
  ['iam:PassRole', 'arn:aws:iam::%:role/team/app'],
  ['kms:Decrypt', 'arn:aws:kms:us-east-1:%:key/red-alice'],
  ['sts:AssumeRole', 'arn:aws:iam::%:role/team/target'],
  ['sts:TagSession', 'arn:aws:iam::%:role/team/target'],
]

export function askOf(dice: Dice): Given {
  const caller = dice.one(dice.chance(0.7) ? MEMBERS : OTHERS)
  const accountId = dice.chance(0.65) ? A : B
  const always = dice.chance(0.004)
  const [action, name] = always ? (['sts:GetCallerIdentity', '*'] as const) : dice.one(ASKS)
  const web = caller.principal === PROVIDER && action === 'sts:AssumeRole'
  const principalInfo = dice.chance(0.02)
    ? { ...caller.principalInfo, resourceAccountIsManagement: true }
    : caller.principalInfo
  return {
    principal: caller.principal,
    action: web ? 'sts:AssumeRoleWithWebIdentity' : action,
    resource: { arn: name.replace('%', accountId), accountId: name === '*' ? A : accountId },
    context: contextOf(dice),
    ...(principalInfo && { principalInfo }),
  }
}

/** Another request of much the same: in other circumstances, now and then by another caller or about another thing. */
export function nextTo(given: Given, dice: Dice): Given {
  const caller = MEMBERS.some(({ principal }) => principal === given.principal) && dice.chance(0.3)
  const shared = ASKS.filter(([action]) => action.startsWith('s3:'))
  const [action, arn] = dice.one(shared)
  return {
    ...given,
    ...(caller && dice.one(MEMBERS)),
    ...(given.action.startsWith('s3:') && dice.chance(0.3) && { action }),
    ...(given.resource.arn.startsWith('arn:aws:s3:') && dice.chance(0.3) && { resource: { ...given.resource, arn } }),
    context: contextOf(dice),
  }
}

/** What a key may hold: values that lie close to each other. */
export interface KeyPool {
  readonly key: string
  readonly family: 'String' | 'Arn' | 'Numeric' | 'Date' | 'Bool' | 'Ip' | 'Binary'
  readonly values: readonly string[]
  readonly multivalued?: true
}

const TEXTS = [
  'red',
  'RED',
  'Red',
  'alice',
  'Alice',
  '',
  'r*',
  '?ed',
  'red ',
  '*',
  '$',
  '${aws:username}',
  'blue',
  'a:b',
]
const NUMBERS = [
  '0',
  '-0',
  '10',
  '10.0',
  '10.00',
  '9.99',
  '-1',
  '+10',
  '1e1',
  'ten',
  '',
  '010',
  '10.1',
  '0.1',
  '9007199254740993',
  '9007199254740992',
]
const DATES = [
  '2024-02-29T12:00:00Z',
  '2024-02-29T12:00:00.000Z',
  '2024-02-29T13:00:00+01:00',
  '2024-02-29T11:30:00-0030',
  '2024-02-29T12:00:00.001Z',
  '1709208000',
  '1709208000.001',
  '1709207999.999',
  '2024-02-29T12:00Z',
  '2024-02-29',
  '2024-02',
  '2024',
  '2024-03-01T00:00:00Z',
  '1709164800',
  '1706745600',
  '1704067200',
  '1969-12-31T23:59:59Z',
  '-1',
  '0',
  '1970',
  '2024-02-29T23:59:59.9999999Z',
  '1709251199.9999',
  '1709251199.999',
  '-0.5',
  '1969-12-31T23:59:59.500Z',
  '2100-02-28',
]
const BAD_DATES = [
  '2023-02-29',
  '2024-13-01',
  '2024-02-29T24:00:00Z',
  'soon',
  '',
  '2024-02-29T12',
  '2024-2-9',
  '2024-02T12:00Z',
]
const ADDRESSES = [
  '203.0.113.5',
  '203.0.113.4/30',
  '203.0.113.8',
  '203.0.113.7/29',
  '203.0.113.0/24',
  '0.0.0.0/0',
  '203.0.113.5/32',
  '203.0.113.5/33',
  '203.0.113.5/0',
  '2001:db8::5',
  '2001:DB8:0:0:0:0:0:5',
  '2001:db8::/32',
  '2001:db9::',
  '::/0',
  '::ffff:203.0.113.5',
  '::ffff:cb00:7105',
  '2001:db8::0:5/127',
  '2001:db8:1::5',
  '1.2.3',
  'x',
  '::1',
  '1::2::3',
]
const BYTES = ['QUI=', 'QUI', 'QUJD', 'QUJ=', 'QQ==', 'QR==', 'Q', '', 'Q!', 'QUI==', 'QU I=']
const ARNS = [
  ROLE,
  ALICE,
  SESSION,
  'arn:aws:s3:::bkt',
  'arn:aws:s3:::bkt/a:b',
  `arn:aws:sns:us-east-1:${A}:red`,
  `arn:aws:sns:us-east-1:${A}:Red`,
  'arn:aws:sns:us-east-1:999999999999:store/abc:111111111111:finance/d',
  'arn:aws:sns',
  '*',
  'red',
  'arn:aws:x:::',
]

export const POOLS: readonly KeyPool[] = [
  { key: 'aws:username', family: 'String', values: ['alice', 'Alice', 'al*', 'bob'] },
  { key: 'aws:PrincipalTag/team', family: 'String', values: TEXTS },
  { key: 'aws:ResourceTag/Team', family: 'String', values: TEXTS },
  { key: 'aws:TagKeys', family: 'String', values: TEXTS, multivalued: true },
  { key: 'aws:CalledVia', family: 'String', values: ['red', 'blue', 'a.amazonaws.com'], multivalued: true },
  { key: 'aws:PrincipalArn', family: 'Arn', values: ARNS },
  { key: 'aws:SourceArn', family: 'Arn', values: ARNS },
  { key: 'x:Arns', family: 'Arn', values: ARNS, multivalued: true },
  { key: 's3:max-keys', family: 'Numeric', values: NUMBERS },
  { key: 'aws:MultiFactorAuthAge', family: 'Numeric', values: NUMBERS },
  { key: 'aws:CurrentTime', family: 'Date', values: [...DATES, ...DATES, ...BAD_DATES] },
  { key: 'aws:EpochTime', family: 'Date', values: [...DATES, ...DATES, ...BAD_DATES] },
  { key: 'aws:SecureTransport', family: 'Bool', values: ['true', 'false', 'TRUE', 'False', '1', ''] },
  { key: 'aws:MultiFactorAuthPresent', family: 'Bool', values: ['true', 'false'] },
  { key: 'aws:SourceIp', family: 'Ip', values: ADDRESSES },
  { key: 'aws:VpcSourceIp', family: 'Ip', values: ADDRESSES },
  { key: 'x:Bytes', family: 'Binary', values: BYTES },
]

function contextOf(dice: Dice): Given['context'] {
  const context: Record<string, string | readonly string[]> = {}
  for (const pool of POOLS) {
    if (dice.chance(0.45)) continue
    const several = pool.multivalued ? dice.chance(0.8) : dice.chance(0.04)
    context[recased(pool.key, dice)] = several ? dice.many(0, 3, () => dice.one(pool.values)) : dice.one(pool.values)
  }
  return context
}

/** Key names are the same in any case. */
export function recased(text: string, dice: Dice): string {
  if (dice.chance(0.85)) return text
  return dice.chance(0.5) ? text.toUpperCase() : text.toLowerCase()
}
