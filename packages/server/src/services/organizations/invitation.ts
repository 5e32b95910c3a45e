/** Inviting an account that is in no organisation. */

import type { Handshake } from '@sallyport/estate'
import { accountOfEmail } from '../../account-owner.ts'
import type { Call } from '../../call.ts'
import { operation, type Asking, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { requestTags } from '../tags.ts'
import { keep, newHandshake, openOf, show } from './handshake.ts'
import { about, constrainedHandshake, invalid, manage, MANAGED, touches } from './shared.ts'
import { withTags } from './tag.ts'

type Context = NonNullable<Asking['context']>
type Target = Input<'organizations:InviteAccountToOrganization'>['Target']

/** API_CreateAccount's own pattern, between 6 and 64 characters. */
export const EMAIL = /^(?=.{6,64}$)[^\s@]+@[^\s@]+\.[^\s@]+$/

const DAY = 86_400_000
/** Invitations in 24 hours, those that were accepted not counted: so many, or as many as there may be accounts (ORG orgs_reference_limits). */
const INVITATIONS_A_DAY = 20

/** organizations:InviteAccountToOrganization. An account that nobody has cannot answer, and the invitation expires. */
export const inviteAccountToOrganization = operation('organizations:InviteAccountToOrganization', {
  needs: touches,
  asks: ({ Target, Tags }, call) => aboutTarget(call, Target, requestTags(Tags)),
  refusals: [
    ...MANAGED,
    'ConstraintViolationException',
    'DuplicateHandshakeException',
    'HandshakeConstraintViolationException',
  ],
  run({ Target, Notes, Tags }, call) {
    manage(call)
    const target = targetOfParty(Target)
    const tags = withTags([], Tags)
    const account = accountOf(call, target)
    if (account !== undefined && call.estate.organization.all('member').has(account)) {
      throw constrainedHandshake('ALREADY_IN_AN_ORGANIZATION')
    }
    refuseWhileMigrating(call)
    refuseTwice(call, target)
    refuseTooMany(call)
    const invitation = newHandshake(call, 'INVITE', { target, tags, ...(Notes === undefined ? {} : { notes: Notes }) })
    return { output: { Handshake: show(call, invitation) }, changes: [keep(invitation)] }
  },
})

/** An address is no resource: only an account has an ARN. */
export function aboutTarget(call: Call, { Id = '', Type }: Target, context: Context): Asking {
  return Type === 'ACCOUNT' ? about(call, Id, context) : { resource: '*', context }
}

export function targetOfParty({ Id = '', Type }: Target): NonNullable<Handshake['target']> {
  if (Type === 'ACCOUNT') {
    if (!/^\d{12}$/.test(Id)) throw invalid('INVALID_PATTERN_TARGET_ID')
    return { type: Type, id: Id }
  }
  if (Type !== 'EMAIL') throw invalid('INVALID_PARTY_TYPE_TARGET')
  if (!EMAIL.test(Id)) throw invalid('INVALID_EMAIL_ADDRESS_TARGET')
  return { type: Type, id: Id }
}

/** The account that a target names, where there is one. */
export function accountOf(call: Call, { type, id }: NonNullable<Handshake['target']>): string | undefined {
  return type === 'ACCOUNT' ? id : accountOfEmail(call, id)
}

/** Accounts there are, and those that may yet come (ORG orgs_reference_limits: an invitation counts until it is over). */
export function accountsCounted({ estate, now }: Call): number {
  return estate.organization.all('member').size + openOf(estate.organization, 'INVITE', now).length
}

function refuseWhileMigrating({ estate, now }: Call): void {
  if (openOf(estate.organization, 'ENABLE_ALL_FEATURES', now).length > 0) {
    throw constrainedHandshake('INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES')
  }
}

/** The same account under its id and under its address is one target. */
function refuseTwice(call: Call, target: NonNullable<Handshake['target']>): void {
  const name = (it: NonNullable<Handshake['target']>): string => accountOf(call, it) ?? it.id.toLowerCase()
  const open = openOf(call.estate.organization, 'INVITE', call.now)
  if (open.some((one) => one.target !== undefined && name(one.target) === name(target))) {
    throw new Refusal('DuplicateHandshakeException', 'A handshake with the same action and target already exists.')
  }
}

function refuseTooMany(call: Call): void {
  const most = call.quota('organizations:Accounts')
  if (accountsCounted(call) >= most) throw constrainedHandshake('ACCOUNT_NUMBER_LIMIT_EXCEEDED')
  const lately = [...call.estate.organization.all('handshake').values()].filter(
    ({ action, state, requestedAt }) => action === 'INVITE' && state !== 'ACCEPTED' && call.now < requestedAt + DAY,
  )
  if (lately.length >= Math.max(INVITATIONS_A_DAY, most)) throw constrainedHandshake('HANDSHAKE_RATE_LIMIT_EXCEEDED')
}
