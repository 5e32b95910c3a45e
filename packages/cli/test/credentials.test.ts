/** What instances, containers and profiles get their credentials from, read by unmodified SDKs. */

import {
  CreateRoleCommand,
  IAMClient,
  CreateInstanceProfileCommand,
  AddRoleToInstanceProfileCommand,
} from '@aws-sdk/client-iam'
import * as ec2 from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { execFileSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { BIN, NODE, THREE_ACCOUNTS, workshop, type Ready } from './harness.ts'

const { folder, run, start, up } = workshop()
const KEYS = {
  ROOT_AWS_ACCESS_KEY_ID: 'AKIAROOTEXAMPLE00000',
  ROOT_AWS_SECRET_ACCESS_KEY: 'rootsecretrootsecretrootsecretrootsecret',
}
const MANAGEMENT = '444444444444'
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/web`

let ready: Ready
let instance: string

function administrator<C>(Client: new (config: object) => C): C {
  return new Client({
    endpoint: ready.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: KEYS.ROOT_AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.ROOT_AWS_SECRET_ACCESS_KEY },
  })
}

beforeAll(async () => {
  ready = (await up(['--org', THREE_ACCOUNTS, '--data', 'data', '--test-clock'], KEYS)).ready
  const iam = administrator(IAMClient)
  const Principal = { Service: ['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com'] }
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }]
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new CreateRoleCommand({ RoleName: 'web', AssumeRolePolicyDocument }))
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'closed',
      AssumeRolePolicyDocument: AssumeRolePolicyDocument.replaceAll(/ec2|ecs-tasks/g, 'lambda'),
    }),
  )
  for (const name of ['web', 'closed']) {
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }))
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }))
  }
  instance = await launch({ IamInstanceProfile: { Name: 'web' }, UserData: 'aGVsbG8=' })
}, 60_000)

async function launch(more: Partial<ec2.RunInstancesCommandInput> = {}): Promise<string> {
  const cloud = administrator(ec2.EC2Client)
  const Filters = [{ Name: 'name', Values: ['al2023*x86_64'] }]
  const { Images = [] } = await cloud.send(new ec2.DescribeImagesCommand({ Filters }))
  const input = { ImageId: Images[0]?.ImageId, InstanceType: 't3.micro' as const, MinCount: 1, MaxCount: 1, ...more }
  const { Instances = [] } = await cloud.send(new ec2.RunInstancesCommand(input))
  return Instances[0]?.InstanceId ?? ''
}

interface Served {
  readonly endpoint: string
  readonly environment: Readonly<Record<string, string | null>>
  readonly child: ChildProcess
}

/** A verb that serves until it is told to stop, once it is ready. */
async function serve(...args: readonly string[]): Promise<Served> {
  const { child, ended } = start([...args, '--data', 'data', '--json'], KEYS)
  const line = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (part: Buffer) => {
      text += part
      if (text.includes('\n')) resolve(text)
    })
    void ended.then(({ stderr }) => reject(new Error(stderr)))
  })
  return { ...(JSON.parse(line) as Omit<Served, 'child'>), child } // what the verb prints with `--json`
}

/** Who a fresh Node.js with the SDK and nothing but these variables is. */
function whoIs(environment: Readonly<Record<string, string | null>>): string {
  const sdk = new URL('../../../node_modules/@aws-sdk/client-sts/dist-cjs/index.js', import.meta.url).pathname
  const script = `const { STSClient, GetCallerIdentityCommand } = require(${JSON.stringify(sdk)});
    new STSClient({ maxAttempts: 1 }).send(new GetCallerIdentityCommand({})).then(({ Arn }) => process.stdout.write(Arn), (error) => process.stdout.write(String(error)))`
  const set = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== null)
  const env = {
    HOME: folder,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    ...Object.fromEntries(set),
  }
  return execFileSync(NODE, ['-e', script], { env, encoding: 'utf8', cwd: folder })
}

const LEFT = 'x-aws-ec2-metadata-token-ttl-seconds'

describe('imds', () => {
  const options = async (more: Partial<ec2.ModifyInstanceMetadataOptionsCommandInput>) => {
    const input = { InstanceId: instance, ...more }
    await administrator(ec2.EC2Client).send(new ec2.ModifyInstanceMetadataOptionsCommand(input))
  }

  async function token(
    endpoint: string,
    headers: Readonly<Record<string, string>> = { [LEFT]: '60' },
  ): Promise<Response> {
    return fetch(`${endpoint}/latest/api/token`, { method: 'PUT', headers })
  }

  async function get(endpoint: string, path: string, given?: string): Promise<[number, string]> {
    const secret = given ?? (await (await token(endpoint)).text())
    const answer = await fetch(endpoint + path, { headers: { 'x-aws-ec2-metadata-token': secret } })
    return [answer.status, await answer.text()]
  }

  test('an SDK on the instance finds its role', async () => {
    const { environment } = await serve('imds', '--instance', instance)
    expect(whoIs(environment)).toBe(`arn:aws:sts::${MANAGEMENT}:assumed-role/web/${instance}`)
  })

  test('the instance is told about itself', async () => {
    const { endpoint } = await serve('imds', '--instance', instance)
    const PATHS: readonly [string, number, string | RegExp][] = [
      ['/latest/meta-data/instance-id', 200, instance],
      ['/latest/meta-data/instance-type', 200, 't3.micro'],
      ['/latest/meta-data/placement/availability-zone', 200, 'us-east-1a'],
      ['/latest/meta-data/placement/region', 200, 'us-east-1'],
      ['/latest/meta-data/iam/', 200, 'info\nsecurity-credentials/'],
      ['/latest/meta-data/iam/security-credentials/', 200, 'web'],
      ['/latest/meta-data/iam/info', 200, /"InstanceProfileArn": "arn:aws:iam::444444444444:instance-profile\/web"/],
      ['/latest/meta-data/iam/security-credentials/web', 200, /"Code": "Success"[\s\S]+"Type": "AWS-HMAC"/],
      ['/latest/meta-data/iam/security-credentials/other', 404, ''],
      ['/latest/dynamic/instance-identity/document', 200, new RegExp(`"instanceId": "${instance}"`)],
      ['/latest/user-data', 200, 'hello'],
      ['/latest', 200, 'dynamic\nmeta-data\nuser-data'],
      ['/latest/meta-data/nothing', 404, ''],
      ['/latest/meta-data/tags/instance', 404, ''],
      ['/1.0/meta-data', 404, ''],
    ]
    for (const [path, status, body] of PATHS) {
      const answer = await get(endpoint, path)
      expect(answer, path).toEqual([status, typeof body === 'string' ? body : expect.stringMatching(body)])
    }
  })

  test('hands out the same session until it is near its end', async () => {
    const { endpoint } = await serve('imds', '--instance', instance)
    const read = async () => (await get(endpoint, '/latest/meta-data/iam/security-credentials/web'))[1]
    const [first, second] = await Promise.all([read(), read()])
    expect(second).toBe(first)
    await run(['clock', '+4h', '--data', 'data'])
    expect(await read()).toBe(first)
    await run(['clock', '+1h30m', '--data', 'data'])
    expect(await read()).not.toBe(first)
    await run(['clock', 'reset', '--data', 'data'])
    expect(await read(), 'a session of a time that has not come').not.toBe(first)
  })

  test('asks for a token, and gives one for as long as it may last', async () => {
    const { endpoint } = await serve('imds', '--instance', instance)
    const ASKED: readonly [Readonly<Record<string, string>>, number, string][] = [
      [{ [LEFT]: '1' }, 200, 'the shortest'],
      [{ [LEFT]: '21600' }, 200, 'the longest'],
      [{ [LEFT]: '0' }, 400, 'none at all'],
      [{ [LEFT]: '21601' }, 400, 'too long'],
      [{ [LEFT]: 'long' }, 400, 'no number'],
      [{}, 400, 'not said'],
      [{ [LEFT]: '60', 'x-forwarded-for': '192.0.2.1' }, 403, 'through a proxy'],
    ]
    for (const [headers, status, why] of ASKED) expect((await token(endpoint, headers)).status, why).toBe(status)
    const other = await serve('imds', '--instance', instance)
    const foreign = await (await token(other.endpoint)).text()
    expect((await get(endpoint, '/latest/meta-data/instance-id', foreign))[0], 'of another').toBe(401)
    expect((await get(endpoint, '/latest/meta-data/instance-id', 'x.y'))[0], 'no token').toBe(401)
    const status = async (path: string, method: string) => (await fetch(endpoint + path, { method })).status
    expect(await status('/latest/meta-data/instance-id', 'GET')).toBe(401)
    expect(await status('/latest/api/token', 'GET')).toBe(405)
    expect(await status('/latest/meta-data/', 'POST')).toBe(405)
    expect(await status('/1.0/api/token', 'PUT')).toBe(403)
  })

  test('answers without a token, or not at all, where the instance’s options say so', async () => {
    const { endpoint } = await serve('imds', '--instance', instance)
    await options({ HttpTokens: 'optional', InstanceMetadataTags: 'enabled' })
    await administrator(ec2.EC2Client).send(
      new ec2.CreateTagsCommand({ Resources: [instance], Tags: [{ Key: 'Name', Value: 'one' }] }),
    )
    const plain = await fetch(`${endpoint}/latest/meta-data/tags/instance/Name`)
    expect([plain.status, await plain.text()]).toEqual([200, 'one'])
    expect((await get(endpoint, '/latest/meta-data/tags/instance'))[1]).toBe('Name')
    expect((await get(endpoint, '/latest/meta-data/instance-id', 'wrong'))[0], 'a wrong token is none').toBe(401)
    await options({ HttpEndpoint: 'disabled' })
    expect((await token(endpoint)).status).toBe(403)
    expect((await fetch(`${endpoint}/latest/meta-data/`)).status).toBe(403)
    await options({ HttpEndpoint: 'enabled', HttpTokens: 'required', InstanceMetadataTags: 'disabled' })
  })

  test('says so where there is no role, or one that does not trust EC2', async () => {
    const [bare, closed] = [await launch(), await launch({ IamInstanceProfile: { Name: 'closed' } })]
    const without = await serve('imds', '--instance', bare)
    expect((await get(without.endpoint, '/latest/meta-data/iam/info'))[0]).toBe(404)
    expect((await get(without.endpoint, '/latest/meta-data/iam/security-credentials/'))[0]).toBe(404)
    expect((await get(without.endpoint, '/latest/user-data'))[0]).toBe(404)
    const { endpoint, environment } = await serve('imds', '--instance', closed)
    const [status, body] = await get(endpoint, '/latest/meta-data/iam/security-credentials/closed')
    expect([status, body]).toEqual([200, expect.stringContaining('"Code": "AssumeRoleUnauthorizedAccess"')])
    expect(body).toContain('EC2 cannot assume the role closed.')
    expect(whoIs(environment)).not.toContain('arn:aws:sts')
  })

  test('is not reached once the instance is stopped, and does not start for one that is', async () => {
    const id = await launch({ IamInstanceProfile: { Name: 'web' } })
    const { endpoint } = await serve('imds', '--instance', id)
    expect((await token(endpoint)).status).toBe(200)
    await run(['clock', '+10s', '--data', 'data'])
    await administrator(ec2.EC2Client).send(new ec2.TerminateInstancesCommand({ InstanceIds: [id] }))
    await expect(token(endpoint)).rejects.toThrow('fetch failed')
    const { code, stderr } = await run(['imds', '--instance', id, '--data', 'data'], KEYS)
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^sallyport: `i-\w+` is (shutting-down|terminated): only what runs/),
    ])
  })

  test('does not start on a port that is taken', async () => {
    const { port } = new URL(ready.endpoint)
    const { code, stderr } = await run(['imds', '--instance', instance, '--port', port, '--data', 'data'], KEYS)
    expect([code, stderr]).toEqual([1, expect.stringContaining(`port \`${port}\` is taken`)])
  })

  test('answers to loopback’s own names alone', async () => {
    const { endpoint } = await serve('imds', '--instance', instance)
    const { port } = new URL(endpoint)
    const answer = execFileSync(
      NODE,
      [
        '-e',
        `require('node:http').get({ host: '127.0.0.1', port: ${port}, path: '/latest/meta-data/', headers: { host: 'rebound.example' } }, ({ statusCode }) => process.stdout.write(String(statusCode)))`,
      ],
      { encoding: 'utf8' },
    )
    expect(answer).toBe('403')
  })

  test.each([
    [['--instance', 'i-00000000000000000'], 2, 'there is no instance `i-00000000000000000`'],
    [['--instance', 'i-00000000000000000', '--account', 'Nowhere'], 2, 'there is no account `Nowhere`'],
    [[], 2, 'required option `--instance <id>` not specified'],
  ])('%j is refused', async (args, code, says) => {
    const ended = await run(['imds', ...args, '--data', 'data'], KEYS)
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(says)])
  })
})

