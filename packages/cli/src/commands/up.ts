/** `sallyport up`: starts a server and runs until it is told to stop. */

import { Command, Option } from 'commander'
import { DEFAULT_FOLDER } from '../folder.ts'
import { dataIfGiven, port, region, storeOption } from '../options.ts'
import type { Launch } from '../launch.ts'

const EXAMPLES = `
examples:
  sallyport up                                        one account, state in ${DEFAULT_FOLDER}
  sallyport up --org examples/three-accounts.yaml     an organisation, as the file declares it
  sallyport up --ephemeral --port 0 --json            for a script: any free port, nothing is kept
  sallyport up --proxy 8443                           for clients with hard-wired hosts, by HTTPS_PROXY

environment:
  ROOT_AWS_ACCESS_KEY_ID, ROOT_AWS_SECRET_ACCESS_KEY  the administrator's key; drawn at random where not set
  SALLYPORT_KEY                                       the master key, 64 hexadecimal digits
  SALLYPORT_PORT, SALLYPORT_DATA, SALLYPORT_STORE     what --port, --data and --store say where they are absent
`

function portOption(): Option {
  return new Option('--port <number>', 'the port to listen on; 0 for any that is free')
    .argParser(port('--port'))
    .default(4566)
    .env('SALLYPORT_PORT')
}

export function up(): Command {
  return new Command('up')
    .description('start a server')
    .option('--org <file>', 'the organisation to start with, in YAML')
    .addOption(portOption())
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .addOption(dataIfGiven())
    .addOption(storeOption())
    .option('--ephemeral', 'keep everything in memory, and nothing after the end')
    .option('--region <region>', 'the region of calls that name none', region, 'us-east-1')
    .option('--strict-scope', 'refuse a global service signed for another region than its own, as AWS does')
    .option('--test-clock', 'let `sallyport clock` move the time')
    .option('--tls', 'speak https, with a certificate of a local authority')
    .option('--proxy <port>', 'also open an HTTPS proxy for AWS host names', port('--proxy'))
    .option('--key-file <file>', 'the master key; made there where the data is new (default: beside the data folder)')
    .option('--json', 'print one line of JSON once it is ready')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Launch, command: Command) => {
      const { launch } = await import('../launch.ts')
      const { data, store, ...others } = options
      // A folder that the environment names is a habit; `--ephemeral` is said now.
      const ignored = others.ephemeral === true && command.getOptionValueSource('data') === 'env'
      const elsewhere =
        store === undefined || (others.ephemeral === true && command.getOptionValueSource('store') === 'env')
      const kept = elsewhere ? others : { ...others, store }
      await launch(data === undefined || ignored ? kept : { ...kept, data })
    })
}
