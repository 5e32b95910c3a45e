/** `sallyport up`: starts a server and runs until it is told to stop. */

import { Command, Option } from 'commander'
import { DEFAULT_FOLDER } from '../folder.ts'
import { LEVELS } from '../logging.ts'
import { bytes, count, dataIfGiven, port, region, seconds, storeOption } from '../options.ts'
import { jwks } from '../jwks.ts'
import { quota } from '../quotas.ts'
import type { Launch } from '../launch.ts'

const EXAMPLES = `
examples:
  sallyport up                                        one account, state in ${DEFAULT_FOLDER}
  sallyport up --org examples/three-accounts.yaml     an organisation, as the file declares it
  sallyport up --ephemeral --port 0 --json            for a script: any free port, nothing is kept
  sallyport up --proxy 8443                           for clients with hard-wired hosts, by HTTPS_PROXY
  sallyport up --quota iam.RolesPerAccount=5          to see what happens when an account is full

environment:
  ROOT_AWS_ACCESS_KEY_ID, ROOT_AWS_SECRET_ACCESS_KEY  the administrator's key; drawn at random where not set
  SALLYPORT_KEY                                       the master key, 64 hexadecimal digits
  SALLYPORT_PORT, SALLYPORT_DATA, SALLYPORT_STORE     what --port, --data and --store say where they are absent
  SALLYPORT_LOG                                       what --log-level says where it is absent
  OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, …   where spans are sent, as OpenTelemetry has it; nowhere by default
`

function portOption(): Option {
  return new Option('--port <number>', 'the port to listen on; 0 for any that is free')
    .argParser(port('--port'))
    .default(4566)
    .env('SALLYPORT_PORT')
}

/** What a server takes on and how long it waits; the defaults are the server's own. */
function limitOptions(): readonly Option[] {
  return [
    limit('--max-connections <number>', 'connections at once; more are told 503 (default: 10000)', count),
    limit('--max-calls <number>', 'calls under way at once; more are told 503 (default: 1000)', count),
    limit('--max-header <bytes>', 'what the head of a request may have (default: 32768)', bytes),
    limit('--header-time <seconds>', 'to wait for the head of a request (default: 20)', seconds),
    limit('--body-time <seconds>', 'to wait for a body that is no upload (default: 300)', seconds),
    limit('--idle-time <seconds>', 'to wait for a body or reader that stands still (default: 30)', seconds),
    limit('--grace <seconds>', 'to wait for calls under way when told to stop (default: 5)', seconds),
  ]
}

/** How much of the state is in memory, and how much of what happened is kept; the defaults are the server's own. */
function keepingOptions(): readonly Option[] {
  return [
    limit('--cache <MiB>', 'of accounts in memory; those longest unused leave (default: 256)', count),
    limit('--keep-days <number>', 'for which audit records are kept (default: 90)', count),
    limit('--keep-mib <number>', 'of audit records that are kept, the newest (default: 4096)', count),
  ]
}

function limit(flags: string, text: string, reader: (option: string) => (given: string) => number): Option {
  const [name = flags] = flags.split(' ')
  return new Option(flags, text).argParser(reader(name))
}

function functionsOption(): Option {
  return new Option(
    '--functions <mode>',
    'run Lambda functions kept apart from this machine, in any case, or not at all',
  )
    .choices(['auto', 'unisolated', 'off'])
    .default('auto')
}

function jwksOption(): Option {
  return new Option(
    '--jwks <issuer=file>',
    'keys of an OpenID Connect provider that is not to be asked for them; as often as you like',
  ).argParser(jwks)
}

function consistencyOption(): Option {
  return new Option('--consistency <kind>', 'see changes to identities at once, or some seconds late as AWS warns of')
    .choices(['strong', 'eventual'])
    .default('strong')
}

function quotaOption(): Option {
  return new Option(
    '--quota <name=value>',
    'what accounts may have in the place of a default of AWS; again for several',
  ).argParser(quota)
}

function logOption(): Option {
  return new Option('--log-level <level>', 'what goes to stderr, in lines of JSON')
    .choices(LEVELS)
    .default('warn')
    .env('SALLYPORT_LOG')
}

export function up(): Command {
  const command = new Command('up')
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
    .addOption(functionsOption())
    .addOption(jwksOption())
    .addOption(consistencyOption())
    .option(
      '--approve-quotas',
      'grant increases of quotas that are asked for, up to AWS’s highest, without the operator',
    )
    .addOption(quotaOption())
    .option('--key-file <file>', 'the master key; made there where the data is new (default: beside the data folder)')
    .option('--json', 'print one line of JSON once it is ready')
    .addOption(logOption())
  for (const option of [...keepingOptions(), ...limitOptions()]) command.addOption(option)
  return command.addHelpText('after', EXAMPLES).action(async (options: Launch, command: Command) => {
    const { launch } = await import('../launch.ts')
    await launch(settled(options, command))
  })
}

/** A folder or a store that the environment names is a habit; `--ephemeral` is said now. */
function settled(options: Launch, command: Command): Launch {
  const { data, store, ...others } = options
  const counts = (name: string, value: string | undefined): boolean =>
    value !== undefined && (others.ephemeral !== true || command.getOptionValueSource(name) !== 'env')
  return { ...others, ...(counts('data', data) && { data }), ...(counts('store', store) && { store }) }
}