describe('container-credentials', () => {
  test('an SDK in the container finds its role, by token or by token file', async () => {
    const { environment } = await serve('container-credentials', '--role', ROLE)
    expect(whoIs(environment)).toMatch(/^arn:aws:sts::444444444444:assumed-role\/web\/[0-9a-f]{32}$/)
    const second = await serve('container-credentials', '--role', ROLE, '--token-file', 'token')
    expect(second.environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']).toBe(join(folder, 'token'))
    expect(statSync(join(folder, 'token')).mode & 0o777).toBe(0o600)
    expect(whoIs(second.environment)).toMatch(/assumed-role\/web/)
    writeFileSync(join(folder, 'own'), 'my own token\n')
    await serve('container-credentials', '--role', ROLE, '--token-file', 'own')
    expect(readFileSync(join(folder, 'own'), 'utf8')).toBe('my own token\n')
  })

  test('whoever has not the token gets nothing', async () => {
    const { endpoint, environment } = await serve('container-credentials', '--role', ROLE)
    const token = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? ''
    const ASKED: readonly [string, RequestInit, number, string][] = [
      ['/v1/credentials', { headers: { authorization: token } }, 200, 'the token'],
      ['/v1/credentials', {}, 401, 'no token'],
      ['/v1/credentials', { headers: { authorization: `${token}x` } }, 401, 'another token'],
      ['/', { headers: { authorization: token } }, 404, 'another place'],
      ['/v1/credentials', { method: 'POST', headers: { authorization: token } }, 405, 'no reading'],
    ]
    for (const [path, init, status, why] of ASKED) {
      const answer = await fetch(endpoint + path, init)
      expect(answer.status, why).toBe(status)
      if (status !== 200) expect(Object.keys((await answer.json()) as object), why).toEqual(['code', 'message'])
      else expect(await answer.json()).toMatchObject({ RoleArn: ROLE, AccessKeyId: expect.stringMatching(/^ASIA/) })
    }
  })

  test('a role that does not trust ECS, or is not there, fails the task', async () => {
    const ended = await run(['container-credentials', '--role', ROLE.replace('web', 'closed'), '--data', 'data'], KEYS)
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('ECS was unable to assume the role')])
    const missing = await run(['container-credentials', '--role', `${ROLE}s`, '--data', 'data'], KEYS)
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('there is no role')])
  })
})

