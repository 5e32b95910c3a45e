/** `sallyport can`: whether somebody may, by the exit code; and decision cases in a file, without a server. */

import { Command, Option } from 'commander'
import type { CaseResults } from '../explain/case-file.ts'
import { askServer, contextOf } from '../explain/door.ts'
import { paint } from '../explain/paint.ts'
import { Failure, Usage } from '../failure.ts'
import { dataIfGiven } from '../options.ts'
import { bold, green, red, say } from '../say.ts'
import type { Whereabouts } from '../whereabouts.ts'
import { collect } from './explain.ts'

const EXAMPLES = `
examples:
  sallyport can Staging:alice s3:GetObject arn:aws:s3:::bucket/key && echo yes
  sallyport can 111111111111:root iam:CreateUser '*' --json
  sallyport can --case cases/decisions/doc-semantics.json

exit code: 0 allowed, or every case holds; 1 denied, or a case does not hold; 2 it could not be told
`

interface Options extends Whereabouts {
  readonly case?: string
  readonly context?: readonly string[]
  readonly json?: true
}

export function can(): Command {
  return new Command('can')
    .description('tell whether a principal may do something to a resource')
    .usage('[options] [<principal> <action> <resource>]')
    .argument('[words...]', 'a principal, an action and a resource')
    .addOption(new Option('--case <file>', 'hold the decision cases of a file against the law').conflicts('context'))
    .option('--context <key=value>', 'a condition key of the call; again for several', collect)
    .option('--endpoint <url>', 'the server; else the one of the data folder, else AWS_ENDPOINT_URL')
    .addOption(dataIfGiven())
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (words: readonly string[], options: Options) => {
      const passes =
        options.case === undefined ? await ask(words, options) : await runFile(options.case, words, options)
      process.exitCode = passes ? 0 : 1
    })
}

async function ask(words: readonly string[], options: Options): Promise<boolean> {
  const [principal, action, resource, ...rest] = words
  if (principal === undefined || action === undefined || resource === undefined || rest.length > 0) {
    throw new Usage('who may do what to what? give a principal, an action and a resource, or a file with `--case`')
  }
  const answer = await told(options, { principal, action, resource, context: contextOf(options.context ?? []) })
  const allowed = answer.effect === 'Allow'
  if (options.json === true) say(JSON.stringify({ allowed, why: answer.explained?.why, ...answer }))
  else say(paint(answer.text))
  return allowed
}

/** An exit code of 1 says denied: where there is no telling, it is another. */
async function told(...asked: Parameters<typeof askServer>): ReturnType<typeof askServer> {
  try {
    return await askServer(...asked)
  } catch (error) {
    if (error instanceof Failure) throw new Usage(error.message, { cause: error })
    throw error
  }
}

async function runFile(file: string, words: readonly string[], { json }: Options): Promise<boolean> {
  if (words.length > 0) throw new Usage(`\`${words.join(' ')}\` says nothing to a file of cases: leave it out`)
  const [{ casesIn, runCases }, { createLibrary }] = await Promise.all([
    import('../explain/case-file.ts'),
    import('@sallyport/policy'),
  ])
  const results = runCases(casesIn(file), createLibrary())
  say(json === true ? JSON.stringify(results) : listed(results))
  return results.failed === 0
}

function listed({ passed, failed, failures }: CaseResults): string {
  const told = failures.flatMap(({ id, description, expected, actual, tree }) => [
    `${red('✗')} ${bold(id)}: ${description}`,
    `    expected ${expected}, came to ${actual}`,
    ...paint(tree)
      .split('\n')
      .map((line) => `    ${line}`),
  ])
  const end =
    failed === 0
      ? green(`${cases(passed)} ${passed === 1 ? 'holds' : 'hold'}`)
      : red(`${failed} of ${cases(passed + failed)} ${failed === 1 ? 'does' : 'do'} not hold`)
  return [...told, end].join('\n')
}

function cases(count: number): string {
  return `${count} ${count === 1 ? 'case' : 'cases'}`
}
