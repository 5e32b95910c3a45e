/** The organisation's own resource policy: by it the management account lets members manage what hangs in the tree. */

import { parse } from '@sallyport/policy'
import { accountsNamed, bindPrincipals, type OrganizationSelf, type OrgResourcePolicy } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { ORGANIZATION } from '../../directory.ts'
import { orgResourcePolicyId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { requestTags } from '../tags.ts'
import { isOverseer } from './delegation.ts'
import { arnOf, inUse, invalid, manage, MANAGED, noPermission, touches } from './shared.ts'
import { withTags } from './tag.ts'

/** organizations:PutResourcePolicy. There is one, and it replaces the one before. */
export const putResourcePolicy = operation('organizations:PutResourcePolicy', {
  needs: ({ Content }) => [...touches(), ...accountsNamed(Content)],
  asks: ({ Tags }, call) => ({
    resource: arnOf(inUse(call), 'resourcepolicy', idOf(call)),
    context: requestTags(Tags),
  }),
  refusals: [...MANAGED, 'ConstraintViolationException'],
  run({ Content, Tags }, call) {
    const organization = manage(call)
    refuseContent(Content)
    const bound = bindPrincipals(call.estate, (id) => call.directory.all('account').has(id), Content)
    if (!bound.ok) throw invalid('INVALID_PRINCIPAL')
    const before = call.estate.organization.all('resourcePolicy').get('self')
    const policy: OrgResourcePolicy = {
      id: before?.id ?? orgResourcePolicyId(call.random),
      document: bound.document,
      ...(bound.principals === undefined ? {} : { principals: bound.principals }),
      content: Content,
      tags: withTags(before?.tags ?? [], Tags),
    }
    return {
      output: { ResourcePolicy: show(organization, policy) },
      changes: [put(ORGANIZATION, 'resourcePolicy', 'self', policy)],
    }
  },
})

/** organizations:DescribeResourcePolicy. */
export const describeResourcePolicy = operation('organizations:DescribeResourcePolicy', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: [...MANAGED, 'ResourcePolicyNotFoundException'],
  run(_input, call) {
    const organization = inUse(call)
    if (!isOverseer(call)) throw noPermission()
    const policy = call.estate.organization.all('resourcePolicy').get('self')
    if (policy === undefined) throw none()
    return { output: { ResourcePolicy: show(organization, policy) } }
  },
})

/** organizations:DeleteResourcePolicy. What it let members do ends with it. */
export const deleteResourcePolicy = operation('organizations:DeleteResourcePolicy', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: [...MANAGED, 'ResourcePolicyNotFoundException'],
  run(_input, call) {
    manage(call)
    if (!call.estate.organization.all('resourcePolicy').has('self')) throw none()
    return { output: {}, changes: [remove(ORGANIZATION, 'resourcePolicy', 'self')] }
  },
})

/** The one that is there, or whatever id it will have. */
function idOf({ estate }: Call): string {
  return estate.organization.all('resourcePolicy').get('self')?.id ?? 'rp-*'
}

/** Everything in it is about Organizations. */
function refuseContent(text: string): void {
  const parsed = parse(text, 'resource')
  const statements = parsed.ok ? parsed.document.statements : []
  const actions = statements.flatMap(({ actions = ['*'] }) => actions)
  if (!parsed.ok || actions.some((action) => !action.toLowerCase().startsWith('organizations:'))) {
    throw invalid('INVALID_RESOURCE_POLICY_JSON')
  }
}

function none(): Refusal {
  return new Refusal(
    'ResourcePolicyNotFoundException',
    "We can't find a resource policy request with the parameter that you specified.",
  )
}

function show(organization: OrganizationSelf, { id, content }: OrgResourcePolicy) {
  return { ResourcePolicySummary: { Id: id, Arn: arnOf(organization, 'resourcepolicy', id) }, Content: content }
}
