/** Calling a function. */

import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import type { Order } from '../../functions/order.ts'
import {
  about,
  accountNamed,
  find,
  named,
  qualifiedArn,
  resolve,
  versionOf,
  type Named,
  type StoredFunction,
} from './shared.ts'

/** Bytes of an event. Lambda DG gettingstarted-limits. */
const EVENT = { RequestResponse: 6_291_456, Event: 1_048_576, DryRun: 6_291_456 } as const
const RETRIES = 2
/** Seconds: six hours. */
const AGE = 21_600

/**
 * lambda:Invoke. The law is asked before the function runs, and the call recorded; what the function does to its caller's
 * permissions changes nothing for this call.
 */
export const invoke = operation('lambda:Invoke', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => ({ ...about(call, named(call, input)), action: 'lambda:InvokeFunction' }),
  refusals: [
    'InvalidParameterValueException',
    'InvalidRequestContentException',
    'ResourceNotFoundException',
    'TooManyRequestsException',
  ],
  run(input, call) {
    const { functions } = call
    const { InvocationType = 'RequestResponse', LogType } = input
    const it = named(call, input)
    const { row, version } = chosen(call, it)
    const event = eventOf(input)
    refuseUnbuilt(input)
    if (InvocationType === 'DryRun') return { output: { StatusCode: 204 } }
    if (functions === undefined)
      throw new Refusal('notBuilt', 'this server runs no functions: it was started with `--functions off`')
    const { account } = it
    const order = orderOf(call, { account, row, version, event, arn: qualifiedArn(call, it), input })
    if (InvocationType === 'Event') {
      const { retries = RETRIES, age = AGE } = patienceOf(find(call, it), it)
      return { output: { StatusCode: 202 }, afterwards: async () => functions.queue(order, { retries, age }) }
    }
    functions.refuseCrowd(order)
    return {
      output: { StatusCode: 200 },
      async afterwards() {
        const { body, failed, tail } = await functions.invoke(order)
        const output = {
          StatusCode: 200,
          ExecutedVersion: version,
          Payload: Object.assign(Buffer.from(body), { transformToString: () => body }),
          ...(failed && { FunctionError: 'Unhandled' }),
          ...(LogType === 'Tail' && { LogResult: tail.toString('base64') }),
        }
        return { output }
      },
    }
  },
})

type Invoking = Input<'lambda:Invoke'>

interface Ordering extends Pick<Order, 'account' | 'version' | 'event' | 'arn' | 'row'> {
  readonly input: Invoking
}

function orderOf({ region, requestId }: Call, { input, ...order }: Ordering): Order {
  const { ClientContext } = input
  const clientContext = ClientContext === undefined ? undefined : Buffer.from(ClientContext, 'base64').toString()
  if (clientContext !== undefined && !isJson(clientContext))
    throw new Refusal('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.')
  return { ...order, region, requestId, ...(clientContext !== undefined && { clientContext }) }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What the qualifier means; an alias that shares its calls is drawn for. */
function chosen(call: Call, it: Named): { readonly row: StoredFunction; readonly version: string } {
  const { latest, ...found } = resolve(call, it)
  const { other } = latest.aliases?.find(({ name }) => name === it.qualifier) ?? {}
  const reserved = latest.reserved === undefined ? {} : { reserved: latest.reserved }
  const drawn = other !== undefined && call.random.bytes(4).readUInt32BE() / 2 ** 32 < other.weight
  const row = drawn ? versionOf(call, it, other.version) : undefined
  const taken = row === undefined || other === undefined ? found : { row, version: other.version }
  return { version: taken.version, row: { ...taken.row, ...reserved } }
}

function patienceOf({ asynchronous = {} }: StoredFunction, { qualifier = '$LATEST' }: Named) {
  return asynchronous[qualifier] ?? { updatedAt: 0 }
}

function eventOf({ Payload, InvocationType = 'RequestResponse' }: Invoking): string {
  const bytes = (Payload ?? new Uint8Array()) as Uint8Array // the codec reads a blob as its bytes
  const limit = EVENT[InvocationType]
  if (bytes.length > limit) {
    throw new Refusal(
      'tooLarge',
      InvocationType === 'Event'
        ? `${bytes.length} byte payload is too large for the Event invocation type (limit ${limit} bytes)`
        : `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
    )
  }
  if (bytes.length === 0) return '{}'
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    JSON.parse(text)
    return text
  } catch (error) {
    const words = error instanceof SyntaxError ? error.message : 'Invalid UTF-8 start byte'
    throw new Refusal(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${words}`,
    )
  }
}

function refuseUnbuilt({ DurableExecutionName, TenantId }: Invoking): void {
  const asked = DurableExecutionName === undefined ? TenantId && 'TenantId' : 'DurableExecutionName'
  if (asked !== undefined)
    throw new Refusal('InvalidParameterValueException', `sallyport has not built \`${asked}\`: leave it out`)
}
