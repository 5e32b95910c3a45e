/**
 * The story of three accounts: a developer looks into Staging, and no further. Each step is one call, with the AWS CLI
 * command that makes it, what must come of it, and why it does.
 */

import type { Keys } from '../credentials.ts'
import { json, query, rest, tag, type Ask } from './calls.ts'

/** Who speaks. The administrator is there from the start; the others get their keys in the story. */
export type Actor =
  | 'administrator'
  | 'staging-admin'
  | 'dev-admin'
  | 'prod-admin'
  | 'dana'
  | 'eve'
  | 'peter'
  | 'staging'

export interface Step {
  readonly title: string
  readonly as: Actor
  /** Without its `--profile`. */
  readonly command: string
  readonly ask: Ask
  /** `done`, or AWS's code of the refusal that must come. */
  readonly comes: string
  readonly why?: string
  /** What is worth seeing in the answer. */
  readonly shows?: (body: string) => string
  /** Whose keys the answer holds. */
  readonly keeps?: Actor
  /** Asked instead where the first telling has left the thing behind; `true` where that is good enough. */
  readonly again?: Ask | true
}

/** Ids of the accounts. */
export interface Cast {
  readonly production: string
  readonly staging: string
  readonly development: string
  readonly region: string
}

export const ACCOUNTS = { production: 'Production', staging: 'Staging', development: 'Development' } as const
const ENTRY_ROLE = 'OrganizationAccountAccessRole'
const ROLE = 'StagingAccess'
const GROUP = 'developers'
const AWS_POLICY = 'arn:aws:iam::aws:policy'

/** Users who get a key in the story, and who it is taken from again at its end. */
export const KEYED: readonly { readonly user: Extract<Actor, 'dana' | 'eve' | 'peter'>; readonly by: Actor }[] = [
  { user: 'dana', by: 'dev-admin' },
  { user: 'eve', by: 'dev-admin' },
  { user: 'peter', by: 'prod-admin' },
]

export function stagingStory({ production, staging, development, region }: Cast): readonly Step[] {
  const role = `arn:aws:iam::${staging}:role/${ROLE}`
  const trust = JSON.stringify(trusting(`arn:aws:iam::${development}:root`))
  const door = JSON.stringify(allowing('sts:AssumeRole', role))
  return [
    {
      title: 'Who am I?',
      as: 'administrator',
      command: 'aws sts get-caller-identity',
      ask: query('sts:GetCallerIdentity'),
      comes: 'done',
      shows: arn,
      why: 'An IAM user with AdministratorAccess in the management account. The other accounts know nothing of it: it enters them by a role.',
    },
    {
      ...enter('staging-admin', staging),
      title: 'The administrator enters Staging',
      why: `${ENTRY_ROLE} is in every member from birth, and trusts the management account.`,
    },
    { ...enter('dev-admin', development), title: 'The same for Development' },
    { ...enter('prod-admin', production), title: 'The same for Production' },
    {
      title: 'Staging: a role that Development may assume',
      as: 'staging-admin',
      command: `aws iam create-role --role-name ${ROLE} --assume-role-policy-document '${trust}'`,
      ask: query('iam:CreateRole', { RoleName: ROLE, AssumeRolePolicyDocument: trust }),
      again: query('iam:UpdateAssumeRolePolicy', { RoleName: ROLE, PolicyDocument: trust }),
      comes: 'done',
      shows: () => role,
      why: 'The first half of every crossing: the owner of the role says whom it trusts.',
    },
    {
      title: 'Trap 1: the policy whose name everybody remembers',
      as: 'staging-admin',
      ...attach('AWSLambdaReadOnlyAccess'),
      comes: 'NoSuchEntity',
      why: 'AWS withdrew it in March 2021: what had it keeps it, nothing new gets it. Its successor is AWSLambda_ReadOnlyAccess, with one more underscore and less in it: it has lost s3:Get*, s3:List*, the reads of dynamodb, kinesis, sns and events, and most of cloudwatch. Who needs those must be given them.',
    },
    {
      title: 'Staging: what the role may do',
      as: 'staging-admin',
      ...attach('AWSLambda_ReadOnlyAccess'),
      comes: 'done',
      shows: () => 'attached',
      why: 'Read Lambda, and nothing that writes.',
    },
    ...developers(door),
    {
      title: 'dana crosses',
      as: 'dana',
      ...assume(role, 'dana'),
      comes: 'done',
      keeps: 'staging',
      shows: (body) => `${tag(body, 'Arn')}, until ${tag(body, 'Expiration')}`,
      why: 'Both halves are there: Staging trusts her account, and her account lets her. The key that she gets is temporary.',
    },
    {
      title: 'What the role allows works',
      as: 'staging',
      command: 'aws lambda list-functions',
      ask: rest('lambda', 'GET', '/2015-03-31/functions/'),
      comes: 'done',
      shows: functions,
      why: 'AWSLambda_ReadOnlyAccess allows lambda:List*.',
    },
    {
      title: 'What it does not allow is refused',
      as: 'staging',
      command: `aws lambda create-function --function-name demo --runtime nodejs20.x --handler index.handler --role ${role} --zip-file fileb://demo.zip`,
      ask: rest('lambda', 'POST', '/2015-03-31/functions', newFunction(role)),
      comes: 'AccessDeniedException',
      why: `No policy allows it, and nothing is allowed by default. The resource is in Staging (${region}): as ${ROLE}, dana is somebody of Staging, and what she may do at home counts for nothing here.`,
    },
    {
      title: 'Trap 2: `:root` is the account, not its root user',
      as: 'eve',
      ...assume(role, 'eve'),
      comes: 'AccessDenied',
      why: `The role trusts arn:aws:iam::${development}:root, and eve is in that account. But this name means the account: it opens the account's door and leaves it to the account whom to send through. eve lacks the second half, which dana has by her group. Nor would it let only the root user in.`,
    },
    {
      title: 'Production: peter has one half too',
      as: 'peter',
      ...assume(role, 'peter'),
      comes: 'AccessDenied',
      why: 'His own account lets him ask; Staging does not trust his account. Either half alone opens nothing.',
    },
    {
      title: 'Production is untouched',
      as: 'dana',
      ...assume(`arn:aws:iam::${production}:role/${ENTRY_ROLE}`, 'dana'),
      comes: 'AccessDenied',
      why: 'dana has one door, into Staging, and no role of Production trusts her account.',
    },
  ]
}

