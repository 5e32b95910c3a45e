/** `up --quota`: what accounts may have in the place of AWS's defaults. */

import { expect, test } from 'vitest'
import { sendSigned } from '../src/client.ts'
import { readCredentials } from '../src/credentials.ts'
import { query, readAnswer } from '../src/demo/calls.ts'
import { folderAt } from '../src/folder.ts'
import { workshop } from './harness.ts'

const { run, up } = workshop()

test('an account is full as soon as the quota says so', async () => {
  const { ready, child } = await up([
    '--data',
    'full',
    '--quota',
    'iam.GroupsPerAccount=1',
    '--quota',
    'iam:UsersPerAccount=1',
  ])
  const keys = readCredentials(folderAt(ready.data)) ?? { accessKeyId: '', secretAccessKey: '' }
  const create = async (name: 'iam:CreateGroup' | 'iam:CreateUser', parameters: Record<string, string>) => {
    const { service, sent } = query(name, parameters)
    return readAnswer(await sendSigned({ endpoint: ready.endpoint, region: 'us-east-1' }, sent, { service, keys }))
  }
  expect((await create('iam:CreateGroup', { GroupName: 'a' })).code).toBe('done')
  expect(await create('iam:CreateGroup', { GroupName: 'b' })).toMatchObject({
    code: 'LimitExceeded',
    message: 'Cannot exceed quota for GroupsPerAccount: 1',
  })
  expect(await create('iam:CreateUser', { UserName: 'a' })).toMatchObject({
    code: 'LimitExceeded',
    message: 'Cannot exceed quota for UsersPerAccount: 1',
  })
  child.kill()
})

test.each([
  ['iam.RolesPerAcount=5', 'there is no quota `iam.RolesPerAcount`: did you mean `iam.RolesPerAccount`', 'a slip'],
  ['iam.roles-and-more-of-them', 'is no quota for `--quota`: give it as iam.RolesPerAccount=5', 'no value'],
  ['iam.RolesPerAccount=-1', 'is no quota for `--quota`', 'less than nothing'],
  ['zzz=1', 'there is no quota `zzz`: there are `iam.ACLSizePerRole`', 'nothing that is like it'],
])('--quota %s is refused with exit code 2: %s', async (given, says) => {
  const { code, stderr } = await run(['up', '--port', '0', '--ephemeral', '--quota', given])
  expect(code).toBe(2)
  expect(stderr).toContain(says)
})
