/** `sallyport demo`: a story of accounts and roles, told on a running server or on one of its own. */

import { Argument, Command } from 'commander'
import { dataIfGiven } from '../options.ts'
import type { Whereabouts } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  sallyport demo                                   on the server of ./.sallyport, or on one that ends with the story
  sallyport demo --endpoint http://127.0.0.1:4566  with the key of ROOT_AWS_… or AWS_… in the environment
`

export function demo(): Command {
  return new Command('demo')
    .description('tell the story of a role between accounts, step by step')
    .addArgument(new Argument('[story]', 'which one').choices(['staging']).default('staging'))
    .option(
      '--endpoint <url>',
      'the server; else the one of the data folder, else AWS_ENDPOINT_URL, else one of its own',
    )
    .addOption(dataIfGiven())
    .addHelpText('after', EXAMPLES)
    .action(async (_story: string, options: Whereabouts) => {
      const { tell } = await import('../demo/tell.ts')
      process.exitCode = (await tell(options)) ? 0 : 1
    })
}
