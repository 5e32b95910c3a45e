/** `sallyport imds`: an instance's metadata service on this machine, so that SDKs find the instance's role. */

import { Command } from 'commander'
import { administratorOf } from '../administrator.ts'
import { Failure } from '../failure.ts'
import { answerImds } from '../imds/answer.ts'
import { Tokens } from '../imds/tokens.ts'
import { windowOn } from '../imds/window.ts'
import { serveLoopback } from '../loopback.ts'
import { dataIfGiven, port, region } from '../options.ts'
import { stopOnSignal } from '../stopping.ts'
import { sayReady, surroundings } from '../surroundings.ts'
import { targetOf, type Whereabouts } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  sallyport imds --instance i-0123456789abcdef0                       in the management account
  sallyport imds --instance i-0123456789abcdef0 --account Staging --region eu-central-1

it runs until it is told to stop; what it prints is for the shell in which "the instance's" programs run,
where "kill $SALLYPORT_PID" stops it
`

interface Options extends Whereabouts {
  readonly instance: string
  readonly account?: string
  readonly region?: string
  readonly port: number
  readonly json?: true
}

export function imds(): Command {
  return new Command('imds')
    .description("serve an instance's metadata, and its role's credentials, on this machine")
    .requiredOption('--instance <id>', 'the instance')
    .option('--account <account>', 'its account, by number or name (default: the management account)')
    .option('--region <region>', "its region (default: the server's)", region)
    .option('--port <number>', 'the port to listen on, on 127.0.0.1; 0 for any that is free', port('--port'), 0)
    .option('--endpoint <url>', 'the server; else the one of the data folder, else AWS_ENDPOINT_URL')
    .addOption(dataIfGiven())
    .option('--json', 'print one line of JSON once it is ready')
    .addHelpText('after', EXAMPLES)
    .action(serve)
}

async function serve(options: Options): Promise<void> {
  const target = targetOf(options)
  const { instance, account, region: where = target.region } = options
  const window = windowOn(target, administratorOf(options, '`imds`'), { instance, account, region: where })
  const { state } = await window.look()
  if (state !== 'running' && state !== 'pending')
    throw new Failure(`\`${instance}\` is ${state}: only what runs has metadata`)
  const tokens = new Tokens(() => Date.now())
  const { endpoint, close } = await serveLoopback(options.port, (asked) => answerImds(asked, window, tokens))
  stopOnSignal({ close, flush: [], leave: () => undefined })
  const own = { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint, AWS_EC2_METADATA_DISABLED: undefined }
  const environment = surroundings(own, { endpoint: target.endpoint, region: where })
  const words = `${instance} is told about itself at ${endpoint}`
  sayReady({ facts: { endpoint, instance }, words, environment }, options.json === true)
}
