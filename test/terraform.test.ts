import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clients } from '../tools/clients.mjs'
import { KEYS, ROOT, run, SALLYPORT, up, type Up } from './up.ts'

/**
 * The configurations of `test/terraform`, each with the real provider against a server of its own: what is applied is
 * seen again without a change, what drifts is seen and repaired, and what is destroyed leaves nothing behind.
 */
const FOLDERS = join(ROOT, 'test/terraform')
const configurations = readdirSync(FOLDERS).filter((name) => existsSync(join(FOLDERS, name, 'main.tf')))
const { terraform, terraformAws: mirror, cli1, cli2 } = clients()
const aws = cli1 ?? cli2

/** What somebody does beside Terraform (arguments of the AWS CLI; `$name` is an output), and what a plan says of it. */
interface Drift {
  readonly run?: readonly string[]
  readonly expect?: string
  /** What is there before, as `run` says what somebody does. */
  readonly first?: readonly string[]
  /** Options of the server. */
  readonly up?: readonly string[]
  /** Kinds of rows that AWS keeps too: a quota goes up, and never down again; a closed account is shown for 90 days. */
  readonly stays?: readonly string[]
}

/** The exit codes of `plan -detailed-exitcode`. */
const SAME = 0
const CHANGED = 2
/** A start of the provider takes seconds of a core, and each step starts it. */
const STEP = { timeout: 240_000 }

describe.skipIf(terraform === undefined || mirror === undefined || aws === undefined).each(configurations)(
  'the configuration `%s`',
  (name) => {
    const folder = join(FOLDERS, name)
    const drift: Drift = JSON.parse(readFileSync(join(folder, 'drift.json'), 'utf8'))
    const place = mkdtempSync(join(tmpdir(), `sallyport-terraform-${name}-`))
    let server: Up
    let env: NodeJS.ProcessEnv
    let before: readonly string[]

    beforeAll(async () => {
      cpSync(folder, place, { recursive: true })
      server = await up(drift.up)
      env = { ...environment(place), ...endpointOf(server) }
      if (drift.first !== undefined) await type(drift.first)
      before = await rows(server, place, drift.stays)
    })
    afterAll(async () => {
      await server.stop()
      rmSync(place, { recursive: true, force: true })
    })

    async function tf(...argv: readonly string[]): Promise<{ readonly text: string; readonly code: number | null }> {
      return run([terraform ?? '', ...argv, '-no-color'], { cwd: place, env })
    }

    async function succeed(...argv: readonly string[]): Promise<string> {
      const { text, code } = await tf(...argv)
      expect(code, text).toBe(0)
      return text
    }

    /** At the AWS CLI. */
    async function type(argv: readonly string[]): Promise<void> {
      const { text, code } = await run([aws ?? '', '--endpoint-url', server.endpoint, ...argv], { env })
      expect(code, text).toBe(0)
    }

    async function plan(outcome: number): Promise<string> {
      const { text, code } = await tf('plan', '-detailed-exitcode')
      expect(code, text).toBe(outcome)
      return text
    }

    test('is valid', STEP, async () => {
      await succeed('init')
      await succeed('validate')
    })

    test('is applied, and a second plan has no changes', STEP, async () => {
      await succeed('apply', '-auto-approve')
      await plan(SAME)
      // what AWS adds to a resource when others are attached to it: Terraform sees it at its next look
      await succeed('apply', '-refresh-only', '-auto-approve')
      // its exit code takes sensitive attributes in another order for a change
      expect(await succeed('plan', '-refresh-only')).toMatch(/^No changes\./m)
    })

    test.skipIf(drift.run === undefined)('sees what drifts, and repairs it', STEP, async () => {
      const outputs: Record<string, { readonly value: unknown }> = JSON.parse(await succeed('output', '-json'))
      const outputOf = (_: string, name: string): string => String(outputs[name]?.value)
      await type((drift.run ?? []).map((word) => word.replaceAll(/\$(\w+)/g, outputOf)))
      expect(await plan(CHANGED)).toMatch(new RegExp(drift.expect ?? ''))
      await succeed('apply', '-auto-approve')
      await plan(SAME)
    })

    test('is destroyed, and nothing is left behind', STEP, async () => {
      await succeed('destroy', '-auto-approve')
      expect(await succeed('state', 'list')).toBe('')
      expect(await rows(server, place, drift.stays)).toEqual(before)
    })
  },
)

/** Nothing of the machine's own comes in, and nothing is fetched: the provider is taken from the mirror alone. */
function environment(place: string): NodeJS.ProcessEnv {
  const settings = join(place, 'terraformrc')
  const installation = `provider_installation {\n  filesystem_mirror { path = ${JSON.stringify(mirror)} }\n}\n`
  writeFileSync(settings, `disable_checkpoint = true\n${installation}`)
  return {
    PATH: process.env['PATH'],
    HOME: place,
    TMPDIR: tmpdir(),
    TF_CLI_CONFIG_FILE: settings,
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
  }
}

function endpointOf({ endpoint }: Up): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: KEYS.ROOT_AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: KEYS.ROOT_AWS_SECRET_ACCESS_KEY,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  }
}

interface Row {
  readonly row?: readonly [account: string, kind: string, key: string]
  readonly value?: unknown
}

/** All that the server keeps, by kind and key, without the calls' records and what they used last, which is written behind them. */
async function rows({ data }: Up, place: string, without: readonly string[] = []): Promise<readonly string[]> {
  const file = join(place, 'everything.jsonl.gz')
  const { text, code } = await run([process.execPath, SALLYPORT, 'export', file, '--data', data, '--force'], {
    env: { ...process.env, ...KEYS },
  })
  expect(code, text).toBe(0)
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n')
  return lines.flatMap((line) => {
    const { row, value } = JSON.parse(line) as Row // a line of an archive, which has rows and other things
    const left = [...without, 'usage', TASK]
    return row === undefined || left.includes(row[1]) || isTerminated(value) ? [] : [row.join(' ')]
  })
}

/** How the deletion of a service-linked role went: asked for when the role is gone. */
const TASK = 'roleDeletion'

/** EC2 shows an instance for an hour after its end. */
function isTerminated(value: unknown): boolean {
  return /"transition":\{"to":"terminated"/.test(JSON.stringify(value))
}

test('with CI=true Terraform and its AWS provider are there', () => {
  if (process.env['CI'] === 'true') expect([terraform, mirror]).not.toContain(undefined)
})
