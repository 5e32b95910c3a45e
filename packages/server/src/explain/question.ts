/** Whom a question is about, `may this one do that to this?`, in the estate's terms. */

import { identityNamed, nameKey, type Account, type Principal, type Role, type SessionFacts } from '@sallyport/estate'
import { parseArn } from '@sallyport/policy'
import type { World } from '../world.ts'

/** What was asked names something that is not there, or nothing at all. */
export class QuestionError extends Error {}

/** An ARN of a user, role, session or root user; `account:name`; a service; `anonymous`. */
export async function principalAt(world: World, text: string): Promise<Principal> {
  if (text === 'anonymous') return { type: 'Anonymous' }
  if (/^[a-z0-9.-]+\.amazonaws\.com$/.test(text)) return { type: 'Service', service: text }
  const arn = parseArn(text)
  const [, place = '', name = ''] = /^(.+):([^:]+)$/.exec(text) ?? []
  if (arn === undefined && name === '') {
    throw new QuestionError(`\`${text}\` is no principal: give an ARN, or account and name as 111111111111:alice`)
  }
  const account = await accountAt(world, arn?.account ?? place)
  const found = arn === undefined ? named(world, account, name) : owned(world, account, text, arn.resource)
  if (found === undefined) throw new QuestionError(`there is no \`${text}\``)
  return found
}

/** By number, or by the name that the organisation knows it by. */
export async function accountAt(world: World, text: string): Promise<Account> {
  const members = [...world.organization.all('member').values()]
  const called = members.filter(({ name }) => name.toLowerCase() === text.toLowerCase())
  if (called.length > 1) {
    throw new QuestionError(`several accounts are called \`${text}\`: ${called.map(({ id }) => id).join(', ')}`)
  }
  const id = called[0]?.id ?? text
  const account = await world.enter(id)
  if (account !== undefined) return account
  throw new QuestionError(world.exists(id) ? `account \`${text}\` is closed` : `there is no account \`${text}\``)
}

function named(world: World, account: Account, name: string): Principal | undefined {
  if (name === 'root') return { type: 'Root', account: account.id }
  const user = account.all('user').get(nameKey(name))
  if (user !== undefined) return { type: 'User', account: account.id, user, accessKeyId: '' }
  return sessionOf(world, account, account.all('role').get(nameKey(name)), 'explain')
}

function owned(world: World, account: Account, arn: string, resource: string): Principal | undefined {
  if (resource === 'root') return { type: 'Root', account: account.id }
  const [kind, role = '', session = 'explain'] = resource.split('/')
  if (kind === 'assumed-role') return sessionOf(world, account, account.all('role').get(nameKey(role)), session)
  const it = identityNamed(account, arn)
  if (it?.kind === 'role') return sessionOf(world, account, it, 'explain')
  return it && { type: 'User', account: account.id, user: it, accessKeyId: '' }
}

/** A role acts by a session of its own: one opened now, without session policies and tags. */
function sessionOf({ clock }: World, account: Account, role: Role | undefined, name: string): Principal | undefined {
  if (role === undefined) return undefined
  const issuedAt = clock.now()
  const expiresAt = issuedAt + role.maxSession * 1000
  const session: SessionFacts = { name, issuedAt, expiresAt, tags: [], transitive: [], chained: false }
  return { type: 'AssumedRole', account: account.id, role, accessKeyId: '', session }
}
