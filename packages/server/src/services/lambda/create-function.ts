/** Making a function. */

import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import { requestTagMap, tagsOfMap } from '../tags.ts'
import { codeOwners, receiveCode } from './code.ts'
import { configured, refuseConfiguration, refuseTags } from './configuration.ts'
import { passing, refuseUntrusting } from './role.ts'
import { about, accountNamed, arnOf, invalid, look, named, written, type Named, type StoredFunction } from './shared.ts'
import { showMade } from './show.ts'
import { published } from './version.ts'

/** lambda:CreateFunction. The caller passes the role that the function's code will act as. */
export const createFunction = operation('lambda:CreateFunction', {
  needs: ({ FunctionName, Code }, call) => [...accountNamed(FunctionName), ...codeOwners(Code, call)],
  asks(input, call) {
    const it = named(call, input)
    const tags = input.Tags ?? {}
    const create = about(call, it, requestTagMap(tags))
    const tag = Object.keys(tags).length === 0 ? [] : [{ ...create, action: 'lambda:TagResource' }]
    return [create, ...tag, passing(call, input.Role, arnOf(call, it))]
  },
  refusals: ['InvalidParameterValueException', 'ResourceConflictException'],
  async prepare(input, call) {
    const { PackageType = 'Zip', Runtime, Handler } = input
    if (PackageType !== 'Zip') throw invalid('sallyport has not built functions from container images')
    if (Runtime === undefined || Handler === undefined) {
      throw invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.')
    }
    refuseConfiguration(input)
    refuseTags(input.Tags ?? {})
    refuseUntrusting(call, input.Role, arnOf(call, named(call, input)))
    refuseTaken(call, named(call, input))
    return { ...(await receiveCode(input.Code, call)), runtime: Runtime, handler: Handler }
  },
  release: ({ blob }, call) => call.blobs.remove(blob),
  run(input, call) {
    const it = named(call, input)
    refuseTaken(call, it)
    const row: StoredFunction = {
      name: it.name,
      region: call.region,
      role: input.Role,
      packageType: 'Zip',
      architectures: input.Architectures ?? ['x86_64'],
      ...configured(input, it.name),
      ...call.prepared,
      revisionId: uuid(call.random),
      updatedAt: call.now,
      tags: tagsOfMap(input.Tags ?? {}),
    }
    if (input.Publish !== true)
      return { output: showMade(call, { ...it, qualifier: undefined }, row), changes: [written(call, it, row)] }
    const first = published(call, { ...it, latest: row })
    return { output: showMade(call, { ...it, qualifier: undefined }, first.row), changes: first.changes }
  },
})

/** Asked before the code is taken in, and again when it is there. */
function refuseTaken(call: Call, it: Named): void {
  if (look(call, it) !== undefined) throw new Refusal('ResourceConflictException', `Function already exist: ${it.name}`)
}
