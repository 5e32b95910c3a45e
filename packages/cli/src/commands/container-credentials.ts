/** `sallyport container-credentials`: the credentials endpoint that ECS gives a container, on this machine. */

import { Command } from 'commander'
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ContainerAnswer, SessionCredentials } from '@sallyport/server'
import { administratorOf } from '../administrator.ts'
import type { Target } from '../client.ts'
import type { Keys } from '../credentials.ts'
import { ask } from '../door.ts'
import { Failure, Usage } from '../failure.ts'
import { serveLoopback, type Asked, type Told } from '../loopback.ts'
import { dataIfGiven, port } from '../options.ts'
import { Renewed } from '../renewed.ts'
import { stopOnSignal } from '../stopping.ts'
import { sayReady, surroundings } from '../surroundings.ts'
import { targetOf, type Whereabouts } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  sallyport container-credentials --role arn:aws:iam::111111111111:role/task
  sallyport container-credentials --role arn:aws:iam::111111111111:role/task --token-file token

the role must trust ecs-tasks.amazonaws.com; it runs until it is told to stop
`

const PATH = '/v1/credentials'

interface Options extends Whereabouts {
  readonly role: string
  readonly port: number
  readonly tokenFile?: string
  readonly json?: true
}

export function containerCredentials(): Command {
  return new Command('container-credentials')
    .description("serve a task role's credentials on this machine, as ECS does for a container")
    .requiredOption('--role <arn>', "the task's role")
    .option('--port <number>', 'the port to listen on, on 127.0.0.1; 0 for any that is free', port('--port'), 0)
    .option('--token-file <file>', 'where the authorization token lies; it is made there where there is none')
    .option('--endpoint <url>', 'the server; else the one of the data folder, else AWS_ENDPOINT_URL')
    .addOption(dataIfGiven())
    .option('--json', 'print one line of JSON once it is ready')
    .addHelpText('after', EXAMPLES)
    .action(serve)
}

async function serve(options: Options): Promise<void> {
  const target = targetOf(options)
  const open = opener(target, administratorOf(options, '`container-credentials`'), options.role)
  await open()
  const token = tokenIn(options.tokenFile)
  const { endpoint, close } = await serveLoopback(options.port, (asked) =>
    answer(asked, { role: options.role, token, open }),
  )
  stopOnSignal({ close, flush: [], leave: () => undefined })
  const own = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint + PATH,
    ...(options.tokenFile === undefined
      ? { AWS_CONTAINER_AUTHORIZATION_TOKEN: token }
      : { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: resolve(options.tokenFile) }),
  }
  const words = `a container with ${options.role} finds its credentials at ${endpoint}`
  const ready = { facts: { endpoint, role: options.role }, words, environment: surroundings(own, target) }
  sayReady(ready, options.json === true)
}

type Open = () => Promise<SessionCredentials>

/** The role's session, new where the one before is near its end. A role that lets ECS not in fails the task. */
function opener(target: Target, keys: Keys, role: string): Open {
  const task = randomBytes(16).toString('hex')
  const session = new Renewed()
  const knock = async (more: object): Promise<ContainerAnswer> => {
    const { CONTAINER_PATH } = await import('@sallyport/server')
    const sent = { method: 'POST', path: CONTAINER_PATH, body: JSON.stringify({ role, task, ...more }) }
    return (await ask(target, sent, { keys, member: 'roleId' })) as ContainerAnswer // what the door says it gives
  }
  return async () => {
    const { now, roleId } = await knock({})
    const held = await session.get(roleId, now, async () => (await knock({ credentials: true })).credentials)
    if (held !== undefined && held !== 'untrusted') return held
    throw new Failure(
      `ECS was unable to assume the role '${role}' that was provided for this task: does it trust ecs-tasks.amazonaws.com?`,
    )
  }
}

interface Served {
  readonly role: string
  readonly token: string
  readonly open: Open
}

async function answer({ method, path, headers }: Asked, { role, token, open }: Served): Promise<Told> {
  if (method !== 'GET') return refused(405, 'MethodNotAllowed', 'credentials are got with GET')
  if (path !== PATH) return refused(404, 'NotFound', `there is nothing but ${PATH}`)
  if (!same(headers['authorization'] ?? '', token))
    return refused(401, 'AuthenticationFailed', 'the authorization token is not the one that was given')
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await open()
    const body = {
      RoleArn: role,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: expiresAt,
    }
    return json(200, body)
  } catch (error) {
    if (error instanceof Failure || error instanceof Usage) return refused(400, 'CredentialsNotFound', error.message)
    throw error
  }
}

function refused(status: number, code: string, message: string): Told {
  return json(status, { code, message })
}

function json(status: number, body: object): Told {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** In a time that tells nothing of where they differ. */
function same(given: string, token: string): boolean {
  const [a, b] = [given, token].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}

function tokenIn(file: string | undefined): string {
  const drawn = randomBytes(32).toString('base64url')
  if (file === undefined) return drawn
  if (!existsSync(file)) {
    writeFileSync(file, drawn, { mode: 0o600, flag: 'wx' })
    return drawn
  }
  const token = readFileSync(file, 'utf8').trim()
  if (token === '' || /[\r\n]/.test(token)) throw new Usage(`\`${file}\` has no token of one line in it`)
  return token
}