/** Who is in Development, and one in Production: users, the group, and the second half of the crossing. */
function developers(door: string): readonly Step[] {
  return [
    {
      title: 'Development: the team is a group',
      as: 'dev-admin',
      command: `aws iam create-group --group-name ${GROUP}`,
      ask: query('iam:CreateGroup', { GroupName: GROUP }),
      again: true,
      comes: 'done',
      shows: (body) => tag(body, 'Arn'),
    },
    {
      title: 'Development: the group may assume the role',
      as: 'dev-admin',
      command: `aws iam put-group-policy --group-name ${GROUP} --policy-name assume-staging --policy-document '${door}'`,
      ask: query('iam:PutGroupPolicy', { GroupName: GROUP, PolicyName: 'assume-staging', PolicyDocument: door }),
      comes: 'done',
      why: 'The second half: the account of the one who asks says who of its people may ask.',
    },
    ...user('dana', 'dev-admin'),
    {
      title: 'dana joins the group, eve does not',
      as: 'dev-admin',
      command: `aws iam add-user-to-group --group-name ${GROUP} --user-name dana`,
      ask: query('iam:AddUserToGroup', { GroupName: GROUP, UserName: 'dana' }),
      comes: 'done',
    },
    ...user('eve', 'dev-admin'),
    ...user('peter', 'prod-admin'),
    {
      title: 'Production: peter gets the same permission as the developers',
      as: 'prod-admin',
      command: `aws iam put-user-policy --user-name peter --policy-name assume-staging --policy-document '${door}'`,
      ask: query('iam:PutUserPolicy', { UserName: 'peter', PolicyName: 'assume-staging', PolicyDocument: door }),
      comes: 'done',
    },
  ]
}

function user(name: Extract<Actor, 'dana' | 'eve' | 'peter'>, by: Actor): readonly Step[] {
  return [
    {
      title: `A user: ${name}`,
      as: by,
      command: `aws iam create-user --user-name ${name}`,
      ask: query('iam:CreateUser', { UserName: name }),
      again: true,
      comes: 'done',
      shows: (body) => tag(body, 'Arn'),
    },
    {
      title: `${name} gets a key`,
      as: by,
      command: `aws iam create-access-key --user-name ${name}`,
      ask: query('iam:CreateAccessKey', { UserName: name }),
      comes: 'done',
      keeps: name,
      shows: (body) => `${tag(body, 'AccessKeyId')}, for the time of this story`,
    },
  ]
}

function enter(as: Actor, account: string): Omit<Step, 'title'> {
  return {
    as: 'administrator',
    ...assume(`arn:aws:iam::${account}:role/${ENTRY_ROLE}`, 'demo'),
    comes: 'done',
    keeps: as,
    shows: arn,
  }
}

function assume(role: string, session: string): Pick<Step, 'command' | 'ask'> {
  return {
    command: `aws sts assume-role --role-arn ${role} --role-session-name ${session}`,
    ask: query('sts:AssumeRole', { RoleArn: role, RoleSessionName: session }),
  }
}

function attach(policy: string): Pick<Step, 'command' | 'ask'> {
  const PolicyArn = `${AWS_POLICY}/${policy}`
  return {
    command: `aws iam attach-role-policy --role-name ${ROLE} --policy-arn ${PolicyArn}`,
    ask: query('iam:AttachRolePolicy', { RoleName: ROLE, PolicyArn }),
  }
}

function functions(body: string): string {
  const { Functions } = json(body)
  const names = Array.isArray(Functions) ? Functions.map((it: { FunctionName?: string }) => it.FunctionName) : []
  return names.length === 0 ? 'an empty list: nobody has made a function yet' : names.join(', ')
}

function arn(body: string): string {
  return tag(body, 'Arn')
}

function trusting(principal: string): object {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole' }],
  }
}

function allowing(action: string, resource: string): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] }
}

/** A zip archive without a file in it: it is refused before anybody looks inside. */
const EMPTY_ZIP = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex').toString('base64')

function newFunction(role: string): object {
  return {
    FunctionName: 'demo',
    Runtime: 'nodejs20.x',
    Handler: 'index.handler',
    Role: role,
    Code: { ZipFile: EMPTY_ZIP },
  }
}

export function keysIn(body: string): Keys {
  const sessionToken = tag(body, 'SessionToken')
  return {
    accessKeyId: tag(body, 'AccessKeyId'),
    secretAccessKey: tag(body, 'SecretAccessKey'),
    ...(sessionToken ? { sessionToken } : {}),
  }
}
