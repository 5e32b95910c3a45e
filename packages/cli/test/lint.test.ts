/** `sallyport lint roles`: which roles miss the standards in force, or those of a file that is not. */

import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { sendSigned } from '../src/client.ts'
import { readCredentials } from '../src/credentials.ts'
import { folderAt } from '../src/folder.ts'
import { workshop } from './harness.ts'

const { folder, run, up } = workshop()

const organization = (standards: string): string => `
management: { id: '444444444444', name: Management, email: management@example.com }
accounts:
  - { id: '222222222222', name: Staging, email: staging@example.com }
${standards}
`

function write(name: string, standards: string): string {
  const file = join(folder, name)
  writeFileSync(file, organization(standards))
  return file
}

const lint = async (...argv: readonly string[]) => run(['lint', 'roles', '--data', 'data', ...argv])

let endpoint = ''

beforeAll(async () => {
  const org = write('told.yaml', "standards: { roles: { name: '{team}-*', requireTags: [owner] } }")
  const { ready } = await up(['--org', org, '--data', 'data'])
  endpoint = ready.endpoint
  const credentials = readCredentials(folderAt(join(folder, 'data')))
  if (credentials === undefined) throw new Error('no keys were kept')
  const iam = new IAMClient({ endpoint, region: 'us-east-1', credentials })
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } },
  })
  const Tags = [{ Key: 'Owner', Value: 'pay' }]
  await iam.send(new CreateRoleCommand({ RoleName: 'pay-reader', AssumeRolePolicyDocument, Tags }))
  await iam.send(new CreateRoleCommand({ RoleName: 'Batman', AssumeRolePolicyDocument }))
}, 60_000)

const BATMAN = 'arn:aws:iam::444444444444:role/Batman'

test('roles that miss a standard are told, with all that they lack', async () => {
  const people = await lint()
  expect([people.code, people.stderr]).toEqual([1, ''])
  expect(people.stdout).toContain('✗ Batman in Management (444444444444)')
  expect(people.stdout).toContain('its name must be like {team}-*')
  expect(people.stdout).toContain('it must have the tag owner')
  const json = await lint('--json')
  expect(JSON.parse(json.stdout)).toMatchObject({
    violations: [{ account: '444444444444', accountName: 'Management', role: BATMAN, enforced: false }],
    accounts: 2,
    standards: 1,
  })
})

test('one account can be asked about, and another file’s standards', async () => {
  const staging = await lint('--account', 'Staging')
  expect([staging.code, staging.stdout]).toEqual([0, expect.stringContaining('in 1 account meet the standards')])
  const other = write('other.yaml', 'standards: { roles: { requireDescription: true } }')
  const { code, stdout } = await lint('--org', other)
  expect(code).toBe(1)
  expect(stdout).toContain('2 of ')
  const none = await lint('--org', write('none.yaml', ''))
  expect([none.code, none.stdout]).toEqual([0, expect.stringContaining('no standards are declared')])
})

test.each([
  ['an account that is not there', ['--account', 'Nowhere'], 'Nowhere'],
  ['a file that is not there', ['--org', 'absent.yaml'], 'absent.yaml'],
])('%s is refused with exit code 2', async (_name, argv, says) => {
  const { code, stderr } = await lint(...argv)
  expect([code, stderr]).toEqual([2, expect.stringContaining(says)])
})

test('a template that is none is told with its line', async () => {
  const { code, stderr } = await lint('--org', write('wrong.yaml', "standards: { roles: { name: '(a+)+' } }"))
  expect([code, stderr]).toEqual([2, expect.stringMatching(/wrong\.yaml:5.*is no regular expression/s)])
})

test.each([
  ['no list', '{"declared":1}'],
  ['rows without what they say', '{"declared":[{"path":[]}]}'],
])('the door refuses %s', async (_name, body) => {
  const keys = readCredentials(folderAt(join(folder, 'data'))) ?? { accessKeyId: '', secretAccessKey: '' }
  const sent = { method: 'POST', path: '/_sallyport/standards', body }
  const answer = await sendSigned({ endpoint, region: 'us-east-1' }, sent, { service: 'sallyport', keys })
  expect(answer.status).toBe(400)
})
