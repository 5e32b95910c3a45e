/** `sallyport explain`: why a call went as it did, or how one would go. */

import type { Question } from '@sallyport/server'
import { Command } from 'commander'
import { askServer, contextOf } from '../explain/door.ts'
import { paint } from '../explain/paint.ts'
import { wordsOf } from '../explain/words.ts'
import { Usage } from '../failure.ts'
import { dataIfGiven } from '../options.ts'
import { dim, say } from '../say.ts'
import type { Whereabouts } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  sallyport explain 0f38824c-7f07-491b-a156-b5fb9fdd03fc        the call with this request id
  sallyport explain AQABAAAAAQ…                                 an encoded authorization message
  sallyport explain -- s3:GetObject arn:aws:s3:::bucket/key --as Staging:alice
  sallyport explain -- sts:AssumeRole arn:aws:iam::111111111111:role/r --as 222222222222:alice --context sts:ExternalId=x

a principal is an ARN, or account and name: 111111111111:alice, Staging:deployer, Staging:root
`

interface Options extends Whereabouts {
  readonly as?: string
  readonly context?: readonly string[]
  readonly json?: true
}

export function explain(): Command {
  return new Command('explain')
    .description('tell why a call was allowed or denied, layer by layer, and what would change it')
    .usage('[options] <request id | encoded message | -- <action> <resource> --as <principal>>')
    .argument('<words...>', 'a request id, an encoded message, or an action and a resource')
    .option('--as <principal>', 'who would call')
    .option('--context <key=value>', 'a condition key of the call; again for several', collect)
    .option('--endpoint <url>', 'the server; else the one of the data folder, else AWS_ENDPOINT_URL')
    .addOption(dataIfGiven())
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (words: readonly string[], given: Options) => {
      const { operands, options } = withWords(words, given)
      const answer = await askServer(options, askedBy(operands, options))
      if (options.json === true) return say(JSON.stringify(answer))
      if (answer.note !== undefined) say(dim(answer.note))
      return say(paint(answer.text))
    })
}

/** Options may stand behind the `--` as well as before it. */
function withWords(words: readonly string[], given: Options): { operands: readonly string[]; options: Options } {
  const { operands, options } = wordsOf(words, ['as', 'context', 'endpoint', 'data'], ['json'])
  const last = (name: string): object => {
    const value = options.get(name)?.at(-1)
    return value === undefined ? {} : { [name]: value }
  }
  const context = [...(given.context ?? []), ...(options.get('context') ?? [])]
  const json = options.has('json') ? { json: true as const } : {}
  return { operands, options: { ...given, ...last('as'), ...last('endpoint'), ...last('data'), ...json, context } }
}

function askedBy(operands: readonly string[], { as: principal, context = [] }: Options): Question {
  const [first = '', resource, ...rest] = operands
  if (rest.length > 0) throw new Usage(`\`${rest.join(' ')}\` is too much: give an action and a resource`)
  if (resource !== undefined) {
    if (principal === undefined) throw new Usage('who would call? name a principal with `--as`')
    return { principal, action: first, resource, context: contextOf(context) }
  }
  if (principal !== undefined) throw new Usage('on what? give an action and a resource, `*` where it has none')
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(first)) return { requestId: first }
  if (/^[\w+/-]{60,}={0,2}$/.test(first)) return { message: first }
  throw new Usage(`\`${first}\` is neither a request id nor an encoded message`)
}

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
