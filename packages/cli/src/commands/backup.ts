/** `sallyport backup`: all that an installation has, in one file. */

import { Command } from 'commander'
import type { Saving } from '../archive/save.ts'
import { saving } from './export.ts'

const EXAMPLES = `
examples:
  sallyport backup monday.jsonl.gz                    of the server of ./.sallyport, or of that folder
  sallyport backup - | ssh elsewhere 'cat > monday.jsonl.gz'

its secrets are sealed by the master key, which is not in it: keep that key too, and elsewhere
`

export function backup(): Command {
  return saving(new Command('backup').description('save everything in a file, audit records included; calls go on'))
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: Saving) => {
      const { save } = await import('../archive/save.ts')
      await save(file, options, { records: true, objects: true })
    })
}
