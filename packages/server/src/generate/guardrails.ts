/** The service and resource control policies of a generated organisation, and where each of them hangs. */

import type { OrganizationPolicy } from '@sallyport/estate'
import { organizationPolicyId } from '../ids.ts'
import type { Blueprint, Plot } from './blueprint.ts'
import { deny, denyOthers, policyText } from './texts.ts'

export interface Guardrail {
  readonly policy: OrganizationPolicy
  /** Paths of units; the root's is empty. */
  readonly on: readonly string[]
}

interface Row {
  readonly name: string
  readonly description: string
  readonly on: readonly string[]
  readonly document: string
  readonly type?: 'RESOURCE_CONTROL_POLICY'
}

/** Where roles lie that only the security account's may touch. */
export const PROTECTED = '/protected/'

/** Services that answer in one region for the whole world. */
const WORLDWIDE = ['iam:*', 'sts:*', 'organizations:*', 'account:*', 'support:*', 'route53:*', 'cloudfront:*']

export function guardrails(blueprint: Blueprint): readonly Guardrail[] {
  const dice = blueprint.dice.of('guardrails')
  return [...rows(blueprint), ...ofBusinesses(blueprint), ...FOR_ACCOUNTS].map(({ on, type, ...row }) => ({
    on,
    policy: {
      ...row,
      id: organizationPolicyId(dice),
      type: type ?? 'SERVICE_CONTROL_POLICY',
      awsManaged: false,
      tags: [{ key: 'owner', value: 'security' }],
    },
  }))
}

function rows({ regions, organization }: Blueprint): readonly Row[] {
  return [
    {
      name: 'stay-in-the-organization',
      description: 'No account leaves by itself',
      on: [''],
      document: policyText(deny('organizations:LeaveOrganization')),
    },
    {
      name: 'protect-audit-roles',
      description: 'Roles of the security team are changed by nobody but those who made the account',
      on: [''],
      document: policyText(
        deny(
          ['iam:Attach*', 'iam:Delete*', 'iam:Detach*', 'iam:Put*', 'iam:Tag*', 'iam:Untag*', 'iam:Update*'],
          `arn:aws:iam::*:role${PROTECTED}*`,
          { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/OrganizationAccountAccessRole' } },
        ),
      ),
    },
    {
      name: 'home-regions',
      description: 'Work is done where the company works',
      on: ['Workloads', 'Infrastructure', 'Sandbox'],
      document: policyText(denyOthers(WORLDWIDE, { StringNotEquals: { 'aws:RequestedRegion': regions } })),
    },
    {
      name: 'no-root-user',
      description: 'The root user does no daily work',
      on: ['Workloads', 'Infrastructure', 'Security'],
      document: policyText(deny('*', '*', { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:root' } })),
    },
    {
      name: 'protect-trails',
      description: 'What is recorded stays recorded',
      on: ['Workloads/Prod', 'Security'],
      document: policyText(
        deny(['cloudtrail:DeleteTrail', 'cloudtrail:StopLogging', 'cloudtrail:UpdateTrail', 'config:Stop*']),
      ),
    },
    {
      name: 'private-buckets',
      description: 'Nobody opens a bucket to the world',
      on: ['Workloads/Prod'],
      document: policyText(
        deny(['s3:PutAccountPublicAccessBlock', 's3:PutBucketAcl']),
        deny(['s3:PutObject', 's3:PutObjectAcl'], '*', {
          StringLike: { 's3:x-amz-acl': ['public-*', 'authenticated-read'] },
        }),
      ),
    },
    {
      name: 'small-machines',
      description: 'What is tried is tried on small machines',
      on: ['Workloads/Test', 'Sandbox'],
      document: policyText(
        deny('ec2:RunInstances', 'arn:aws:ec2:*:*:instance/*', {
          StringNotLike: { 'ec2:InstanceType': ['t3.*', 't4g.*', 'm7g.large'] },
        }),
      ),
    },
    {
      name: 'sandbox-bounds',
      description: 'Nothing that binds for years, nothing that reaches into the company’s network',
      on: ['Sandbox'],
      document: policyText(
        deny(['directconnect:*', 'aws-marketplace:Subscribe', 'ec2:PurchaseReservedInstancesOffering']),
        deny(['ec2:AcceptVpcPeeringConnection', 'ec2:CreateVpcPeeringConnection', 'ec2:CreateTransitGateway*']),
      ),
    },
    {
      name: 'closed',
      description: 'Nothing goes on here',
      on: ['Suspended'],
      document: policyText(denyOthers(['support:*', 'sts:GetCallerIdentity'])),
    },
    {
      name: 'our-organization-only',
      description: 'Data and roles of production are for our own principals and AWS’s services',
      type: 'RESOURCE_CONTROL_POLICY',
      on: ['Workloads/Prod'],
      document: policyText({
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:*', 'sts:AssumeRole', 'kms:Decrypt', 'sqs:*'],
        Resource: '*',
        Condition: {
          StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organization.id },
          BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    },
  ]
}

/** What a business unit does without. */
const UNUSED = [
  ['machine-learning', ['sagemaker:*', 'bedrock:*']],
  ['streaming', ['kinesisvideo:*', 'medialive:*', 'ivs:*']],
  ['warehouses', ['redshift:*', 'elasticmapreduce:*']],
  ['games', ['gamelift:*', 'robomaker:*']],
] as const

function ofBusinesses({ units, dice }: Blueprint): readonly Row[] {
  const drawn = dice.of('unused')
  return [...units.keys()].flatMap((path) => {
    const business = /^Workloads\/Prod\/(.+)$/.exec(path)?.[1]
    if (business === undefined || drawn.chance(0.5)) return []
    const [what, actions] = drawn.pick(UNUSED)
    return {
      name: `${business.toLowerCase()}-without-${what}`,
      description: `${business} does not use ${what}`,
      on: [path, path.replace('/Prod/', '/Test/')],
      document: policyText(deny(actions)),
    }
  })
}

/** Those that hang on single accounts. */
const FOR_ACCOUNTS: readonly Row[] = [
  {
    name: 'frozen-network',
    description: 'The network of this account is the network team’s',
    on: [],
    document: policyText(deny(['ec2:*Route*', 'ec2:*Subnet*', 'ec2:*Vpc*', 'ec2:*Gateway*'])),
  },
  {
    name: 'no-users',
    description: 'People come by roles',
    on: [],
    document: policyText(deny(['iam:CreateUser', 'iam:CreateAccessKey', 'iam:CreateLoginProfile'])),
  },
  {
    name: 'kept-data',
    description: 'Data of this account is under legal hold',
    on: [],
    document: policyText(deny(['s3:DeleteObject*', 's3:DeleteBucket', 'rds:Delete*', 'dynamodb:DeleteTable'])),
  },
]

/** The guardrails of an account’s own; few have one. */
export function ownGuardrails(
  { dice }: Blueprint,
  all: readonly Guardrail[],
  { at, purpose }: Plot,
): readonly string[] {
  const drawn = dice.of(`guardrail ${at}`)
  const own = all.filter(({ policy }) => FOR_ACCOUNTS.some(({ name }) => name === policy.name))
  return purpose === 'production' && drawn.chance(0.06) ? [drawn.pick(own).policy.id] : []
}
