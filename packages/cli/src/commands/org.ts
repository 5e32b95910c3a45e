/** `sallyport org`: organisations that nobody has to write. */

import { Command } from 'commander'
import type { Generation } from '../generating.ts'
import { dataOption, integer, storeOption } from '../options.ts'

const EXAMPLES = `
examples:
  sallyport org generate --data ./big                                          a hundred accounts
  sallyport org generate --data ./huge --accounts 10000 --roles 50 --seed 1    as large as they get

the same seed, accounts and roles give the same organisation, ids included; the administrator's key is new each time

environment:
  ROOT_AWS_ACCESS_KEY_ID, ROOT_AWS_SECRET_ACCESS_KEY  the administrator's key; drawn at random where not set
  SALLYPORT_KEY                                       the master key, 64 hexadecimal digits
`

export function org(): Command {
  return new Command('org').description('make organisations to try things on').helpCommand(false).addCommand(generate())
}

const ACCOUNTS_AT_MOST = 10_000
/** IAM's quota of an account. */
const ROLES_AT_MOST = 1_000

function generate(): Command {
  return new Command('generate')
    .description('fill a data folder, or a database, with an organisation drawn from a seed')
    .option(
      '--accounts <number>',
      'how many, the management account among them',
      integer('--accounts', 1, ACCOUNTS_AT_MOST),
      100,
    )
    .option('--roles <number>', 'about how many in each account', integer('--roles', 0, ROLES_AT_MOST), 20)
    .option(
      '--seed <integer>',
      'what is drawn from',
      integer('--seed', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      1,
    )
    .addOption(dataOption())
    .addOption(storeOption())
    .option('--key-file <file>', 'the master key; made there where the data is new (default: beside the data folder)')
    .option('--json', 'print one line of JSON once it is done')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Generation) => {
      const { fill } = await import('../generating.ts')
      await fill(options)
    })
}
