import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { clients } from '../tools/clients.mjs'
import { KEYS, ROOT, SALLYPORT, run as runProgram, up as start, type Up } from './up.ts'

/** The scenarios of `test/scenarios`, each against a server of its own, by unmodified clients. */
const FIXED = { PROD_ID: '111111111111', STAGING_ID: '222222222222', DEV_ID: '333333333333' }
const THREE = ['--org', join(ROOT, 'examples/three-accounts.yaml')]

const found = clients()

let server: Up | undefined

async function up(options: readonly string[]): Promise<Up> {
  server = await start(options)
  return server
}

afterEach(async () => {
  await server?.stop()
  server = undefined
})

async function run(command: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { text } = await runProgram(command, {
    cwd: join(ROOT, 'test/scenarios'),
    env: { ...process.env, ...KEYS, ...env },
  })
  return text
}

/** Nothing failed, nothing was skipped, and it came to its end. */
function expectPassed(text: string, atLeast: number): void {
  expect(text.split('\n').filter((line) => /^(?:FAIL|SKIP) /.test(line))).toEqual([])
  const [, passed = '0'] = /^SUMMARY \S+ pass=(\d+) fail=0 skip=0$/m.exec(text) ?? []
  expect(Number(passed), text).toBeGreaterThanOrEqual(atLeast)
}

/** What moves the server's clock on by so many seconds, which a scenario appends. */
function clockOf({ endpoint }: Up): Readonly<Record<string, string>> {
  const move = `"${process.execPath}" "${SALLYPORT}" clock --endpoint "${endpoint}" "+$0"`
  return { CLOCK_ADVANCE_CMD: `sh -c '${move}'` }
}

const S0 = (python: string): readonly string[] => [python, 'scenarios/s00_wire.py']
const S2 = (python: string): readonly string[] => [python, 'scenarios/s02_vegeta_batman.py']
const S4 = (python: string): readonly string[] => [python, 'scenarios/s04_session_durations.py']
const S5 = (python: string): readonly string[] => [python, 'scenarios/s05_scp.py']
const S9 = (python: string): readonly string[] => [python, 'scenarios/s09_s3_cross_account.py']
const S14 = (python: string): readonly string[] => [python, 'scenarios/s14_access_review.py']
const S1 = ['bash', 'scenarios/s01_staging_access.sh']
const S10 = ['bash', 'scenarios/s10_lambda_cross_account.sh']
const S8 = ['bash', 'scenarios/s08_mfa_password.sh']
const S3 = ['bash', 'scenarios/s03_contractor.sh']

describe('S0, the wire contract', { timeout: 120_000 }, () => {
  test.skipIf(found.python === undefined)('holds for boto3 and raw HTTP, with scopes taken strictly', async () => {
    const { endpoint } = await up([...THREE, '--strict-scope'])
    expectPassed(await run(S0(found.python ?? ''), { ENDPOINT: endpoint, STRICT_SCOPE: '1' }), 84)
  })
})

describe('S1, the three accounts', { timeout: 240_000 }, () => {
  test.skipIf(found.cli1 === undefined)('holds for AWS CLI v1, with fixed ids', async () => {
    const { endpoint } = await up(THREE)
    expectPassed(await run(S1, { ENDPOINT: endpoint, AWS_CLI: found.cli1 ?? '', ...FIXED }), 50)
  })

  test.skipIf(found.cli1 === undefined)('holds for AWS CLI v1, with accounts that CreateAccount made', async () => {
    const { endpoint } = await up([])
    expectPassed(await run(S1, { ENDPOINT: endpoint, AWS_CLI: found.cli1 ?? '' }), 50)
  })

  test.skipIf(found.cli2 === undefined)('holds for AWS CLI v2, through the proxy, with fixed ids', async () => {
    const { endpoint, proxy = '', ca = '' } = await up([...THREE, '--proxy', '0'])
    const mode = { CLIENT_MODE: 'proxy', TLS_PROXY: proxy, TLS_CA: ca }
    expectPassed(await run(S1, { ENDPOINT: endpoint, AWS_CLI: found.cli2 ?? '', ...mode, ...FIXED }), 51)
  })

  test.skipIf(found.cli2 === undefined)('holds for AWS CLI v2, through the proxy, with created accounts', async () => {
    const { endpoint, proxy = '', ca = '' } = await up(['--proxy', '0'])
    const mode = { CLIENT_MODE: 'proxy', TLS_PROXY: proxy, TLS_CA: ca }
    expectPassed(await run(S1, { ENDPOINT: endpoint, AWS_CLI: found.cli2 ?? '', ...mode }), 51)
  })
})

