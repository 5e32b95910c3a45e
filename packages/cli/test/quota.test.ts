/** `sallyport quota`: what accounts ask for, approved or denied by a running server's door, or in the folder itself. */

import { RequestServiceQuotaIncreaseCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readCredentials } from '../src/credentials.ts'
import { folderAt } from '../src/folder.ts'
import { THREE_ACCOUNTS, workshop } from './harness.ts'

const { folder, run, up } = workshop()

interface Told {
  readonly requests?: readonly { readonly id: string; readonly quota: string; readonly desired: number }[]
  readonly quotas?: readonly { readonly quota: string; readonly value: number }[]
}

async function told(...argv: readonly string[]): Promise<Told> {
  const { stdout } = await run(['quota', ...argv, '--data', 'asked', '--json'])
  return JSON.parse(stdout) as Told // what the verb prints
}

test('requests are listed, approved and denied, with a server and without', async () => {
  const { ready, child } = await up(['--org', THREE_ACCOUNTS, '--data', 'asked'])
  const credentials = readCredentials(folderAt(join(folder, 'asked')))
  if (credentials === undefined) throw new Error('no keys were kept')
  const client = new ServiceQuotasClient({ endpoint: ready.endpoint, region: 'us-east-1', credentials })
  const ask = async (ServiceCode: string, QuotaCode: string, DesiredValue: number): Promise<string> => {
    const asked = await client.send(new RequestServiceQuotaIncreaseCommand({ ServiceCode, QuotaCode, DesiredValue }))
    return asked.RequestedQuota?.Id ?? ''
  }
  const accounts = await ask('organizations', 'L-E619E033', 12)
  const roles = await ask('iam', 'L-FE177D64', 1500)

  expect((await told('requests')).requests).toMatchObject([
    { id: accounts, quota: 'organizations:Accounts', desired: 12 },
    { id: roles, quota: 'iam:RolesPerAccount', desired: 1500 },
  ])
  const approved = await run(['quota', 'approve', accounts, '--data', 'asked'])
  expect([approved.code, approved.stdout]).toEqual([0, `${accounts}: approved\n`])
  const again = await run(['quota', 'approve', accounts, '--data', 'asked'])
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining(`no request \`${accounts}\` waits`)])
  const none = await run(['quota', 'deny', '--data', 'asked'])
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('which request?')])

  child.kill('SIGTERM')
  await new Promise((resolve) => child.once('exit', resolve))
  expect((await run(['quota', 'deny', roles, '--data', 'asked'])).stdout).toBe(`${roles}: denied\n`)
  const over = await run(['quota', 'deny', roles, '--data', 'asked'])
  expect([over.code, over.stderr]).toEqual([2, expect.stringContaining(`no request \`${roles}\` waits`)])
  const { quotas } = await told('list')
  expect(quotas?.find(({ quota }) => quota === 'organizations:Accounts')?.value).toBe(12)
  expect(quotas?.find(({ quota }) => quota === 'iam:RolesPerAccount')?.value).toBe(1000)
  expect((await told('requests')).requests).toEqual([])
})
