/** `sallyport quota`: increases of quotas that accounts asked for, and the operator's word on them. */

import type { QuotaBook, QuotaDecision } from '@sallyport/server'
import { Argument, Command } from 'commander'
import { administratorOf } from '../administrator.ts'
import { openAlone, serverFor, type Asked } from '../alone.ts'
import type { Target } from '../client.ts'
import { ask } from '../door.ts'
import { Usage } from '../failure.ts'
import { dataIfGiven, keyFileOption, storeOption } from '../options.ts'
import { bold, columns, say } from '../say.ts'

const EXAMPLES = `
examples:
  aws service-quotas request-service-quota-increase --service-code organizations --quota-code L-E619E033 --desired-value 50
  sallyport quota requests                    what accounts asked for, and its id
  sallyport quota approve a1b2c3…             the account has it from its next call on
  sallyport quota deny a1b2c3…
  sallyport quota list                        the quotas of the management account

\`sallyport up --approve-quotas\` approves by itself what AWS would grant at the most
`

const DEEDS = ['list', 'requests', 'approve', 'deny'] as const
type Deed = (typeof DEEDS)[number]

type Options = Asked & { readonly json?: true }

export function quota(): Command {
  return new Command('quota')
    .description('list quotas and the increases that accounts ask for, approve or deny them')
    .addArgument(new Argument('<deed>', 'what to do').choices(DEEDS))
    .argument('[request]', 'the id of the request to approve or deny')
    .option('--endpoint <url>', 'the server; else the one that runs on the data folder, else the folder itself')
    .addOption(dataIfGiven())
    .addOption(storeOption())
    .addOption(keyFileOption())
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (deed: Deed, request: string | undefined, options: Options) => {
      if (deed === 'list' || deed === 'requests') {
        if (request !== undefined) throw new Usage(`\`quota ${deed}\` takes no id`)
        return tell(deed, await bookOf(deed, options), options)
      }
      if (request === undefined) throw new Usage(`which request? \`sallyport quota requests\` lists them`)
      const decision = deed === 'approve' ? 'APPROVED' : 'DENIED'
      const told = await decided({ id: request, decision }, options)
      return say(options.json === true ? JSON.stringify(told) : `${told.id}: ${told.decision.toLowerCase()}`)
    })
}

async function bookOf(deed: Deed, options: Options): Promise<QuotaBook> {
  const { QUOTAS_PATH, quotaBookOf } = await import('@sallyport/server')
  const server = await serverFor(options)
  if (server === undefined) return alone(options, ({ world }) => quotaBookOf(world))
  const answer = await behindDoor(deed, server, {
    sent: { method: 'GET', path: QUOTAS_PATH },
    member: 'quotas',
    options,
  })
  return answer as QuotaBook // what the door says it gives
}

async function decided(decision: QuotaDecision, options: Options): Promise<QuotaDecision> {
  const { decideQuotaRequest, QUOTAS_PATH } = await import('@sallyport/server')
  const server = await serverFor(options)
  if (server === undefined) return alone(options, ({ world }) => decideQuotaRequest(world, decision))
  const sent = { method: 'POST', path: QUOTAS_PATH, body: JSON.stringify(decision) }
  const answer = await behindDoor('approve', server, { sent, member: 'decision', options })
  return answer as QuotaDecision // what the door says it gives
}

interface Knock {
  readonly sent: { readonly method: string; readonly path: string; readonly body?: string }
  readonly member: string
  readonly options: Options
}

function behindDoor(deed: Deed, server: Target, { sent, member, options }: Knock): Promise<object> {
  return ask(server, sent, { keys: administratorOf(options, `\`quota ${deed}\``), member })
}

async function alone<T>(asked: Asked, act: (server: Awaited<ReturnType<typeof openAlone>>) => Promise<T>): Promise<T> {
  const server = await openAlone(asked)
  const { QuestionError } = await import('@sallyport/server')
  try {
    return await act(server)
  } catch (error) {
    throw error instanceof QuestionError ? new Usage(error.message) : error
  } finally {
    await server.close()
  }
}

function tell(deed: 'list' | 'requests', { quotas, requests }: QuotaBook, { json }: Options): void {
  if (json === true) return say(JSON.stringify(deed === 'list' ? { quotas } : { requests }))
  if (deed === 'list') {
    const rows = quotas.map(({ quota: name, code = '', value, default: standard }) => [
      name,
      code,
      String(value),
      String(standard),
    ])
    return table(['quota', 'code', 'value', 'default'], rows)
  }
  if (requests.length === 0) return say('no request waits')
  const rows = requests.map(({ id, account, quota: name, value, desired, most, askedAt }) => [
    id,
    account,
    name,
    `${value} → ${desired}`,
    most === undefined ? '' : String(most),
    askedAt,
  ])
  return table(['request', 'account', 'quota', 'asked for', 'at most', 'since'], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const [first = '', ...lines] = columns([head, ...rows])
  say([bold(first), ...lines].join('\n'))
}
