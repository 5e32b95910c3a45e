/** Settings that stand beside a function's configuration: they are kept and told again. */

import { operation } from '../../operation.ts'
import { about, accountNamed, find, invalid, named, qualifiedArn, resolve, written } from './shared.ts'
import { unqualified } from './version.ts'

/** lambda:GetFunctionCodeSigningConfig. No function has one. */
export const getFunctionCodeSigningConfig = operation('lambda:GetFunctionCodeSigningConfig', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const { name } = find(call, unqualified(named(call, input)))
    return { output: { FunctionName: name, CodeSigningConfigArn: '' } }
  },
})

/** lambda:PutRuntimeManagementConfig. There is one runtime here, so none can be held back. */
export const putRuntimeManagementConfig = operation('lambda:PutRuntimeManagementConfig', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    const { latest: row } = resolve(call, it)
    const { UpdateRuntimeOn } = input
    if (UpdateRuntimeOn === 'Manual' || input.RuntimeVersionArn !== undefined)
      throw invalid('sallyport has not built versions of runtimes: `UpdateRuntimeOn` is `Auto` or `FunctionUpdate`')
    const runtimeUpdates = { ...row.runtimeUpdates, [it.qualifier ?? '$LATEST']: UpdateRuntimeOn }
    return {
      output: { UpdateRuntimeOn, FunctionArn: qualifiedArn(call, it) },
      changes: [written(call, it, { ...row, runtimeUpdates })],
    }
  },
})

/** lambda:GetRuntimeManagementConfig. */
export const getRuntimeManagementConfig = operation('lambda:GetRuntimeManagementConfig', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = named(call, input)
    const { runtimeUpdates } = resolve(call, it).latest
    const UpdateRuntimeOn = runtimeUpdates?.[it.qualifier ?? '$LATEST'] ?? ('Auto' as const)
    return { output: { UpdateRuntimeOn, FunctionArn: qualifiedArn(call, it) } }
  },
})

/** lambda:PutFunctionRecursionConfig. */
export const putFunctionRecursionConfig = operation('lambda:PutFunctionRecursionConfig', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = unqualified(named(call, input))
    const { RecursiveLoop } = input
    const row = { ...find(call, it), recursiveLoop: RecursiveLoop }
    return { output: { RecursiveLoop }, changes: [written(call, it, row)] }
  },
})

/** lambda:GetFunctionRecursionConfig. */
export const getFunctionRecursionConfig = operation('lambda:GetFunctionRecursionConfig', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const { recursiveLoop = 'Terminate' as const } = find(call, unqualified(named(call, input)))
    return { output: { RecursiveLoop: recursiveLoop } }
  },
})
