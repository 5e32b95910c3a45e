/** `sallyport keys`: the keys that seal sessions, and a new one. */

import type { SessionKeys } from '@sallyport/server'
import { Argument, Command } from 'commander'
import { administratorOf } from '../administrator.ts'
import { openAlone, serverFor, type Asked } from '../alone.ts'
import type { Target } from '../client.ts'
import { ask } from '../door.ts'
import { dataIfGiven, keyFileOption, storeOption } from '../options.ts'
import { bold, columns, say } from '../say.ts'

const EXAMPLES = `
examples:
  sallyport keys                              their numbers, and when each was made
  sallyport keys rotate                       a new one; sessions that are open stay so

a key goes at the first rotation after no session that it sealed can live, 36 hours after its successor was made
`

type Deed = 'list' | 'rotate'

export function keys(): Command {
  return new Command('keys')
    .description('list the keys that seal sessions, or rotate them')
    .addArgument(new Argument('[deed]', 'what to do').choices(['list', 'rotate']).default('list'))
    .option('--endpoint <url>', 'the server; else the one that runs on the data folder, else the folder itself')
    .addOption(dataIfGiven())
    .addOption(storeOption())
    .addOption(keyFileOption())
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (deed: Deed, options: Asked & { json?: true }) => {
      const server = await serverFor(options)
      const told = server === undefined ? await alone(deed, options) : await behindDoor(deed, server, options)
      say(options.json === true ? JSON.stringify(told) : forPeople(told))
    })
}

async function behindDoor(deed: Deed, server: Target, asked: Asked): Promise<SessionKeys> {
  const { KEYS_PATH } = await import('@sallyport/server')
  const sent =
    deed === 'list' ? { method: 'GET', path: KEYS_PATH } : { method: 'POST', path: KEYS_PATH, body: '{"rotate":true}' }
  const administrator = administratorOf(asked, `\`keys ${deed}\``)
  return (await ask(server, sent, { keys: administrator, member: 'keys' })) as SessionKeys // what the door says it gives
}

async function alone(deed: Deed, asked: Asked): Promise<SessionKeys> {
  const [{ rotateSessionKey, sessionKeysOf }, server] = await Promise.all([
    import('@sallyport/server'),
    openAlone(asked),
  ])
  try {
    return deed === 'list' ? sessionKeysOf(server.world) : await rotateSessionKey(server.world)
  } finally {
    await server.close()
  }
}

function forPeople({ keys: rows }: SessionKeys): string {
  const cells = rows.map(({ number, madeAt = 'not known', current }) => [
    String(number).padStart(3),
    madeAt,
    current ? 'seals new sessions' : 'opens old ones',
  ])
  const [head = '', ...lines] = columns([['key', 'made', ''], ...cells])
  return [bold(head), ...lines].join('\n')
}
