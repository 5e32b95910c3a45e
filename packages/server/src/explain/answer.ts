/** What the door answers: why a call went as it did, what a sealed message says, and whether somebody may. */

import type { Circumstances } from '@sallyport/estate'
import { explained, tree, type Decision, type Explained } from '@sallyport/policy'
import type { AuditRecord } from '../audit/record.ts'
import { ask } from '../court.ts'
import type { World } from '../world.ts'
import { openMessage } from '../explanation.ts'
import { principalAt, QuestionError } from './question.ts'
import { questionsOn } from './resource.ts'

export type Question =
  | { readonly requestId: string }
  | { readonly message: string }
  | {
      readonly principal: string
      readonly action: string
      readonly resource: string
      readonly context: Readonly<Record<string, string | readonly string[]>>
    }

export interface ExplainAnswer {
  /** For people. */
  readonly text: string
  /** Absent where the law was not asked. */
  readonly effect?: Decision['effect']
  /** Where the answer does not speak of the moment of the call. */
  readonly note?: string
  readonly explained?: Explained
  readonly record?: Pick<AuditRecord, 'eventTime' | 'eventSource' | 'eventName' | 'errorCode' | 'errorMessage'>
}

export function answerTo(world: World, question: Question, circumstances: Circumstances): Promise<ExplainAnswer> {
  if ('requestId' in question) return aboutCall(world, question.requestId, circumstances)
  if ('message' in question) return Promise.resolve(aboutMessage(world, question.message))
  return may(world, question, circumstances)
}

async function may(
  world: World,
  { principal: who, action, resource, context }: Extract<Question, { principal: string }>,
  circumstances: Circumstances,
): Promise<ExplainAnswer> {
  if (!/^[a-z0-9-]+:[a-z0-9]+$/i.test(action)) {
    throw new QuestionError(`\`${action}\` is no action: give one as s3:GetObject`)
  }
  const principal = await principalAt(world, who)
  const questions = await questionsOn(world, { principal, action, resource, circumstances })
  const decisions = questions.map((asking) => {
    const all = { ...asking, action, context: { ...asking.context, ...context } }
    return ask(world, { principal, circumstances }, all, action)
  })
  const decision = decisions.find(({ effect }) => effect === 'Deny') ?? decisions.at(-1)
  if (decision === undefined) throw new Error('a question is asked at least once')
  return { text: tree(decision), effect: decision.effect, explained: explained(decision) }
}

function aboutMessage(world: World, message: string): ExplainAnswer {
  const opened = openMessage(world.keyring, message)
  if (opened === undefined) throw new QuestionError('the message was not encoded by this server')
  return { text: opened.explanation ?? opened.message, effect: 'Deny' }
}

/** A denial is told as it was decided then. What was allowed is decided again, on what is there now. */
async function aboutCall(world: World, requestId: string, circumstances: Circumstances): Promise<ExplainAnswer> {
  const [found] = (await world.store.audited({ requestId, limit: 1 })).records
  if (found === undefined) throw new QuestionError(`no call has the request id \`${requestId}\``)
  const { eventTime, eventSource, eventName, errorCode, errorMessage, userIdentity } = found
  const record = {
    eventTime,
    eventSource,
    eventName,
    ...(errorCode !== undefined && { errorCode }),
    ...(errorMessage !== undefined && { errorMessage }),
  }
  const verdict = verdictIn(found)
  if (verdict === undefined) return { text: `the law was not asked: ${ending(record)}`, record }
  const { explanation, action, resource } = verdict
  if (explanation !== undefined) return { text: explanation, effect: 'Deny', record }
  const who = userIdentity.arn ?? userIdentity.invokedBy ?? 'anonymous'
  const again = await may(world, { principal: who, action, resource, context: {} }, circumstances)
  const allowed = errorCode === undefined ? 'the call was allowed' : `the law allowed the call, then ${ending(record)}`
  const note = `${allowed} at ${eventTime}; this is decided again on what is there now, without the call's own tags and headers`
  return { ...again, note, record }
}

function ending({ errorCode, errorMessage }: Pick<AuditRecord, 'errorCode' | 'errorMessage'>): string {
  return errorCode === undefined ? 'the call went through' : `it was refused as ${errorCode}: ${errorMessage ?? ''}`
}

interface Recorded {
  readonly action: string
  readonly resource: string
  readonly explanation?: string
}

/** What audit/journal.ts wrote beside AWS's own members. */
function verdictIn({ additionalEventData }: AuditRecord): Recorded | undefined {
  return additionalEventData?.['sallyport'] as Recorded | undefined // written by `verdict` there
}
