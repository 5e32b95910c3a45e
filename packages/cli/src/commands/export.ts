/** `sallyport export`: an organisation without its history, in one file. */

import { Command } from 'commander'
import type { Saving } from '../archive/save.ts'
import { dataIfGiven, keyFileOption, storeOption } from '../options.ts'

const EXAMPLES = `
examples:
  sallyport export organization.jsonl.gz              what there is, as it is now
  sallyport export - --without-objects | zcat | head

import takes it into any store, with the master key that this one has: its secrets are sealed by it
`

interface Options extends Saving {
  readonly withRecords?: true
  readonly withoutObjects?: true
}

export function exporting(): Command {
  return saving(new Command('export').description('save the organisation in a file, without its audit records'))
    .option('--with-records', 'with its audit records')
    .option('--without-objects', 'without the objects in its buckets')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: Options) => {
      const { save } = await import('../archive/save.ts')
      const { withRecords = false, withoutObjects = false } = options
      await save(file, options, { records: withRecords, objects: !withoutObjects })
    })
}

/** What both verbs that save take. */
export function saving(command: Command): Command {
  return command
    .argument('<file>', 'where to; `-` for standard output')
    .option('--endpoint <url>', 'the server; else the one that runs on the data folder, else the folder itself')
    .addOption(dataIfGiven())
    .addOption(storeOption())
    .addOption(keyFileOption())
    .option('--force', 'overwrite a file that is there')
    .option('--json', 'print JSON')
}
