/**
 * The road of a request, from bytes to answer:
 *
 *   nameOperation → checkSignature → receiveBody → readInput → identify → look → authorise → prepare → run → record → writeAnswer
 *
 * A refusal thrown anywhere on it leaves by one door: record → writeRefusal. A bug leaves by the same door as an
 * `InternalFailure` that tells the client nothing.
 */

import { accountOf, type Account, type Principal } from '@sallyport/estate'
import type { Decision } from '@sallyport/policy'
import { setTimeout as pause } from 'node:timers/promises'
import { isReadOnly, record, type Journey } from './audit/journal.ts'
import { headersOfRegion, refuseElsewhere } from './bucket-region.ts'
import type { Call } from './call.ts'
import { identify, type Signed } from './caller.ts'
import { ask, denied, inTurn } from './court.ts'
import { DIRECTORY, ORGANIZATION } from './directory.ts'
import { checkCredential } from './credential-limits.ts'
import { preflight, withCrossOrigin } from './cross-origin.ts'
import type { Functions } from './functions/order.ts'
import type { Operation } from './operation.ts'
import { uuid } from './random.ts'
import { namedForm, openForm } from './form-upload.ts'
import { quotaOf } from './quotas.ts'
import { nameOperation, receiveBody, refuseUnbuilt, type Incoming } from './reception.ts'
import { Refusal } from './refusal.ts'
import { SERVICES } from './services/index.ts'
import { Conflict, StoreTrouble } from './store/store.ts'
import type { CheckedBody } from './wire/checksum.ts'
import { readClaim, type Claim } from './wire/claim.ts'
import { CODECS } from './wire/codecs.ts'
import { wireRefusal } from './wire/dialect.ts'
import type { Named } from './wire/dispatch.ts'
import type { Answer, AnswerMarks, Message } from './wire/message.ts'
import type { Model } from './wire/model.ts'
import { hostedBucket } from './wire/s3-routes.ts'
import { checkScope, signingKeys } from './wire/signature.ts'
import { Turns } from './turns.ts'
import type { Watch } from './watch.ts'
import type { World } from './world.ts'

export interface Gate {
  answer(incoming: Incoming): Promise<Answer>
}

export interface GateOptions {
  /** Bugs, whole, with their stack. The client is told nothing of them. */
  readonly onBug: (error: unknown, requestId: string) => void
  /** Is told of every answer of the law's: a test lists what each operation asks. */
  readonly onDecision?: (operation: string, decision: Decision) => void
  readonly runner?: Functions | undefined
  /** Refuses calls to global services that are signed for any region but theirs, as AWS's endpoints do. */
  readonly strictScope?: boolean
}

const GLOBAL_SERVICES: ReadonlySet<string> = new Set(['iam', 'organizations'])

/** A call at its operation: what is run, and run again after a lost race. */
interface Visit {
  readonly operation: Operation
  readonly input: never
  readonly call: Call
  readonly journey: Journey
}

/** How often an operation is run again after a lost race before the client is told to come back. */
const RUNS = 40
/** From this run on it waits before the next, up to so many milliseconds: others are at the same things. */
const PATIENT_FROM = 3
const LONGEST_PAUSE = 64

