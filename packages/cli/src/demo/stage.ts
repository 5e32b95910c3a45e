/** Where a story is told: a running server and its administrator's key, or a server of the story's own. */

import type { Declaration } from '@sallyport/server'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { administratorOf } from '../administrator.ts'
import { isHealthy, sendSigned, type Target } from '../client.ts'
import type { Keys } from '../credentials.ts'
import { Failure } from '../failure.ts'
import { findTarget, type Whereabouts } from '../whereabouts.ts'
import { json, readAnswer, targeted, type Answer, type Ask } from './calls.ts'
import { ACCOUNTS, type Cast } from './staging.ts'

export interface Stage {
  readonly target: Target
  readonly administrator: Keys
  /** Whether the server ends with the story. */
  readonly own: boolean
  close(): Promise<void>
}

export async function openStage(where: Whereabouts): Promise<Stage> {
  const target = findTarget(where, process.env)
  if (target !== undefined && (await isHealthy(target)))
    return { target, administrator: administratorOf(where, 'the story'), own: false, close: async () => undefined }
  if (where.endpoint !== undefined || where.data !== undefined) {
    throw new Failure(
      `no server answers ${where.endpoint === undefined ? `on \`${where.data}\`` : `at \`${where.endpoint}\``}: start one, or leave the option out and the story brings its own`,
    )
  }
  return ownStage()
}

const OWN: Declaration = {
  management: { id: '444444444444', name: 'Management', email: 'management@example.com' },
  root: {
    accounts: [
      { id: '111111111111', name: ACCOUNTS.production, email: 'production@example.com' },
      { id: '222222222222', name: ACCOUNTS.staging, email: 'staging@example.com' },
      { id: '333333333333', name: ACCOUNTS.development, email: 'development@example.com' },
    ],
    units: [],
  },
}

async function ownStage(): Promise<Stage> {
  const [{ serve }, { openLog }] = await Promise.all([import('../serving.ts'), import('../logging.ts')])
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  const region = 'us-east-1'
  const { log } = openLog('warn')
  const running = await serve({ declaration: OWN, host: '127.0.0.1', port: 0, region, authorityFolder: folder, log })
  const { administrator, secretAccessKey = '' } = running.founded
  return {
    target: { endpoint: running.endpoint, region },
    administrator: { accessKeyId: administrator.accessKeyId, secretAccessKey },
    own: true,
    async close() {
      await running.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function ask(target: Target, keys: Keys, { service, sent }: Ask): Promise<Answer> {
  return readAnswer(await sendSigned(target, sent, { keys, service }))
}

/** The accounts of the story, by their names. */
export async function findCast({ target, administrator }: Stage): Promise<Cast> {
  const ids = new Map<string, string>()
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const page = await ask(
      target,
      administrator,
      targeted(
        'organizations',
        'AWSOrganizationsV20161128.ListAccounts',
        token === undefined ? {} : { NextToken: token },
      ),
    )
    if (page.code !== 'done') throw new Failure(`the accounts cannot be listed (${page.code}): ${page.message}`)
    const { Accounts = [], NextToken } = json(page.body) as {
      Accounts?: readonly { Name: string; Id: string }[]
      NextToken?: string
    } // ListAccounts answers so
    for (const { Name, Id } of Accounts) ids.set(Name, Id)
    token = NextToken
  }
  const missing = Object.values(ACCOUNTS).filter((name) => !ids.has(name))
  if (missing.length > 0) {
    throw new Failure(
      `this server has no account ${missing.map((name) => `\`${name}\``).join(', ')}: the story is set in examples/three-accounts.yaml`,
    )
  }
  const id = (name: string): string => ids.get(name) ?? ''
  return {
    production: id(ACCOUNTS.production),
    staging: id(ACCOUNTS.staging),
    development: id(ACCOUNTS.development),
    region: target.region,
  }
}
