/** `sallyport`: its verbs, and what becomes of an error. Each verb loads what it needs when it is called. */

import { Command, CommanderError } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { backup } from './commands/backup.ts'
import { ca } from './commands/ca.ts'
import { can } from './commands/can.ts'
import { clock } from './commands/clock.ts'
import { containerCredentials } from './commands/container-credentials.ts'
import { coverage } from './commands/coverage.ts'
import { creds } from './commands/creds.ts'
import { demo } from './commands/demo.ts'
import { doctor } from './commands/doctor.ts'
import { down } from './commands/down.ts'
import { emailCodes } from './commands/email-codes.ts'
import { env } from './commands/env.ts'
import { explain } from './commands/explain.ts'
import { exporting } from './commands/export.ts'
import { imds } from './commands/imds.ts'
import { importing } from './commands/import.ts'
import { keys } from './commands/keys.ts'
import { lint } from './commands/lint.ts'
import { org } from './commands/org.ts'
import { profile } from './commands/profile.ts'
import { quota } from './commands/quota.ts'
import { restore } from './commands/restore.ts'
import { up } from './commands/up.ts'
import { Failure, isSystemError, Usage } from './failure.ts'
import { warn } from './say.ts'

const VERBS = [
  up,
  env,
  down,
  backup,
  restore,
  exporting,
  importing,
  keys,
  quota,
  emailCodes,
  clock,
  ca,
  explain,
  can,
  org,
  imds,
  containerCredentials,
  creds,
  profile,
  doctor,
  lint,
  demo,
  coverage,
]

const EXAMPLES = `
examples:
  sallyport up --org examples/three-accounts.yaml     three accounts and their organisation
  eval "$(sallyport env)"                             points the AWS CLI, SDKs and Terraform at it
  aws sts get-caller-identity
  sallyport demo                                      the story of two accounts, step by step
`

/** Sets the exit code, and leaves leaving to the event loop: what is being written is written. */
export function main(argv: readonly string[]): void {
  run(argv).then(
    (code) => {
      process.exitCode = code
    },
    (error: unknown) => {
      process.exitCode = report(error)
    },
  )
}

async function run(argv: readonly string[]): Promise<number> {
  // The reader of a pipe may leave early, as `head` does.
  process.stdout.on('error', (error) => {
    if (isSystemError(error, 'EPIPE')) process.exit(0)
    throw error
  })
  const program = new Command('sallyport')
    .description('an exact, local AWS organisation for the unmodified AWS CLI, SDKs and Terraform')
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXAMPLES)
    .configureHelp({ showGlobalOptions: false })
  for (const verb of VERBS) program.addCommand(verb())
  await settled(program).parseAsync([...argv])
  return Number(process.exitCode ?? 0)
}

/** No verb prints or leaves by itself, nor any under it: `report` does, in one place. */
function settled(command: Command): Command {
  for (const under of command.commands) settled(under)
  return command
    .exitOverride()
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ writeErr: () => undefined })
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    if (error.code === 'commander.help') warn('which command? `sallyport --help` lists them')
    else warn(inOurForm(error.message))
    return 2
  }
  if (error instanceof Usage || error instanceof Failure) {
    warn(error.message)
    return error instanceof Usage ? 2 : 1
  }
  warn(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  return 1
}

/** `error: unknown command 'upp'\n(Did you mean up?)` in the form of our own messages. */
function inOurForm(message: string): string {
  return message
    .replace(/^error: /, '')
    .replaceAll(/'([^']*)'/g, '`$1`')
    .replace(
      /\.?\s*\(Did you mean (one of )?(.+)\?\)$/,
      (_all, _many, words: string) =>
        `: did you mean ${words
          .split(', ')
          .map((word) => `\`${word}\``)
          .join(' or ')}`,
    )
    .replace(/\. Expected /, ': expected ')
    .replace(/\. Allowed choices are (.+)\.$/, ': give $1')
    .replace(/\.$/, '')
}