export function createGate(
  world: World,
  { onBug, onDecision, strictScope = false, runner: functions }: GateOptions,
  watch: Watch,
): Gate {
  const keys = signingKeys()
  const turns = new Turns()

  return {
    async answer(incoming) {
      const requestId = uuid(world.random)
      const marks: AnswerMarks = { requestId, hostId: world.random.bytes(48).toString('base64') }
      const { clock, region } = world
      const begun = clock.ticks()
      const journey: Journey = { requestId, message: incoming.head, at: clock.now(), begun, region }
      const answer = await walk(incoming, journey, marks).catch((error: unknown) => leave(journey, error, marks))
      watch.left(journey, answer.status)
      noteUse(world, journey)
      if (journey.named?.service !== 's3') return answer
      // a browser hides an answer that says nothing of its page: that is what it comes to where the store fails
      return withCrossOrigin(world, incoming.head, answer).catch(() => answer)
    },
  }

  function leave(journey: Journey, error: unknown, marks: AnswerMarks): Promise<Answer> {
    if (error instanceof Refusal) return refuse(journey, error, marks)
    report(error, journey.requestId)
    return refuse(journey, new Refusal(isStoreTrouble(error) ? 'unavailable' : 'internal'), marks)
  }

  function report(error: unknown, requestId: string): void {
    onBug(error, requestId)
    if (isStoreTrouble(error)) watch.trouble(error, requestId)
  }

  async function walk(incoming: Incoming, journey: Journey, marks: AnswerMarks): Promise<Answer> {
    const asked = await preflight(world, incoming.head, marks)
    if (asked !== undefined) return asked
    const asForm = namedForm(incoming.head)
    if (asForm !== undefined) journey.named = asForm
    const form = asForm === undefined ? undefined : await openForm(incoming)
    const claim = form === undefined ? readClaim(incoming.head) : form.claim
    journey.region = claim?.region || world.region
    const { named, message } = await nameOperation(form?.incoming ?? incoming, claim)
    journey.named = named
    // What may be older than the bound that is promised is no ground for a decision.
    if (world.store.behind?.() === true) throw new Refusal('unavailable')
    await world.ground()
    const { model, operation: about } = named
    const operation = about === undefined ? undefined : SERVICES.get(named.service)?.operations.get(about.name)
    const { principal, claim: proved } = await checkSignature(named, operation, message, claim)
    journey.principal = principal
    form?.checkPolicy(world.clock.now())
    if (model === undefined || about === undefined || operation === undefined) throw refuseUnbuilt(named)
    journey.operation = operation
    refuseElsewhere(world, named, message, proved)
    checkCredential(principal, named.service, about.name)
    const body = receiveBody(form?.incoming ?? incoming, message, proved, named)
    const codec = CODECS[named.protocol]
    const input = codec.readInput(model, about, message, named.labels)
    journey.input = input
    const signed = { principal, claim: proved, ...(form === undefined ? {} : { form: true as const }) }
    const call = await arrive(journey, signed, message, body)
    const meant = await SERVICES.get(named.service)?.interpret?.(operation, input, call)
    if (meant !== undefined) Object.assign(call, meant.through)
    const output = await perform(operation, (meant?.input ?? input) as never, call, journey) // the codec read it by this operation's model
    const answer = codec.writeOutput(model, about, output as Record<string, unknown>, marks) // what `run` gives is what its model says
    return form?.answer(answer) ?? answer
  }

  async function checkSignature(
    named: Named,
    operation: Operation | undefined,
    message: Message,
    claim: Claim | undefined,
  ): Promise<Signed | { principal: Principal; claim: undefined }> {
    if (claim !== undefined) {
      if (named.model !== undefined) checkScope(claim, scopeOf(named.model))
      return identify(world, keys, message, claim, hostedBucket(message))
    }
    // S3 lets anybody ask; whether they get anything is the bucket policy's to say.
    const open = named.operation?.unsigned === true || (named.service === 's3' && operation !== undefined)
    if (open) return { principal: { type: 'Anonymous' }, claim: undefined }
    throw new Refusal('missingToken')
  }

  /** One region stands for a global service, where scopes are taken strictly: AWS refuses IAM calls signed for another. */
  function scopeOf({ signingName }: Model): { service: string; region?: string } {
    const global = strictScope && GLOBAL_SERVICES.has(signingName)
    return { service: signingName, ...(global ? { region: 'us-east-1' } : {}) }
  }

  async function arrive(
    journey: Journey,
    { principal, claim, form }: { readonly principal: Principal } & Pick<Call, 'claim' | 'form'>,
    message: Message,
    body: CheckedBody,
  ): Promise<Call> {
    const home = accountOf(principal)
    if (home !== undefined) await world.enter(home)
    const { region, at: now, requestId } = journey
    const { headers, source } = message
    const userAgent = headers['user-agent'] ?? ''
    const circumstances = { now, sourceIp: source.ip, userAgent, region, secureTransport: source.tls }
    const call: Call = {
      principal,
      ...(claim === undefined ? {} : { claim }),
      ...(form === undefined ? {} : { form }),
      ...(source.tlsVersion === undefined ? {} : { tlsVersion: source.tlsVersion }),
      circumstances,
      estate: world.seen,
      directory: world.directory,
      reference: world.reference,
      get account(): Account {
        const account = home === undefined ? undefined : world.seen.account(home)
        if (account === undefined) throw new Refusal('denied')
        return account
      },
      quota: (name, of = home) =>
        quotaOf(world.quotas, of === undefined ? undefined : world.account(of), { name, region }),
      approvesQuotas: world.approvesQuotas,
      region,
      now,
      requestId,
      random: world.random,
      sessions: world.sessions,
      keyring: world.keyring,
      issuers: world.issuers,
      usage: world.usage,
      shelves: world.store,
      blobs: world.blobs,
      ...(functions !== undefined && { functions }),
      headers,
      body,
      bring: (accounts) => world.bring(accounts),
      confirm: (account) => world.land.confirm(account),
      turns: turns.begin(),
      may: (asking) =>
        inTurn(asking).every(
          (one) =>
            heard(journey.operation, ask(world.seen, call, one, journey.operation?.name ?? '')).effect === 'Allow',
        ),
    }
    return call
  }

  async function perform(operation: Operation, input: never, call: Call, journey: Journey): Promise<object> {
    try {
      return await performInTurn(operation, input, call, journey)
    } finally {
      call.turns.leave()
    }
  }

  async function performInTurn(operation: Operation, input: never, call: Call, journey: Journey): Promise<object> {
    const visit = { operation, input, call, journey }
    if (operation.identify !== undefined) await present(visit)
    if (operation.look !== undefined) await untilItHolds(visit, () => look(visit))
    if (operation.prepare !== undefined) await untilItHolds(visit, async () => authorise(visit))
    const prepared = await operation.prepare?.(input, sighted(call))
    try {
      return await untilItHolds(visit, (touched) => run(visit, prepared, touched))
    } catch (error) {
      if (prepared !== undefined && journey.recorded !== true) await operation.release?.(prepared as never, call) // its own
      throw error
    }
  }

  /** Who has no key is whoever a provider vouches for. */
  async function present({ operation, input, call, journey }: Visit): Promise<void> {
    await world.bring(operation.needs?.(input, call) ?? [])
    const found = await operation.identify?.(input, call)
    if (found === undefined) return
    Object.assign(call, { principal: found.principal, seen: found.seen })
    Object.assign(journey, { principal: found.principal, shown: found.shown })
  }

  /** Takes a step until it stands on nothing that was written in vain, or somebody refuses. */
  async function untilItHolds<T>(visit: Visit, step: (touched: readonly string[]) => Promise<T>): Promise<T> {
    for (let runs = 1; ; runs += 1) {
      const touched = await bring(visit)
      try {
        renew(visit.call)
        return await step(touched)
      } catch (error) {
        const held = await settled(touched)
        // a refusal may have leaned on what another call wrote in vain: then it is asked anew
        if (!(error instanceof Conflict) && !(error instanceof Refusal && !held)) throw error
        if (runs >= RUNS) throw new Refusal('unavailable')
        watch.rerun()
        if (runs >= PATIENT_FROM) await pause(((world.random.bytes(1)[0] ?? 0) / 256) * LONGEST_PAUSE)
      }
    }
  }

  /** All that the call touches, in memory and up to date. */
  async function bring({ operation, input, call }: Visit): Promise<readonly string[]> {
    await world.ground()
    const touched = [...(operation.needs?.(input, call) ?? []), accountOf(call.principal) ?? '']
    await world.bring(touched)
    return touched
  }

  /** The caller as they are now: policies may have changed, and keys ended, since the signature was checked. */
  function renew(call: Call): void {
    const principal = world.renewed(call.principal)
    if (principal === undefined) throw new Refusal('unknownKey')
    if (principal !== call.principal) Object.assign(call, { principal })
  }

  /** Asks the law and runs, in one turn of the event loop, so that what was decided on is what is changed. */
  async function run(visit: Visit, prepared: unknown, touched: readonly string[]): Promise<object> {
    const { operation, input, call, journey } = visit
    authorise(visit)
    const {
      output,
      changes = [],
      afterwards,
    } = world.outcome(changesIdentities(operation), () => operation.run(input, ready(call, prepared)))
    if (changes.length === 0) await settle(touched, journey, output)
    else {
      world.changing(changes)
      await world.land.commit(changes, [record(world, journey, { output })])
    }
    journey.recorded = true
    const { changes: rest = [], refusal, output: later = output } = (await afterwards?.()) ?? {}
    if (rest.length > 0) await world.land.commit(rest, [])
    if (refusal !== undefined) throw refusal
    return later
  }

  async function settle(touched: readonly string[], journey: Journey, output: object): Promise<void> {
    if (!(await settled(touched))) throw new Conflict(touched[0] ?? '')
    await world.store.note(record(world, journey, { output }))
  }

  function settled(touched: readonly string[]): Promise<boolean> {
    return world.land.settled([...touched, DIRECTORY, ORGANIZATION])
  }

  /** Every question that the operation asks must be allowed. Throws the denial in AWS's words. */
  function authorise({ operation, input, call, journey }: Visit): void {
    const asked = operation.asks(input, sighted(call))
    journey.decisions = []
    if (asked === 'each') return
    const questions = (Array.isArray(asked) ? asked : [asked]).flatMap(inTurn)
    // an input whose lists are empty names nothing that could be asked about, and nothing is allowed unasked
    if (questions.length === 0) throw new Refusal('missingParameter')
    for (const asking of questions) {
      const decision = heard(operation, ask(world.seen, call, asking, operation.name))
      journey.decisions.push(decision)
      if (decision.effect === 'Allow') continue
      throw denied(decision, world, world.keyring, journey.named?.service ?? '', call.principal)
    }
  }

  function heard(operation: Operation | undefined, decision: Decision): Decision {
    onDecision?.(operation?.name ?? '', decision)
    return decision
  }

  /** INVARIANT: a call is recorded once. What was committed has its record with it, even where what came after it failed. */
  async function refuse(journey: Journey, refusal: Refusal, marks: AnswerMarks): Promise<Answer> {
    const { named } = journey
    const said = await recordRefusal(journey, refusal)
    const wire = wireRefusal(named?.service ?? 'sts', said, named?.model, named?.protocol)
    journey.refused = wire.code
    const { status, headers, body } = CODECS[named?.protocol ?? 'awsQuery'].writeRefusal(named?.model, wire, marks)
    const answer = { status, headers: { ...headers, ...headersOfRegion(world.directory, named), ...said.headers } }
    return journey.message.method === 'HEAD' || body === undefined ? answer : { ...answer, body }
  }

  /** What is said in the end: nothing but a fault that passes, where not even a refusal can be recorded. */
  async function recordRefusal(journey: Journey, refusal: Refusal): Promise<Refusal> {
    if (journey.recorded === true) return refusal
    const { named } = journey
    const wire = wireRefusal(named?.service ?? 'sts', refusal, named?.model, named?.protocol)
    try {
      await world.store.note(record(world, journey, { refusal: wire }))
      return refusal
    } catch (error) {
      report(error, journey.requestId)
      return new Refusal('unavailable')
    }
  }
}

