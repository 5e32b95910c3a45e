/** Tells the story, step by step, and says at the end whether it went as told. */

import type { Keys } from '../credentials.ts'
import { bold, cyan, dim, green, red, say, wrap } from '../say.ts'
import type { Whereabouts } from '../whereabouts.ts'
import { query, type Answer } from './calls.ts'
import { ask, findCast, openStage, type Stage } from './stage.ts'
import { KEYED, keysIn, stagingStory, type Actor, type Step } from './staging.ts'

const WIDTH = 100
const INDENT = '     '
const INSIDE = `${INDENT}  `

type Keyring = Map<Actor, Keys>

/** Resolves to whether every step came out as told. */
export async function tell(where: Whereabouts): Promise<boolean> {
  const stage = await openStage(where)
  const keyring: Keyring = new Map([['administrator', stage.administrator]])
  try {
    const steps = stagingStory(await findCast(stage))
    opening(stage)
    let right = 0
    for (const [at, step] of steps.entries()) {
      say(`${String(at + 1).padStart(3)}  ${bold(step.title)}`)
      if (await play(step, stage, keyring)) right += 1
      else if (step.keeps !== undefined) break
    }
    closing(stage, right, steps.length)
    return right === steps.length
  } finally {
    await takeKeys(stage, keyring)
    await stage.close()
  }
}

async function play(step: Step, stage: Stage, keyring: Keyring): Promise<boolean> {
  const { as, command, comes, keeps, why } = step
  say(`${INDENT}${cyan(`$ ${command}${as === 'administrator' ? '' : ` --profile ${as}`}`)}`)
  const keys = keyring.get(as)
  if (keys === undefined) throw new Error(`nobody has given \`${as}\` a key`)
  const answer = await asked(step, stage, keys)
  if (keeps !== undefined && answer.code === 'done') keyring.set(keeps, keysIn(answer.body))
  const right = answer.code === comes
  say(wrap(outcome(step, answer, right), WIDTH, `${INDENT}${right ? green('✓') : red('✗')} `, INSIDE))
  if (why !== undefined) say(dim(wrap(why, WIDTH, INSIDE, INSIDE)))
  say()
  return right
}

/** What an earlier telling left behind is used again. */
async function asked({ ask: question, again }: Step, { target }: Stage, keys: Keys): Promise<Answer> {
  const answer = await ask(target, keys, question)
  if (answer.code !== 'EntityAlreadyExists' || again === undefined) return answer
  return again === true ? { code: 'done', message: 'there from before', body: '' } : ask(target, keys, again)
}

function outcome({ comes, shows }: Step, { code, message, body }: Answer, right: boolean): string {
  if (!right) return `${comes} should have come, and ${code} came: ${message}`
  if (code === 'done') return message || (shows?.(body) ?? 'done')
  return `refused, as it must be: ${code}: ${message}`
}

function opening({ target, own }: Stage): void {
  say(bold('Three accounts: what is deployed, what is tried, what is built. A developer shall look into Staging.'))
  say(dim(`on ${target.endpoint}${own ? ', a server that ends with the story' : ''}`))
  say(
    dim(
      'A command without --profile is the administrator’s; each other profile has the key that a step before it gave.',
    ),
  )
  say()
}

function closing({ own }: Stage, right: number, steps: number): void {
  if (right < steps) return say(red(`${right} of ${steps} steps went as told`))
  say(green(`${steps} of ${steps} steps went as told`))
  if (!own) say(dim('The role, the group and the users stay for you to try; their keys of this story are gone.'))
}

async function takeKeys({ target, own }: Stage, keyring: Keyring): Promise<void> {
  if (own) return
  for (const { user, by } of KEYED) {
    const key = keyring.get(user)
    const owner = keyring.get(by)
    if (key === undefined || owner === undefined) continue
    await ask(target, owner, query('iam:DeleteAccessKey', { UserName: user, AccessKeyId: key.accessKeyId }))
  }
}
