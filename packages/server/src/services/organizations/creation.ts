/** Accounts made by the organisation. AWS answers at once that it is in progress, and by the next look it is done. */

import type { AccountCreation, Member, OrganizationSelf } from '@sallyport/estate'
import { accountOfEmail } from '../../account-owner.ts'
import { birth, ENTRY_ROLE, entryRole, organizationsRole } from '../../birth.ts'
import type { Call } from '../../call.ts'
import { ORGANIZATION } from '../../directory.ts'
import { accountId, creationId } from '../../ids.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { accountsCounted, EMAIL } from './invitation.ts'
import { attachedAtBirth } from './managed.ts'
import { oversee } from './delegation.ts'
import { constrained, invalid, manage, MANAGED, pageOfKind, touches } from './shared.ts'
import { requestTags } from '../tags.ts'
import { withTags } from './tag.ts'

/** organizations:CreateAccount. An address that is taken is no refusal but a creation that failed. */
export const createAccount = operation('organizations:CreateAccount', {
  needs: touches,
  asks: ({ Tags }) => ({ resource: '*', context: requestTags(Tags) }),
  refusals: [...MANAGED, 'ConstraintViolationException'],
  run(input, call) {
    const organization = manage(call)
    const tags = refuseNewAccount(input)
    if (accountsCounted(call) >= call.quota('organizations:Accounts'))
      throw constrained('ACCOUNT_NUMBER_LIMIT_EXCEEDED')
    const begun = {
      id: creationId(call.random),
      accountName: input.AccountName,
      requestedAt: call.now,
      completedAt: call.now,
    }
    const progress = { ...show(begun), State: 'IN_PROGRESS' as const, CompletedTimestamp: undefined }
    if (accountOfEmail(call, input.Email) !== undefined) {
      return {
        output: { CreateAccountStatus: progress },
        changes: [keep({ ...begun, failure: 'EMAIL_ALREADY_EXISTS' })],
      }
    }
    const id = freeId(call)
    const member: Member = {
      id,
      name: input.AccountName,
      email: input.Email,
      status: 'ACTIVE',
      joinedMethod: 'CREATED',
      joinedAt: call.now,
      parent: organization.rootId,
      tags,
    }
    return {
      output: { CreateAccountStatus: progress },
      changes: [keep({ ...begun, accountId: id }), ...born(member, input, organization, call)],
    }
  },
})

/** What no account may be asked for with. Its tags, where nothing is wrong. */
export function refuseNewAccount(input: Pick<Input<'organizations:CreateAccount'>, 'Email' | 'RoleName' | 'Tags'>) {
  if (!EMAIL.test(input.Email)) throw invalid('INVALID_PATTERN')
  if (input.RoleName?.startsWith('AWSServiceRoleFor') === true) throw invalid('INVALID_ROLE_NAME')
  return withTags([], input.Tags)
}

/** organizations:DescribeCreateAccountStatus. */
export const describeCreateAccountStatus = operation('organizations:DescribeCreateAccountStatus', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: [...MANAGED, 'CreateAccountStatusNotFoundException'],
  run({ CreateAccountRequestId }, call) {
    oversee(call)
    const creation = call.estate.organization.all('creation').get(CreateAccountRequestId)
    if (creation === undefined) {
      throw new Refusal(
        'CreateAccountStatusNotFoundException',
        "You specified a create account request that doesn't exist.",
      )
    }
    return { output: { CreateAccountStatus: show(creation) } }
  },
})

/** organizations:ListCreateAccountStatus. */
export const listCreateAccountStatus = operation('organizations:ListCreateAccountStatus', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: MANAGED,
  run({ States = [], ...input }, call) {
    oversee(call)
    const { items, end } = pageOfKind(call, 'creation', {
      ...input,
      listing: `ListCreateAccountStatus/${States.join()}`,
      listed: (creation) => States.length === 0 || States.includes(show(creation).State),
    })
    return { output: { CreateAccountStatuses: items.map(show), ...end } }
  },
})

/** The account with all that it has from birth, in its place under the root. */
function born(
  member: Member,
  { RoleName = ENTRY_ROLE }: Input<'organizations:CreateAccount'>,
  organization: OrganizationSelf,
  call: Call,
): readonly Change[] {
  const { id } = member
  const at = call.now
  return [
    ...birth({ id, at }),
    entryRole(call.random, { id, at }, organization.managementAccount, RoleName),
    ...(organization.featureSet === 'ALL' ? [organizationsRole(call.random, { id, at })] : []),
    put(ORGANIZATION, 'member', id, member),
    ...attachedAtBirth(call.estate.organization, id),
  ]
}

function freeId({ random, directory }: Call): string {
  for (;;) {
    const id = accountId(random)
    if (!directory.all('account').has(id)) return id
  }
}

function keep(creation: AccountCreation): Change {
  return put(ORGANIZATION, 'creation', creation.id, creation)
}

function show({ id, accountName, requestedAt, completedAt, accountId, failure }: AccountCreation) {
  const done = new Date(completedAt)
  return {
    Id: id,
    AccountName: accountName,
    RequestedTimestamp: new Date(requestedAt),
    CompletedTimestamp: done,
    ...(failure === undefined
      ? { State: 'SUCCEEDED' as const, AccountId: accountId }
      : { State: 'FAILED' as const, FailureReason: failure }),
  }
}
