/** `sallyport clock`: shows and moves the test clock of a server. */

import { Command } from 'commander'
import type { Reply, Sent } from '../client.ts'
import { send } from '../client.ts'
import { Failure, Usage } from '../failure.ts'
import { dataIfGiven } from '../options.ts'
import { say } from '../say.ts'
import { targetOf, type Whereabouts } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  sallyport clock                             what time it is there
  sallyport clock +1h                         an hour on; also +90s, +901, +1h30m, -1d
  sallyport clock set 2026-12-01T00:00:00Z
  sallyport clock reset                       back to the machine's time
`

type Move = { readonly by: number } | { readonly to: string } | { readonly reset: true } | undefined

export function clock(): Command {
  return (
    new Command('clock')
      .description('show or move the time of a server that was started with --test-clock')
      .usage('[show | +1h | -1d | set <time> | reset] [options]')
      .argument('[words...]', 'the move: `show`, a duration with its sign, `set` and a time, or `reset`')
      .option('--endpoint <url>', 'the server; else the one of the data folder, else AWS_ENDPOINT_URL')
      .addOption(dataIfGiven())
      .option('--json', 'print JSON')
      // A move back, `-1d`, looks like an option.
      .allowUnknownOption()
      .addHelpText('after', EXAMPLES)
      .action(async (words: readonly string[], options: Whereabouts & { json?: true }) => {
        const move = parseMove(words)
        const target = targetOf(options)
        const { CLOCK_PATH, DOOR_HEADER } = await import('@sallyport/server')
        const asked: Omit<Sent, 'path'> =
          move === undefined ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(move) }
        const reply = await send(target, { ...asked, path: CLOCK_PATH, headers: { [DOOR_HEADER]: 'cli' } })
        const { now, offsetSeconds } = readState(reply)
        say(options.json === true ? JSON.stringify({ now, offsetSeconds }) : `${now}  ${describe(offsetSeconds)}`)
      })
  )
}

export function parseMove(words: readonly string[]): Move {
  const [verb = 'show', time, ...rest] = words
  if (verb === 'set' && time !== undefined && rest.length === 0) {
    // Without a zone it would mean another time on another machine.
    const exact = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(time)
    if (!exact || Number.isNaN(Date.parse(time)))
      throw new Usage(`\`${time}\` is no time: give one as 2026-12-01T00:00:00Z`)
    return { to: new Date(time).toISOString() }
  }
  if (time === undefined && verb === 'show') return undefined
  if (time === undefined && verb === 'reset') return { reset: true }
  if (time === undefined && /^[+-]/.test(verb)) return { by: parseDuration(verb) }
  throw new Usage(
    `\`${words.join(' ')}\` is no move of the clock: give \`show\`, \`+1h\`, \`-1d\`, \`set <time>\` or \`reset\``,
  )
}

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 }

/** Seconds. `+1h30m`, `-1d`; a number alone is seconds. */
function parseDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const size = text.slice(1)
  if (/^\d+$/.test(size)) return sign * Number(size)
  if (!/^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$/.test(size) || size === '') {
    throw new Usage(`\`${text}\` is no duration: give one as \`+901s\`, \`+1h30m\` or \`-1d\``)
  }
  const parts = [...size.matchAll(/(\d+)([dhms])/g)]
  return sign * parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0)
}

function readState({ status, body }: Reply): { now: string; offsetSeconds: number } {
  const answer = parsed(body)
  if (status === 200 && typeof answer['now'] === 'string')
    return { now: answer['now'], offsetSeconds: Number(answer['offsetSeconds']) }
  if (status === 400) throw new Usage('the server cannot move its clock there: a century either way is the most')
  throw new Failure(
    typeof answer['error'] === 'string' ? answer['error'] : `what answers there is no sallyport: it said ${status}`,
  )
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function describe(offsetSeconds: number): string {
  if (offsetSeconds === 0) return "(the machine's time)"
  const size = Math.abs(offsetSeconds)
  const words = Object.entries(UNITS).flatMap(([unit, seconds], at, all) => {
    const above = all[at - 1]?.[1] ?? Infinity
    const count = Math.floor((size % above) / seconds)
    return count === 0 ? [] : [`${count}${unit}`]
  })
  return `(${words.join('')} ${offsetSeconds > 0 ? 'ahead' : 'behind'})`
}
