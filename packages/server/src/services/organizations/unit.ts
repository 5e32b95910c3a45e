/** Organisational units: the branches of the tree. */

import { pathOf, type OrganizationLand, type Unit } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { ORGANIZATION } from '../../directory.ts'
import { unitId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { hang } from './hanging.ts'
import { LIMITS } from './limits.ts'
import { attachedAtBirth } from './managed.ts'
import { delegated, oversee } from './delegation.ts'
import { about, arnOf, constrained, inUse, manage, MANAGED, pageOfKind, parentOf, touches } from './shared.ts'
import { requestTags } from '../tags.ts'
import { withTags } from './tag.ts'

/** organizations:CreateOrganizationalUnit. */
export const createOrganizationalUnit = operation('organizations:CreateOrganizationalUnit', {
  needs: touches,
  asks: ({ ParentId, Tags }, call) => about(call, ParentId, requestTags(Tags)),
  refusals: [
    ...MANAGED,
    'ConstraintViolationException',
    'DuplicateOrganizationalUnitException',
    'ParentNotFoundException',
  ],
  run({ ParentId, Name, Tags }, call) {
    const organization = manage(call)
    const { organization: land } = call.estate
    if (parentOf(land, ParentId) === undefined) throw noParent()
    refuseDuplicate(land, ParentId, Name)
    if (land.all('unit').size >= LIMITS.units) throw constrained('OU_NUMBER_LIMIT_EXCEEDED')
    if (depthOf(land, ParentId) >= LIMITS.depth) throw constrained('OU_DEPTH_LIMIT_EXCEEDED')
    const id = unitId(call.random, organization.rootId)
    const unit: Unit = { id, name: Name, parent: ParentId, tags: withTags([], Tags) }
    return {
      output: { OrganizationalUnit: show(call, unit) },
      changes: [put(ORGANIZATION, 'unit', id, unit), ...attachedAtBirth(land, id)],
    }
  },
})

/** organizations:UpdateOrganizationalUnit. Renames it: what it holds and what hangs on it stay. */
export const updateOrganizationalUnit = operation('organizations:UpdateOrganizationalUnit', {
  needs: touches,
  asks: ({ OrganizationalUnitId }, call) => about(call, OrganizationalUnitId),
  refusals: [...MANAGED, 'DuplicateOrganizationalUnitException', 'OrganizationalUnitNotFoundException'],
  run({ OrganizationalUnitId, Name }, call) {
    manage(call)
    const { organization: land } = call.estate
    const unit = find(land, OrganizationalUnitId)
    if (Name === undefined || Name === unit.name) return { output: { OrganizationalUnit: show(call, unit) } }
    refuseDuplicate(land, unit.parent, Name)
    const renamed = { ...unit, name: Name }
    return {
      output: { OrganizationalUnit: show(call, renamed) },
      changes: [put(ORGANIZATION, 'unit', unit.id, renamed)],
    }
  },
})

/** organizations:DeleteOrganizationalUnit. */
export const deleteOrganizationalUnit = operation('organizations:DeleteOrganizationalUnit', {
  needs: touches,
  asks: ({ OrganizationalUnitId }, call) => about(call, OrganizationalUnitId),
  refusals: [...MANAGED, 'OrganizationalUnitNotEmptyException', 'OrganizationalUnitNotFoundException'],
  run({ OrganizationalUnitId }, call) {
    manage(call)
    const { organization: land } = call.estate
    const { id } = find(land, OrganizationalUnitId)
    const children = [...land.all('unit').values(), ...land.all('member').values()]
    if (children.some(({ parent }) => parent === id)) {
      throw new Refusal('OrganizationalUnitNotEmptyException', 'The specified organizational unit is not empty.')
    }
    return {
      output: {},
      changes: [remove(ORGANIZATION, 'unit', id), remove(ORGANIZATION, 'standard', id), hang(id, [])],
    }
  },
})

/** organizations:DescribeOrganizationalUnit. */
export const describeOrganizationalUnit = operation('organizations:DescribeOrganizationalUnit', {
  needs: touches,
  asks: ({ OrganizationalUnitId }, call) => delegated(call, about(call, OrganizationalUnitId)),
  refusals: [...MANAGED, 'OrganizationalUnitNotFoundException'],
  run({ OrganizationalUnitId }, call) {
    oversee(call)
    return { output: { OrganizationalUnit: show(call, find(call.estate.organization, OrganizationalUnitId)) } }
  },
})

/** organizations:ListOrganizationalUnitsForParent. */
export const listOrganizationalUnitsForParent = operation('organizations:ListOrganizationalUnitsForParent', {
  needs: touches,
  asks: ({ ParentId }, call) => delegated(call, about(call, ParentId)),
  refusals: [...MANAGED, 'ParentNotFoundException'],
  run({ ParentId, ...input }, call) {
    oversee(call)
    if (parentOf(call.estate.organization, ParentId) === undefined) throw noParent()
    const { items, end } = pageOfKind(call, 'unit', {
      ...input,
      listing: `ListOrganizationalUnitsForParent/${ParentId}`,
      listed: ({ parent }) => parent === ParentId,
    })
    return { output: { OrganizationalUnits: items.map((unit) => show(call, unit)), ...end } }
  },
})

export function noParent(): Refusal {
  return new Refusal('ParentNotFoundException', "You specified a parent that doesn't exist.")
}

function find(land: OrganizationLand, id: string): Unit {
  const unit = land.all('unit').get(id)
  if (unit !== undefined) return unit
  throw new Refusal('OrganizationalUnitNotFoundException', "You specified an organizational unit that doesn't exist.")
}

function refuseDuplicate(land: OrganizationLand, parent: string, name: string): void {
  if ([...land.all('unit').values()].some((unit) => unit.parent === parent && unit.name === name)) {
    throw new Refusal('DuplicateOrganizationalUnitException', 'An OU with the same name already exists.')
  }
}

/** How many OUs lie on the way from the root down to this one, itself included. */
function depthOf(land: OrganizationLand, id: string): number {
  const unit = land.all('unit').get(id)
  return unit === undefined ? 0 : 1 + depthOf(land, unit.parent)
}

function show(call: Call, { id, name, parent }: Unit) {
  const { organization: land } = call.estate
  return { Id: id, Arn: arnOf(inUse(call), 'ou', id), Name: name, Path: `${pathOf(land, parent)}${id}/` }
}
