/** How events that nobody waits for are handled: how often they are tried again, and for how long. */

import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import {
  about,
  accountNamed,
  arnOf,
  find,
  invalid,
  named,
  pageOf,
  resolve,
  written,
  type AsynchronousConfig,
  type Named,
} from './shared.ts'

type Given = Input<'lambda:PutFunctionEventInvokeConfig'>

/** lambda:PutFunctionEventInvokeConfig. What is not said is as if it never was. */
export const putFunctionEventInvokeConfig = operation('lambda:PutFunctionEventInvokeConfig', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run: (input, call) => write(input, call, {}),
})

/** lambda:UpdateFunctionEventInvokeConfig. What is not said stays. */
export const updateFunctionEventInvokeConfig = operation('lambda:UpdateFunctionEventInvokeConfig', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run: (input, call) => write(input, call, config(call, named(call, input))),
})

/** lambda:GetFunctionEventInvokeConfig. */
export const getFunctionEventInvokeConfig = operation('lambda:GetFunctionEventInvokeConfig', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    return { output: show(call, it, config(call, it)) }
  },
})

/** lambda:DeleteFunctionEventInvokeConfig. */
export const deleteFunctionEventInvokeConfig = operation('lambda:DeleteFunctionEventInvokeConfig', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    config(call, it)
    const row = find(call, it)
    const { [placeOf(it)]: _, ...asynchronous } = row.asynchronous ?? {}
    return { output: {}, changes: [written(call, it, { ...row, asynchronous })] }
  },
})

/** lambda:ListFunctionEventInvokeConfigs. */
export const listFunctionEventInvokeConfigs = operation('lambda:ListFunctionEventInvokeConfigs', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run({ Marker, MaxItems, ...input }, call) {
    const it = named(call, input)
    const all = Object.entries(find(call, it).asynchronous ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const listing = `lambda:ListFunctionEventInvokeConfigs/${it.account}/${call.region}/${it.name}`
    const found = pageOf(call, all, { listing, Marker, MaxItems, keyOf: ([name]) => name })
    const FunctionEventInvokeConfigs = found.items.map(([qualifier, one]) => show(call, { ...it, qualifier }, one))
    return { output: { FunctionEventInvokeConfigs, NextMarker: found.next } }
  },
})

function write(input: Given, call: Call, before: Partial<AsynchronousConfig>) {
  const it = named(call, input)
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {}
  if ((OnSuccess?.Destination ?? '') !== '' || (OnFailure?.Destination ?? '') !== '')
    throw invalid('sallyport has not built destinations of functions: leave `DestinationConfig` out')
  const { latest: row } = resolve(call, it)
  const { MaximumRetryAttempts: retries = before.retries, MaximumEventAgeInSeconds: age = before.age } = input
  const one = { updatedAt: call.now, ...(retries !== undefined && { retries }), ...(age !== undefined && { age }) }
  const asynchronous = { ...row.asynchronous, [placeOf(it)]: one }
  return { output: show(call, it, one), changes: [written(call, it, { ...row, asynchronous })] }
}

function config(call: Call, it: Named): AsynchronousConfig {
  const found = find(call, it).asynchronous?.[placeOf(it)]
  if (found !== undefined) return found
  const words = `The function ${arnOf(call, it)}:${placeOf(it)} doesn't have an EventInvokeConfig`
  throw new Refusal('ResourceNotFoundException', words)
}

function placeOf({ qualifier = '$LATEST' }: Named): string {
  return qualifier
}

function show(call: Call, it: Named, { updatedAt, retries, age }: AsynchronousConfig) {
  return {
    LastModified: new Date(updatedAt),
    FunctionArn: `${arnOf(call, it)}:${placeOf(it)}`,
    MaximumRetryAttempts: retries,
    MaximumEventAgeInSeconds: age,
    DestinationConfig: { OnSuccess: {}, OnFailure: {} },
  }
}
