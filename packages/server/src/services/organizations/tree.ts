/** The tree, seen from a node: what is below it, what is above it. */

import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { delegated, oversee } from './delegation.ts'
import { about, MANAGED, pageOf, pageOfKind, parentOf, thing, touches } from './shared.ts'
import { noParent } from './unit.ts'

/** organizations:ListChildren. */
export const listChildren = operation('organizations:ListChildren', {
  needs: touches,
  asks: ({ ParentId }, call) => delegated(call, about(call, ParentId)),
  refusals: [...MANAGED, 'ParentNotFoundException'],
  run({ ParentId, ChildType, ...input }, call) {
    oversee(call)
    if (parentOf(call.estate.organization, ParentId) === undefined) throw noParent()
    const { items, end } = pageOfKind(call, ChildType === 'ACCOUNT' ? 'member' : 'unit', {
      ...input,
      listing: `ListChildren/${ParentId}/${ChildType}`,
      listed: ({ parent }) => parent === ParentId,
    })
    return { output: { Children: items.map(({ id }) => ({ Id: id, Type: ChildType })), ...end } }
  },
})

/** organizations:ListParents. Every child has one parent. */
export const listParents = operation('organizations:ListParents', {
  needs: touches,
  asks: ({ ChildId }, call) => delegated(call, about(call, ChildId)),
  refusals: [...MANAGED, 'ChildNotFoundException'],
  run({ ChildId, ...input }, call) {
    oversee(call)
    const child = thing(call.estate.organization, ChildId)
    if (child?.noun !== 'account' && child?.noun !== 'ou') {
      throw new Refusal('ChildNotFoundException', "You specified a child that doesn't exist.")
    }
    const { parent } = child.it
    const shown = { Id: parent, Type: parent.startsWith('r-') ? ('ROOT' as const) : ('ORGANIZATIONAL_UNIT' as const) }
    const { items, end } = pageOf(call, [shown], { ...input, listing: `ListParents/${ChildId}`, keyOf: ({ Id }) => Id })
    return { output: { Parents: items, ...end } }
  },
})
