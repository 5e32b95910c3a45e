/** `sallyport explain` on a running server. */

import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { sendSigned } from '../src/client.ts'
import { readCredentials } from '../src/credentials.ts'
import { folderAt } from '../src/folder.ts'
import { THREE_ACCOUNTS, workshop, type Ready } from './harness.ts'

const { run, up, folder } = workshop()
let ready: Ready
let account: string

beforeAll(async () => {
  ready = (await up(['--org', THREE_ACCOUNTS])).ready
  account = ready.administrator.account
})

const ROLE = 'OrganizationAccountAccessRole'

/** A call as an administrator's client would make it: its status and the request id. */
async function call(
  service: string,
  action: string,
  version: string,
): Promise<{ status: number; id: string; body: string }> {
  const keys = readCredentials(folderAt(`${folder}/.sallyport`))
  if (keys === undefined) throw new Error('the folder has no key')
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const sent = { method: 'POST', path: '/', headers, body: `Action=${action}&Version=${version}` }
  const {
    status,
    headers: answered,
    body,
  } = await sendSigned({ endpoint: ready.endpoint, region: 'us-east-1' }, sent, { keys, service })
  return { status, id: String(answered['x-amzn-requestid'] ?? ''), body }
}

test('a request id is told with what has changed since', async () => {
  const { status, id } = await call('iam', 'ListUsers', '2010-05-08')
  expect(status).toBe(200)
  const { code, stdout } = await run(['explain', id])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^the call was allowed at .*decided again/)
  expect(stdout).toContain(`\nALLOWED  arn:aws:iam::${account}:user/administrator  iam:ListUsers`)
  const json = JSON.parse((await run(['explain', id, '--json'])).stdout) as object // what the door says it gives
  expect(json).toMatchObject({ effect: 'Allow', record: { eventName: 'ListUsers' } })
})

describe('a question', () => {
  const asked = ['s3:GetObject', 'arn:aws:s3:::nowhere/key']

  test.each([
    [['explain', '--', ...asked, '--as', 'HERE:administrator'], 'options behind the dashes'],
    [
      ['explain', '--as', 'x', '--', ...asked, `--as=anonymous`, '--context', 'aws:SourceIp=192.0.2.1'],
      'the last one counts',
    ],
  ])('takes its options before and behind the dashes: %j', async (args) => {
    const { code, stdout } = await run(args.map((word) => word.replace('HERE', account)))
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^(?:ALLOWED|DENIED) {2}/)])
  })

  test('is told layer by layer, account by account, and plainly where it is no terminal', async () => {
    const production = ready.accounts.find(({ id }) => id !== account)
    const role = `arn:aws:iam::${production?.id}:role/${ROLE}`
    const args = [
      'explain',
      '--',
      'sts:AssumeRole',
      role,
      '--as',
      `${production?.name}:${ROLE}`,
      '--context',
      'sts:ExternalId=x',
    ]
    const { code, stdout } = await run(args)
    expect(code).toBe(0)
    expect(stdout).toBe(`DENIED  arn:aws:sts::${production?.id}:assumed-role/${ROLE}/explain  sts:AssumeRole  ${role}
  why: no role trust policy allows it
  account ${production?.id}, of the caller and the resource
    ✗ role trust policy: says nothing
        missed  ${ROLE}, Statement[0]: its Principal is \`arn:aws:iam::${account}:root\`
    ✓ identity-based policy: allows
        spoke   arn:aws:iam::aws:policy/AdministratorAccess on role ${ROLE}, Statement[0]
  to allow it: in ${production?.id} the role's trust policy must allow it to this caller
`)
    const json = JSON.parse((await run([...args, '--json'])).stdout) as object // what the door says it gives
    expect(json).toMatchObject({
      effect: 'Deny',
      explained: { layers: [{ layer: 'trust', blocks: true }, { layer: 'identity' }] },
    })
  })
})

test.each([
  [['explain'], 2, 'words'],
  [['explain', 'yesterday'], 2, 'neither a request id nor'],
  [['explain', '--', 's3:GetObject', '*'], 2, 'who would call'],
  [['explain', '--as', 'x', 's3:GetObject'], 2, 'on what'],
  [['explain', '--', 's3:GetObject', '*', '--as'], 2, 'has no value'],
  [['explain', '--', 's3:GetObject', '*', '--to', 'x'], 2, 'unknown option `--to`'],
  [['explain', '--', 'a', 'b', 'c', '--as', 'x'], 2, 'too much'],
  [['explain', '--', 's3:GetObject', '*', '--as', 'x'], 2, '`x` is no principal'],
  [['explain', '00000000-0000-0000-0000-000000000000'], 2, 'no call has the request id'],
  [['explain', 'A'.repeat(64)], 2, 'not encoded by this server'],
  [['explain', '--endpoint', 'http://127.0.0.1:9', '00000000-0000-0000-0000-000000000000'], 1, 'cannot be reached'],
])('%j is refused: exit code %d', async (args, exit, says) => {
  const { code, stdout, stderr } = await run(args)
  expect([code, stdout, stderr]).toEqual([exit, '', expect.stringContaining(says)])
})

test('a key that is not the administrator’s is told so', async () => {
  const environment = { ROOT_AWS_ACCESS_KEY_ID: 'AKIAWRONGEXAMPLE0000', ROOT_AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }
  const { code, stderr } = await run(['explain', '--', 's3:GetObject', '*', '--as', 'anonymous'], environment)
  expect([code, stderr]).toEqual([1, expect.stringContaining('refused')])
})

test('colours are for the lines that matter, and change no word', async () => {
  const args = ['explain', '--', 's3:GetObject', '*', '--as', 'anonymous']
  const [plain, coloured] = await Promise.all([run(args), run(args, { FORCE_COLOR: '1' })])
  expect(stripVTControlCharacters(coloured.stdout)).toBe(plain.stdout)
  expect(coloured.stdout).toContain('\u001B[')
  expect(plain.stdout).not.toContain('\u001B')
})
