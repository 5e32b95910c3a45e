/** `sallyport restore`: all that a backup has, in a new place. */

import { Command } from 'commander'
import type { Bringing } from '../archive/bring.ts'
import { bringing } from './import.ts'

const EXAMPLES = `
examples:
  sallyport restore monday.jsonl.gz --data ./again --key-file ./.sallyport.key
  cp .sallyport.key again.key && sallyport restore monday.jsonl.gz --data ./again

an archive opens with the master key of the installation that it was made from
`

export function restore(): Command {
  return bringing(new Command('restore').description('bring back what a file has, into an empty data folder'))
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: Bringing) => {
      const { bring } = await import('../archive/bring.ts')
      await bring(file, options, 'always')
    })
}
