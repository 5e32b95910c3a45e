/** The door by which an operator asks why a call went as it did, or would go: `/_sallyport/explain`. */

import { answerTo, type Question } from './explain/answer.ts'
import { QuestionError } from './explain/question.ts'
import type { OwnDoor } from './http.ts'
import { membersOf, signedDoor, type Errand } from './signed-door.ts'
import type { Message } from './wire/message.ts'
import type { World } from './world.ts'

export const EXPLAIN_PATH = '/_sallyport/explain'

export function explainDoor(world: World, onBug: (error: unknown) => void): OwnDoor {
  const explain: Errand = {
    action: 'sallyport:Explain',
    answer: (message, circumstances) => answerTo(world, readQuestion(message), circumstances),
  }
  return signedDoor(world, { path: EXPLAIN_PATH, errands: { POST: explain }, methods: 'POST a question' }, onBug)
}

function readQuestion(message: Message): Question {
  const given = membersOf(message)
  const text = (name: string): string | undefined => (typeof given[name] === 'string' ? given[name] : undefined)
  const [requestId, sealed, principal] = [text('requestId'), text('message'), text('principal')]
  if (requestId !== undefined) return { requestId }
  if (sealed !== undefined) return { message: sealed }
  const [action, resource] = [text('action'), text('resource')]
  if (principal === undefined || action === undefined || resource === undefined) {
    throw new QuestionError('give `requestId`, or `message`, or `principal`, `action` and `resource`')
  }
  return { principal, action, resource, context: contextIn(given['context']) }
}

function contextIn(value: unknown): Readonly<Record<string, string | readonly string[]>> {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null) throw new QuestionError('`context` is an object of keys and values')
  return Object.fromEntries(
    Object.entries(value).map(([key, one]: [string, unknown]) => {
      if (typeof one === 'string') return [key, one]
      if (Array.isArray(one) && one.every((it) => typeof it === 'string')) return [key, one]
      throw new QuestionError(`the value of \`${key}\` is a text or a list of texts`)
    }),
  )
}
