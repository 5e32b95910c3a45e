/** `sallyport import`: an organisation out of a file, into a new place. */

import { Command } from 'commander'
import type { Bringing } from '../archive/bring.ts'
import { dataIfGiven, keyFileOption, storeOption } from '../options.ts'

const EXAMPLES = `
examples:
  sallyport import organization.jsonl.gz --data ./copy --key-file ./.sallyport.key
  sallyport export - | sallyport import - --data ./copy --key-file ./.sallyport.key

a backup can be imported too; its audit records stay out unless they are asked for
`

export function importing(): Command {
  return bringing(
    new Command('import').description('bring in the organisation that a file has, into an empty data folder'),
  )
    .option('--with-records', 'with the audit records that the file has')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: Bringing & { withRecords?: true }) => {
      const { bring } = await import('../archive/bring.ts')
      await bring(file, options, options.withRecords === true ? 'wanted' : 'never')
    })
}

/** What both verbs that bring in take. */
export function bringing(command: Command): Command {
  return command
    .argument('<file>', 'where from; `-` for standard input')
    .addOption(dataIfGiven())
    .addOption(storeOption())
    .addOption(keyFileOption())
    .option('--json', 'print JSON')
}
