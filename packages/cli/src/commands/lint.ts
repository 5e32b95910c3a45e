/** `sallyport lint`: what misses the standards that the organisation has set itself. */

import type { Linted, LintQuestion } from '@sallyport/server'
import { Command } from 'commander'
import { administratorOf } from '../administrator.ts'
import { ask } from '../door.ts'
import { Failure, Usage } from '../failure.ts'
import { dataIfGiven } from '../options.ts'
import { progress } from '../progress.ts'
import { bold, green, red, say } from '../say.ts'
import { targetOf, type Whereabouts } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  sallyport lint roles                         every account, by the standards that hold in the server
  sallyport lint roles --account Staging
  sallyport lint roles --org organization.yaml by the standards of a file that is not in force yet

exit code: 0 every role meets them; 1 some do not; 2 it could not be asked
`

interface Options extends Whereabouts {
  readonly org?: string
  readonly account?: string
  readonly json?: true
}

export function lint(): Command {
  return new Command('lint')
    .description("tell what misses the organisation's own standards")
    .helpCommand(false)
    .addCommand(roles())
}

function roles(): Command {
  return new Command('roles')
    .description('tell which roles miss the standards for names, descriptions and tags')
    .option('--org <file>', 'the standards of an organisation file, in the place of those in force')
    .option('--account <account>', 'one account: its number or name (default: all)')
    .option('--endpoint <url>', 'the server; else the one of the data folder, else AWS_ENDPOINT_URL')
    .addOption(dataIfGiven())
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options) => {
      const found = await told(options)
      say(options.json === true ? JSON.stringify(found) : forPeople(found))
      process.exitCode = found.violations.length > 0 ? 1 : 0
    })
}

type Found = Pick<Linted, 'violations' | 'accounts' | 'roles' | 'standards'>

/** An exit code of 1 says that roles miss a standard: where there is no telling, it is another. */
async function told(options: Options): Promise<Found> {
  try {
    return await walk(options)
  } catch (error) {
    if (error instanceof Failure) throw new Usage(error.message, { cause: error })
    throw error
  }
}

/** From answer to answer, until the last account. */
async function walk(options: Options): Promise<Found> {
  const declared = options.org === undefined ? undefined : await declaredIn(options.org)
  const [target, keys] = [targetOf(options), administratorOf(options, '`lint`')]
  const { STANDARDS_PATH } = await import('@sallyport/server')
  let found: Found = { violations: [], accounts: 0, roles: 0, standards: 0 }
  let bar: ReturnType<typeof progress> | undefined
  for (let after: string | undefined; ;) {
    const { account } = options
    const question: LintQuestion = {
      ...(account !== undefined && { account }),
      ...(after !== undefined && { after }),
      ...(declared !== undefined && { declared }),
    }
    const sent = { method: 'POST', path: STANDARDS_PATH, body: JSON.stringify(question) }
    const page = (await ask(target, sent, { keys, member: 'violations' })) as Linted // what the door says it gives
    found = {
      violations: [...found.violations, ...page.violations],
      accounts: found.accounts + page.accounts,
      roles: found.roles + page.roles,
      standards: page.standards,
    }
    bar ??= page.next === undefined ? undefined : progress(page.total, 'accounts')
    bar?.at(found.accounts)
    if (page.next === undefined) {
      bar?.end()
      return found
    }
    after = page.next
  }
}

async function declaredIn(file: string): Promise<NonNullable<LintQuestion['declared']>> {
  const { declaredStandards } = await import('../organization/file.ts')
  return declaredStandards(file)
}

function forPeople({ violations, accounts, roles: count, standards }: Found): string {
  if (standards === 0) return 'no standards are declared: an organisation file says them under `standards`'
  const lines = violations.flatMap(({ account, accountName, role, says }) => [
    `${red('✗')} ${bold(role.slice(role.indexOf(':role/') + 6))} in ${accountName} (${account})`,
    ...says.map((one) => `    ${one}`),
  ])
  const among = `${count} ${count === 1 ? 'role' : 'roles'} in ${accounts} ${accounts === 1 ? 'account' : 'accounts'}`
  const end =
    violations.length === 0
      ? green(`all of ${among} meet the standards`)
      : red(`${violations.length} of ${among} do not meet the standards`)
  return [...lines, end].join('\n')
}
