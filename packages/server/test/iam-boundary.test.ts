/** Administration that is delegated by a boundary: who may change whom hangs on `iam:PermissionsBoundary` (UG access_policies_boundaries). */

import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
  type IAMClient,
} from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, policyText, trustText } from './people.ts'

const BOUNDARY = 'arn:aws:iam::aws:policy/PowerUserAccess'
const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const PolicyDocument = policyText({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
const TRUST = trustText({ AWS: MANAGEMENT })

let server: TestServer
let delegate: IAMClient

beforeAll(async () => {
  server = await startServer()
  const keys = await newUser(server, 'delegate')
  delegate = iamOf(server, keys)
  const iam = iamOf(server)
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': BOUNDARY } }
  const delegated = policyText({ Effect: 'Allow', Action: 'iam:*', Resource: '*', Condition })
  await iam.send(new PutUserPolicyCommand({ UserName: 'delegate', PolicyName: 'own', PolicyDocument: delegated }))
  for (const [name, PermissionsBoundary] of [
    ['within', BOUNDARY],
    ['without', undefined],
    ['other', PolicyArn],
  ] as const) {
    const bound = PermissionsBoundary === undefined ? {} : { PermissionsBoundary }
    await iam.send(new CreateUserCommand({ UserName: name, ...bound }))
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: TRUST, ...bound }))
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'there', PolicyDocument }))
    await iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: BOUNDARY }))
  }
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

type Change = (name: string) => Promise<unknown>

const CHANGES: Readonly<Record<string, Change>> = {
  AttachUserPolicy: (UserName) => delegate.send(new AttachUserPolicyCommand({ UserName, PolicyArn })),
  DetachUserPolicy: (UserName) => delegate.send(new DetachUserPolicyCommand({ UserName, PolicyArn: BOUNDARY })),
  PutUserPolicy: (UserName) => delegate.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument })),
  DeleteUserPolicy: (UserName) => delegate.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'there' })),
  PutRolePolicy: (RoleName) => delegate.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument })),
  AttachRolePolicy: (RoleName) => delegate.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
  UpdateAssumeRolePolicy: (RoleName) =>
    delegate.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: TRUST })),
}

test.each(Object.entries(CHANGES))('%s is allowed on identities within the boundary alone', async (name, change) => {
  const denied = new RegExp(`not authorized to perform: iam:${name} on resource`)
  await expectRefusal(change('without'), 'AccessDenied', denied)
  await expectRefusal(change('other'), 'AccessDenied', denied)
  await expect(change('within')).resolves.toBeDefined()
})

test('DeleteRole asks with the boundary too, and then finds what hangs on the role', async () => {
  const remove = (RoleName: string) => delegate.send(new DeleteRoleCommand({ RoleName }))
  await expectRefusal(remove('without'), 'AccessDenied')
  await expectRefusal(remove('within'), 'DeleteConflict')
})
