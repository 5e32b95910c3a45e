/** What `org generate` does: from options to an organisation in a data folder, or to word of why there is none. */

import { generate, GenerationError, type Founded, type Generated } from '@sallyport/server'
import { givenAdministrator, writeCredentials, type Keys } from './credentials.ts'
import { Failure } from './failure.ts'
import { DEFAULT_FOLDER, masterKey, type Folder } from './folder.ts'
import { freeFolder } from './launch.ts'
import { openLog } from './logging.ts'
import { progress } from './progress.ts'
import { bold, columns, cyan, say, warn } from './say.ts'
import { openServer } from './serving.ts'
import { SIGNALS } from './signals.ts'
import { quote } from './shell.ts'

/** The options of `org generate`, as its parser leaves them. */
export interface Generation {
  readonly accounts: number
  readonly roles: number
  readonly seed: number
  readonly data: string
  readonly store?: string
  readonly keyFile?: string
  readonly json?: true
}

export async function fill(options: Generation): Promise<void> {
  const administrator = givenAdministrator(process.env)
  // What is written from here on is for this user alone.
  process.umask(0o077)
  const folder = await freeFolder(options.data)
  const begun = performance.now()
  const made = await draw(folder, administrator, options)
  if (!made.generated.complete) {
    warn(`stopped: ${incomplete(folder, `${made.generated.accounts} of ${options.accounts} accounts`)}`)
    process.exitCode = 128 + made.signal
    return
  }
  const seconds = Math.round((performance.now() - begun) / 100) / 10
  const summary: Summary = { ...made, folder, database: options.store !== undefined, administrator, seconds }
  say(options.json === true ? JSON.stringify(forScripts(summary)) : forPeople(summary))
}

interface Made {
  readonly generated: Generated
  readonly founded: Founded | undefined
  /** The number of the signal that stopped it; 0 where none did. */
  readonly signal: number
}

async function draw(folder: Folder, administrator: Keys | undefined, options: Generation): Promise<Made> {
  const { accounts, roles, seed, keyFile, store: url } = options
  const key = masterKey(folder, { keyFile, fromEnvironment: process.env['SALLYPORT_KEY'] || undefined })
  const server = await openServer({
    state: { folder, url, masterKey: key },
    region: 'us-east-1',
    log: openLog('warn').log,
  })
  const bar = progress(accounts, 'accounts')
  const stop = stopOnSignal(folder)
  let founded: Founded | undefined
  try {
    const generated = await generate(
      server.world,
      { accounts, roles, seed },
      {
        administrator,
        onFounded(it) {
          founded = it
          const { secretAccessKey } = it
          const { accessKeyId } = it.administrator
          if (secretAccessKey !== undefined) writeCredentials(folder, { accessKeyId, secretAccessKey })
        },
        onProgress: (done) => bar.at(done),
        signal: stop.signal,
      },
    )
    return { generated, founded, signal: stop.received() }
  } catch (error) {
    if (error instanceof GenerationError) {
      throw new Failure(
        options.store === undefined
          ? `\`${folder.given}\` has accounts already: give a new \`--data\` folder, or remove that one`
          : 'the database has accounts already: give an empty one with `--store`',
      )
    }
    warn(`it failed: ${incomplete(folder, 'a part')}`)
    throw error
  } finally {
    bar.end()
    await server.close()
  }
}

function incomplete({ given }: Folder, has: string): string {
  return `\`${given}\` is incomplete, with ${has}: remove it, and generate again`
}

/** The first signal stops between two accounts; a second one ends everything at once. */
function stopOnSignal(folder: Folder): { readonly signal: AbortSignal; received(): number } {
  const controller = new AbortController()
  let received = 0
  for (const [name, number] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (received !== 0) {
        warn(`stopped: ${incomplete(folder, 'a part')}`)
        process.exit(128 + number)
      }
      received = number
      controller.abort()
    })
  }
  return { signal: controller.signal, received: () => received }
}

interface Summary extends Made {
  readonly folder: Folder
  /** Whether the state is in a database, and not in the folder. */
  readonly database: boolean
  readonly administrator: Keys | undefined
  readonly seconds: number
}

function forScripts(summary: Summary): object {
  const { generated, founded, folder, administrator, seconds } = summary
  const { complete: _complete, member: _member, ...counts } = generated
  const credentials = administrator === undefined ? { credentials: folder.credentials } : {}
  return {
    data: folder.path,
    ...counts,
    seconds,
    administrator: { ...founded?.administrator, ...credentials },
    next: nextCommands(summary),
  }
}

function forPeople(summary: Summary): string {
  const { generated, founded, folder, administrator, seconds } = summary
  const { accounts, units, guardrails, roles, users, groups, policies, buckets } = generated
  const credentials =
    administrator === undefined
      ? folder.credentials
      : `${founded?.administrator.accessKeyId}, from ROOT_AWS_ACCESS_KEY_ID`
  const facts = [
    ['accounts', `${accounts}, in ${units} units`],
    ['roles', String(roles)],
    ['users', String(users)],
    ['groups', String(groups)],
    ['policies', `${policies}, and ${guardrails} guardrails`],
    ['buckets', String(buckets)],
    ['seconds', String(seconds)],
    ['credentials', credentials],
  ]
  return [
    bold(`an organisation is in ${folder.given}`),
    '',
    ...columns(facts).map((line) => `  ${line}`),
    '',
    bold('next'),
    ...nextCommands(summary).map((line) => `  ${cyan(line)}`),
  ].join('\n')
}

function nextCommands({ folder, database, generated: { member } }: Summary): readonly string[] {
  const data = folder.given === DEFAULT_FOLDER ? '' : ` --data ${quote(folder.given)}`
  // a URL may hold a password: it is not said back
  const store = database ? ' --store …' : ''
  const role = `arn:aws:iam::${member}:role/OrganizationAccountAccessRole`
  return [
    `npx sallyport up${data}${store}`,
    `eval "$(npx sallyport env${data})"`,
    'aws organizations list-accounts --max-items 20',
    ...(member === undefined ? [] : [`aws sts assume-role --role-session-name me --role-arn ${role}`]),
  ]
}
