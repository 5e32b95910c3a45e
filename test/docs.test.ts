import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clients } from '../tools/clients.mjs'
import { PAGES } from '../tools/docs.ts'
import { startPostgres, type Postgres } from '../tools/postgres.mjs'
import { commandsOf, type Block } from './doc-commands.ts'

const ROOT = new URL('..', import.meta.url).pathname
/** The pages are for clients that know AWS_ENDPOINT_URL: AWS CLI 1.29 and later, 2.13 and later. */
const { cli1 } = clients()

test.each(Object.entries(PAGES))('%s is what the code says', async (path, page) => {
  expect(readFileSync(join(ROOT, path), 'utf8'), 'run `npm run docs`').toBe(await page())
})

/** Pages whose every command is run, in order, in one shell. */
const WALKED = [
  'README.md',
  'docs/guides/three-accounts.md',
  'docs/guides/accounts.md',
  'docs/guides/lambda.md',
  'docs/guides/bucket.md',
  'docs/guides/contractor.md',
  'docs/guides/running.md',
  'docs/guides/why.md',
  'docs/guides/credentials.md',
  'docs/guides/mfa-and-passwords.md',
  'docs/guides/profiles.md',
  'docs/guides/naming-standards.md',
  'docs/guides/access-review.md',
  'docs/guides/pipelines.md',
  'docs/guides/operating.md',
  'docs/guides/backup.md',
  'docs/guides/several-nodes.md',
]
/** What the pages' commands leave in the checkout. */
const LEFT = [
  'a.json',
  'assume-staging.json',
  'assume.json',
  'b.json',
  'bucket-policy.json',
  'carol.json',
  'copy',
  'event.json',
  'figures.txt',
  'figures.zip',
  'in-the-container.sh',
  'index.mjs',
  'lambda-only.json',
  'longer.json',
  'monday.jsonl.gz',
  'node-a',
  'node-b',
  'on-the-instance.sh',
  'out.json',
  'pass.json',
  'read.json',
  'seed.txt',
  'shared.key',
  'start-stop.json',
  'stricter.yaml',
  'token.jwt',
  'trust-pipeline.json',
  'trust-web.json',
  'trust.json',
  'tuesday',
]
/** A page whose reader brings a database along, and no server. */
const ON_A_DATABASE = 'docs/guides/several-nodes.md'
/** Commands that a page shows and that cannot run inside the tests. */
const NOT_RUN: ReadonlyMap<string, string> = new Map([['npm test', 'it is what runs this test']])

describe.skipIf(cli1 === undefined).each(WALKED)('the commands of %s', (page) => {
  const home = mkdtempSync(join(tmpdir(), 'sallyport-docs-'))
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: [dirname(cli1 ?? ''), process.env['PATH']].join(delimiter),
    HOME: home,
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    AWS_PAGER: '',
    SALLYPORT_PORT: '0',
    SALLYPORT_DATA: join(home, 'data'),
  }
  const blocks = commandsOf(join(ROOT, page)).filter(({ script }) => !NOT_RUN.has(script.trim()))
  let server: ChildProcess | undefined
  let database: Postgres | undefined

  beforeAll(async () => {
    if (page === ON_A_DATABASE) {
      database = await startPostgres()
      env['DATABASE_URL'] = database.url
      return
    }
    server = await startTerminal(blocks.find(({ kind }) => kind === 'terminal')?.script.trim() ?? 'npm start', env)
  }, 120_000)
  afterAll(async () => {
    await stopTerminal(server)
    await database?.stop()
    rmSync(home, { recursive: true, force: true })
    for (const name of LEFT) rmSync(join(ROOT, name), { recursive: true, force: true })
  })

  test('do what the page says', { timeout: 180_000 }, () => {
    const steps = blocks.filter(({ kind }) => kind !== 'terminal')
    const { stdout, stderr, status } = spawnSync('bash', ['-c', walk(steps)], {
      cwd: ROOT,
      env,
      encoding: 'utf8',
      timeout: 150_000,
    })
    expect(status, `${stdout}\n${stderr}`).toBe(0)
    for (const { at, says } of steps) {
      if (says === undefined) continue
      const [, said = ''] = stdout.split(`@@ ${at}\n`)
      expect(said.split('@@ ')[0]?.replaceAll(/\s+/g, ' '), at).toContain(says.replaceAll(/\s+/g, ' '))
    }
  })
})

/** One script of all steps: it stops at the first that does not do what its block says. */
function walk(steps: readonly Block[]): string {
  const lines = steps.map(({ at, script, kind }) => {
    if (kind === 'plain') return `echo '@@ ${at}'\n${script}`
    return `echo '@@ ${at}'\nif (set -e; ${script.trim()}) 2>&1; then echo 'it was to fail'; exit 1; fi`
  })
  return ['set -e', ...lines].join('\n')
}

async function startTerminal(command: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn('bash', ['-c', `exec ${command}`], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const listen = (part: unknown): void => {
      said += String(part)
      if (/http:\/\/127\.0\.0\.1:\d+/.test(said)) resolve()
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', (code) => reject(new Error(`\`${command}\` ended with ${code}:\n${said}`)))
  })
  return child
}

/** The whole group: `npm` does not pass every signal on. Only what this test started. */
async function stopTerminal(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-child.pid, 'SIGTERM')
  await gone
}
