/** How many calls of a function run at once, and what the account has. */

import { operation } from '../../operation.ts'
import { about, accountNamed, find, functionsOf, invalid, named, written, type StoredFunction } from './shared.ts'
import { unqualified } from './version.ts'

/** Quotas of a new account. Lambda DG gettingstarted-limits. */
const UNRESERVED_AT_LEAST = 100
const CODE_BYTES = 80_530_636_800
const UNZIPPED_BYTES = 262_144_000
const ZIPPED_BYTES = 52_428_800

/** lambda:PutFunctionConcurrency. Zero stops the function. */
export const putFunctionConcurrency = operation('lambda:PutFunctionConcurrency', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = unqualified(named(call, input))
    const row = find(call, it)
    const { ReservedConcurrentExecutions: reserved } = input
    const others = reservedBy(functionsOf(call, it.account).filter(({ name }) => name !== it.name))
    if (call.quota('lambda:ConcurrentExecutions', it.account) - others - reserved < UNRESERVED_AT_LEAST) {
      throw invalid(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_AT_LEAST}].`,
      )
    }
    const changes = [written(call, it, { ...row, reserved })]
    return { output: { ReservedConcurrentExecutions: reserved }, changes }
  },
})

/** lambda:GetFunctionConcurrency. */
export const getFunctionConcurrency = operation('lambda:GetFunctionConcurrency', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const { reserved } = find(call, unqualified(named(call, input)))
    return { output: { ReservedConcurrentExecutions: reserved } }
  },
})

/** lambda:DeleteFunctionConcurrency. */
export const deleteFunctionConcurrency = operation('lambda:DeleteFunctionConcurrency', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = unqualified(named(call, input))
    const { reserved: _, ...row } = find(call, it)
    return { output: {}, changes: [written(call, it, row)] }
  },
})

/** lambda:GetAccountSettings. Of the region. */
export const getAccountSettings = operation('lambda:GetAccountSettings', {
  asks: () => ({ resource: '*' }),
  refusals: [],
  run(_input, call) {
    const rows = functionsOf(call, call.account.id)
    const versions = functionsOf(call, call.account.id, 'functionVersion')
    const concurrent = call.quota('lambda:ConcurrentExecutions')
    const AccountLimit = {
      TotalCodeSize: CODE_BYTES,
      CodeSizeUnzipped: UNZIPPED_BYTES,
      CodeSizeZipped: ZIPPED_BYTES,
      ConcurrentExecutions: concurrent,
      UnreservedConcurrentExecutions: concurrent - reservedBy(rows),
    }
    const TotalCodeSize = [...rows, ...versions].reduce((sum, { codeSize }) => sum + codeSize, 0)
    return { output: { AccountLimit, AccountUsage: { TotalCodeSize, FunctionCount: rows.length } } }
  },
})

function reservedBy(rows: readonly StoredFunction[]): number {
  return rows.reduce((sum, { reserved = 0 }) => sum + reserved, 0)
}