function changesIdentities(operation: Operation): boolean {
  return operation.name.startsWith('iam:') && !isReadOnly(operation)
}

/** Whoever was known has used it, allowed or not (UG access_policies_last-accessed). */
function noteUse({ usage }: World, { principal, named, decisions, at, region }: Journey): void {
  if (principal === undefined || named?.model === undefined || named.operation === undefined) return
  const service = named.model.signingName
  const action = decisions?.[0]?.request.action ?? `${service}:${named.operation.name}`
  usage.note(principal, { service, action, at, region: GLOBAL_SERVICES.has(service) ? 'us-east-1' : region })
}

async function look({ operation, input, call }: Visit): Promise<void> {
  Object.assign(call, { seen: await operation.look?.(input, call) })
}

/** The call after `look`, whose result it keeps: `undefined` for an operation that has none. */
function sighted(call: Call): never {
  return call as never // what the operation's own `look` saw
}

/** The call as `run` gets it: a call has one `prepare`, whose result it keeps. */
function ready(call: Call, prepared: unknown): never {
  return Object.assign(call, { prepared }) as never // what the operation's own `prepare` made
}

/** The disk or the database failed, and not our code: the client may come back. */
export function isStoreTrouble(error: unknown): boolean {
  if (error instanceof StoreTrouble) return true
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return ['ERR_SQLITE_ERROR', 'ENOSPC', 'EIO', 'EROFS', 'EDQUOT'].includes(code)
}
