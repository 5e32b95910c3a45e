/** `sallyport ca`: the local certificate authority of a data folder, made where there is none. */

import { Command } from 'commander'
import { mkdirSync } from 'node:fs'
import { authorityOf } from '../authority.ts'
import { folderAt } from '../folder.ts'
import { dataOption } from '../options.ts'
import { say } from '../say.ts'

const EXAMPLES = `
examples:
  sallyport ca > ca.pem
  export AWS_CA_BUNDLE="$(sallyport ca --path)"
`

export function ca(): Command {
  return new Command('ca')
    .description('print the certificate of the local authority')
    .addOption(dataOption())
    .option('--path', 'print where the certificate lies instead')
    .addHelpText('after', EXAMPLES)
    .action(async ({ data, path }: { data: string; path?: true }) => {
      const folder = folderAt(data)
      mkdirSync(folder.path, { recursive: true, mode: 0o700 })
      const authority = await authorityOf(folder.path)
      say(path === true ? authority.file : authority.certificate.trimEnd())
    })
}