describe('S2, a production bucket and those who read it', { timeout: 120_000 }, () => {
  test.skipIf(found.python === undefined)('holds for boto3, and ends with its sessions', async () => {
    const server = await up(['--test-clock'])
    expectPassed(await run(S2(found.python ?? ''), { ENDPOINT: server.endpoint, ...clockOf(server) }), 36)
  })
})

describe('S3, a contractor who starts and stops what is tagged', { timeout: 240_000 }, () => {
  test.skipIf(found.cli1 === undefined)('holds for AWS CLI v1, and ends by itself and by revocation', async () => {
    const server = await up(['--test-clock'])
    expectPassed(await run(S3, { ENDPOINT: server.endpoint, AWS_CLI: found.cli1 ?? '', ...clockOf(server) }), 44)
  })

  test.skipIf(found.cli2 === undefined)('holds for AWS CLI v2, through the proxy', async () => {
    const server = await up(['--test-clock', '--proxy', '0'])
    const mode = { CLIENT_MODE: 'proxy', TLS_PROXY: server.proxy ?? '', TLS_CA: server.ca ?? '' }
    const env = { ENDPOINT: server.endpoint, AWS_CLI: found.cli2 ?? '', ...mode, ...clockOf(server) }
    expectPassed(await run(S3, env), 44)
  })
})

describe('S4, how long sessions last', { timeout: 120_000 }, () => {
  test.skipIf(found.python === undefined)('holds for boto3', async () => {
    const { endpoint } = await up([])
    expectPassed(await run(S4(found.python ?? ''), { ENDPOINT: endpoint }), 48)
  })
})

describe('S5, guardrails over the organisation', { timeout: 120_000 }, () => {
  test.skipIf(found.python === undefined)('holds for boto3', async () => {
    const { endpoint } = await up([])
    expectPassed(await run(S5(found.python ?? ''), { ENDPOINT: endpoint }), 56)
  })
})

describe('S8, second factors and passwords', { timeout: 360_000 }, () => {
  const able = found.cli1 !== undefined && found.oathtool !== undefined
  test.skipIf(!able)('holds for AWS CLI v1, by codes of the machine’s own time', async () => {
    const { endpoint } = await up(THREE)
    expectPassed(await run(S8, { ENDPOINT: endpoint, AWS_CLI: found.cli1 ?? '', ...FIXED }), 42)
  })
})

describe('S9, a bucket across accounts', { timeout: 120_000 }, () => {
  test.skipIf(found.python === undefined)('holds for boto3 and presigned URLs', async () => {
    const { endpoint } = await up([])
    expectPassed(await run(S9(found.python ?? ''), { ENDPOINT: endpoint }), 83)
  })
})

describe('S10, a function of one account in another', { timeout: 240_000 }, () => {
  test.skipIf(found.cli1 === undefined)('holds for AWS CLI v1, and the SDK in the function', async () => {
    const { endpoint } = await up(THREE)
    expectPassed(await run(S10, { ENDPOINT: endpoint, AWS_CLI: found.cli1 ?? '', ...FIXED }), 35)
  })
})

describe('S14, who uses what', { timeout: 120_000 }, () => {
  test.skipIf(found.python === undefined)('holds for boto3, but for Access Analyzer', async () => {
    const { endpoint } = await up([])
    expectPassed(await run(S14(found.python ?? ''), { ENDPOINT: endpoint }), 39)
  })
})

test('with CI=true no client is left out', () => {
  if (process.env['CI'] === 'true') expect(found.missing).toEqual([])
})
