/** `sallyport doctor`: what is wrong with the profiles of AWS's clients, and what to type next. */

import { Argument, Command } from 'commander'
import { Failure, Usage } from '../failure.ts'
import { dataIfGiven } from '../options.ts'
import { nearest } from '../organization/nearest.ts'
import type { Diagnosis } from '../profile/diagnosis.ts'
import { Doctor } from '../profile/doctor.ts'
import { readProfiles, type Profiles } from '../profile/files.ts'
import { Inquiry } from '../profile/inquiry.ts'
import { bold, cyan, dim, green, red, say } from '../say.ts'
import type { Whereabouts } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  sallyport doctor profile              all profiles of ~/.aws/config and ~/.aws/credentials
  sallyport doctor profile staging
  sallyport doctor profile --json

AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name other files

exit code: 0 nothing is wrong; 1 something is; 2 it could not be told
`

interface Options extends Whereabouts {
  readonly json?: true
}

export function doctor(): Command {
  return new Command('doctor')
    .description("tell where the AWS CLI's profiles lead, how long they last, and what is wrong with them")
    .addArgument(new Argument('<what>', 'what to look at').choices(['profile']))
    .argument('[names...]', 'the profiles; all of them where none is named')
    .option('--endpoint <url>', 'the server; else the one of the data folder, else AWS_ENDPOINT_URL')
    .addOption(dataIfGiven())
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (_what: string, names: readonly string[], options: Options) => {
      process.exitCode = await look(names, options).catch(untold)
    })
}

/** An exit code of 1 says that something is wrong: where there is no telling, it is another. */
function untold(error: unknown): never {
  if (error instanceof Failure) throw new Usage(error.message, { cause: error })
  throw error
}

async function look(names: readonly string[], options: Options): Promise<number> {
  const files = readProfiles(process.env)
  const chosen = chosenOf(names, files)
  const ward = new Doctor(new Inquiry(options, '`doctor`'), files, process.env)
  const told: Diagnosis[] = []
  if (options.json !== true)
    for (const { file, line, says } of files.faults)
      say(`${red('✗')} ${file}:${line}: ${says}: the AWS CLI does not read the file\n`)
  for (const name of chosen) {
    const diagnosis = await ward.look(name)
    told.push(diagnosis)
    if (options.json !== true) say(`${told.length > 1 ? '\n' : ''}${blockOf(diagnosis)}`)
  }
  if (options.json === true) say(JSON.stringify({ faults: files.faults, profiles: told.map(forPrograms) }))
  return files.faults.length > 0 || told.some(({ findings }) => findings.length > 0) ? 1 : 0
}

function chosenOf(names: readonly string[], { profiles, config, credentials }: Profiles): readonly string[] {
  if (profiles.size === 0) throw new Usage(`there is no profile in \`${config}\`, nor in \`${credentials}\``)
  const lost = names.find((name) => !profiles.has(name))
  if (lost === undefined) return names.length === 0 ? [...profiles.keys()] : names
  const meant = nearest(lost, [...profiles.keys()])
  throw new Usage(
    `there is no profile \`${lost}\`: ${meant === undefined ? `there are ${[...profiles.keys()].join(', ')}` : `did you mean \`${meant}\``}`,
  )
}

function forPrograms({ principal: _asked, isRole: _kind, ...diagnosis }: Diagnosis): object {
  return diagnosis
}

function blockOf({ chain, leadsTo, lasts, findings, notes }: Diagnosis): string {
  const [name = '', ...sources] = chain
  return [
    `${bold(name)}${sources.length === 0 ? '' : ` ← ${sources.join(' ← ')}`}`,
    ...(leadsTo === undefined ? [] : [`  leads to  ${placeOf(leadsTo)}`]),
    ...(lasts === undefined ? [] : [`  lasts     ${lastingOf(lasts)}`]),
    ...notes.map((note) => dim(`  · ${note}`)),
    ...findings.flatMap(({ says, next }) => [
      red(`  ✗ ${says}`),
      ...(next === undefined ? [] : [cyan(`    next: ${next}`)]),
    ]),
    ...(findings.length === 0 ? [green('  ✓ nothing is wrong')] : []),
  ].join('\n')
}

function placeOf({ arn, account, accountName }: NonNullable<Diagnosis['leadsTo']>): string {
  const place = accountName === undefined ? account : `${accountName} (${account})`
  return arn === undefined ? place : `${arn.slice(arn.lastIndexOf(':') + 1)} in ${place}`
}

function lastingOf({ seconds, most, chained }: NonNullable<Diagnosis['lasts']>): string {
  return `${seconds} seconds${seconds === most ? '' : `, ${most} at the most`}${chained ? ', for a role assumed it' : ''}`
}
