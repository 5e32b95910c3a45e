import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { sendSigned } from '../src/client.ts'
import { readCredentials } from '../src/credentials.ts'
import { query, readAnswer } from '../src/demo/calls.ts'
import { folderAt } from '../src/folder.ts'
import { workshop } from './harness.ts'

const { folder, run, start, up } = workshop()
const SMALL = ['--accounts', '12', '--roles', '6']

/** What `--json` prints. */
interface Summary {
  readonly data: string
  readonly accounts: number
  readonly roles: number
  readonly administrator: { readonly account: string; readonly accessKeyId: string; readonly credentials?: string }
  readonly next: readonly string[]
}

async function generated(data: string, more: readonly string[] = [], environment = {}): Promise<Summary> {
  const { code, stdout, stderr } = await run(
    ['org', 'generate', '--data', data, '--json', ...SMALL, ...more],
    environment,
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as Summary // as the interface above says
}

describe('org generate', () => {
  test('fills a folder with an organisation, and `up` serves it to its administrator', async () => {
    const { administrator, ...summary } = await generated('served', ['--seed', '5'])
    expect(summary).toMatchObject({ data: join(folder, 'served'), accounts: 12, buckets: expect.any(Number) })
    const { ready, child } = await up(['--data', 'served'])
    expect(ready.accounts).toHaveLength(12)
    expect(ready.accounts[0]).toMatchObject({ id: administrator.account, name: 'Management' })
    const keys = readCredentials(folderAt(ready.data))
    expect(keys?.accessKeyId).toBe(administrator.accessKeyId)
    const [, RoleArn = ''] = / --role-arn (\S+)/.exec(summary.next.at(-1) ?? '') ?? []
    const { service, sent } = query('sts:AssumeRole', { RoleArn, RoleSessionName: 'me' })
    const target = { endpoint: ready.endpoint, region: 'us-east-1' }
    const reply = await sendSigned(target, sent, { service, keys: keys ?? { accessKeyId: '', secretAccessKey: '' } })
    expect(readAnswer(reply).code).toBe('done')

    const again = await run(['org', 'generate', '--data', 'served'])
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('a server runs on `served` already') })
    child.kill()
  })

  test('makes the same of the same seed, and something else of another', async () => {
    const [first, same, other] = [
      await generated('first', ['--seed', '-3']),
      await generated('same', ['--seed', '-3']),
      await generated('other', ['--seed', '4']),
    ]
    const ids = ({ administrator, roles, next }: Summary) => [administrator.account, roles, next.at(-1)]
    expect(ids(same)).toEqual(ids(first))
    expect(ids(other)).not.toEqual(ids(first))
    expect(same.administrator.accessKeyId).not.toBe(first.administrator.accessKeyId)
  })

  test('tells people what there is and what to type next', async () => {
    const { code, stdout, stderr } = await run(['org', 'generate', '--data', 'told', ...SMALL])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^an organisation is in told\n\n {2}accounts {5}12, in \d+ units\n {2}roles/)
    expect(stdout).toContain('\n  npx sallyport up --data told\n  eval "$(npx sallyport env --data told)"\n')
  })

  test('gives the administrator the key that the environment has, and keeps no secret of it', async () => {
    const given = { ROOT_AWS_ACCESS_KEY_ID: 'AKIAROOTEXAMPLE00000', ROOT_AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }
    const { administrator } = await generated('given', [], given)
    expect(administrator).toEqual({
      account: expect.any(String),
      userName: 'administrator',
      accessKeyId: given.ROOT_AWS_ACCESS_KEY_ID,
    })
    expect(existsSync(join(folder, 'given', 'credentials'))).toBe(false)
  })

  test('leaves a folder alone that has accounts', async () => {
    const { child } = await up(['--data', 'inhabited'])
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(await run(['org', 'generate', '--data', 'inhabited'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'sallyport: `inhabited` has accounts already: give a new `--data` folder, or remove that one\n',
    })
  })

  test('says that the folder is incomplete where it is interrupted', async () => {
    const { child, ended } = start(['org', 'generate', '--data', 'cut', '--accounts', '10000', '--roles', '60'])
    while (!existsSync(join(folder, 'cut', 'credentials'))) await wait(20)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(stderr).toMatch(
      /^sallyport: stopped: `cut` is incomplete, with \d+ of 10000 accounts: remove it, and generate again\n$/,
    )
    expect(await run(['org', 'generate', '--data', 'cut'])).toMatchObject({ code: 1 })
  })
})
