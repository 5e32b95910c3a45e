/** `sallyport email-codes`: the codes that AWS would have sent to new addresses of accounts. */

import type { EmailCodes } from '@sallyport/server'
import { Command } from 'commander'
import { administratorOf } from '../administrator.ts'
import { openAlone, serverFor, type Asked } from '../alone.ts'
import type { Target } from '../client.ts'
import { ask } from '../door.ts'
import { dataIfGiven, keyFileOption, storeOption } from '../options.ts'
import { bold, columns, say } from '../say.ts'

const EXAMPLES = `
examples:
  aws account start-primary-email-update --account-id 222222222222 --primary-email new@example.com
  sallyport email-codes                       the code to give to accept-primary-email-update
`

export function emailCodes(): Command {
  return new Command('email-codes')
    .description('print the codes that confirm new addresses of accounts, which AWS would send there')
    .option('--endpoint <url>', 'the server; else the one that runs on the data folder, else the folder itself')
    .addOption(dataIfGiven())
    .addOption(storeOption())
    .addOption(keyFileOption())
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Asked & { json?: true }) => {
      const server = await serverFor(options)
      const told = server === undefined ? await alone(options) : await behindDoor(server, options)
      say(options.json === true ? JSON.stringify(told) : forPeople(told))
    })
}

async function behindDoor(server: Target, asked: Asked): Promise<EmailCodes> {
  const { EMAIL_CODES_PATH } = await import('@sallyport/server')
  const administrator = administratorOf(asked, '`email-codes`')
  const sent = { method: 'GET', path: EMAIL_CODES_PATH }
  return (await ask(server, sent, { keys: administrator, member: 'codes' })) as EmailCodes // what the door says it gives
}

async function alone(asked: Asked): Promise<EmailCodes> {
  const [{ emailCodesOf }, server] = await Promise.all([import('@sallyport/server'), openAlone(asked)])
  try {
    return emailCodesOf(server.world)
  } finally {
    await server.close()
  }
}

function forPeople({ codes }: EmailCodes): string {
  if (codes.length === 0) return 'no address waits for its code'
  const cells = codes.map(({ account, email, code, madeAt }) => [account, code, email, madeAt])
  const [head = '', ...lines] = columns([['account', 'code', 'address', 'made'], ...cells])
  return [bold(head), ...lines].join('\n')
}