describe('creds', () => {
  const args = (...more: readonly string[]) => ['creds', '--data', 'data', ...more]
  const ENTRY = 'OrganizationAccountAccessRole'

  test('prints what credential_process wants, by an account’s name or a role’s ARN', async () => {
    const { code, stdout } = await run(args('--account', 'staging', '--role', ENTRY, '--duration', '900'), KEYS)
    const printed = JSON.parse(stdout) as Record<string, string> // as `credential_process` has it
    expect([code, printed]).toEqual([
      0,
      {
        Version: 1,
        AccessKeyId: expect.stringMatching(/^ASIA/),
        SecretAccessKey: expect.any(String),
        SessionToken: expect.any(String),
        Expiration: expect.stringMatching(/^\d{4}-.*Z$/),
        AccountId: '222222222222',
      },
    ])
    const role = `arn:aws:iam::111111111111:role/${ENTRY}`
    const byArn = await run(args('--role', role, '--session-name', 'me'), KEYS)
    const {
      AccessKeyId = '',
      SecretAccessKey = '',
      SessionToken = '',
    } = JSON.parse(byArn.stdout) as Record<string, string> // the same
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    const sts = new STSClient({ endpoint: ready.endpoint, region: 'us-east-1', credentials })
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}))
    expect(Arn).toBe(`arn:aws:sts::111111111111:assumed-role/${ENTRY}/me`)
  })

  test('works from a profile of an SDK', async () => {
    const config = join(folder, 'config')
    const command = [NODE, BIN, ...args('--account', 'Staging', '--role', ENTRY)].join(' ')
    writeFileSync(config, `[profile staging]\ncredential_process = ${command}\n`)
    const AWS_ENDPOINT_URL = ready.endpoint
    const from = { AWS_CONFIG_FILE: config, AWS_PROFILE: 'staging', AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL, ...KEYS }
    expect(whoIs(from)).toBe(`arn:aws:sts::222222222222:assumed-role/${ENTRY}/sallyport`)
    expect(existsSync(config)).toBe(true)
  })

  test.each([
    [['--role', ENTRY], 2, 'in which account'],
    [['--role', ROLE, '--account', 'Staging'], 2, 'this one is an ARN'],
    [['--role', ENTRY, '--account', 'Nowhere'], 1, 'there is no account `Nowhere`'],
    [['--role', `${ROLE}s`], 1, 'AccessDenied: '],
    [['--role', ROLE, '--duration', '60'], 2, 'from 900 to 43200'],
  ])('%j is refused', async (more, code, says) => {
    const ended = await run(args(...more), KEYS)
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([code, '', expect.stringContaining(says)])
  })
})
