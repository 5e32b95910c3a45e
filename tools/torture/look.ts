/** What a server says of the things that were written to it. */

import { ENTRY, listed, named } from './answers.ts'
import { emailOf, keyOf, POLICY, type Facts, type State, type Thing } from './deeds.ts'
import { markIn } from './documents.ts'
import type { Lane } from './lane.ts'
import { json, query, rest, type Plain } from '../bench/sign.ts'

/** The state of one thing. Throws where the server says neither that it is there nor that it is not. */
export async function look(lane: Lane, thing: Thing): Promise<State> {
  return LOOKS[thing.noun](lane, thing)
}

const LOOKS: Readonly<Record<Thing['noun'], (lane: Lane, thing: Thing) => Promise<State>>> = {
  async role(lane, { account, name }) {
    const role = await said(lane, account, query('iam', { Action: 'GetRole', RoleName: name }))
    if (role === undefined) return undefined
    const form = { Action: 'GetRolePolicy', RoleName: name, PolicyName: POLICY }
    const policy = await said(lane, account, query('iam', form))
    return {
      trust: markIn(role, 'AssumeRolePolicyDocument'),
      ...fact('policy', policy && markIn(policy, 'PolicyDocument')),
    }
  },
  async user(lane, { account, name }) {
    const user = await said(lane, account, query('iam', { Action: 'GetUser', UserName: name }))
    if (user === undefined) return undefined
    const form = { Action: 'ListAttachedUserPolicies', UserName: name }
    const attached = await said(lane, account, query('iam', form))
    return fact('attached', named(attached ?? '', 'PolicyArn')[0])
  },
  async bucket(lane, { account, name }) {
    const there = await said(lane, account, rest('GET', `/${name}?location=`))
    return there === undefined ? undefined : {}
  },
  /** An account is there when the organisation lists it and the role that it was born with lets us in. */
  async account(lane, { account, name }) {
    const id = (await accountsOf(lane, account)).get(emailOf(name))
    if (id === undefined) return undefined
    const RoleArn = `arn:aws:iam::${id}:role/${ENTRY}`
    const form = { Action: 'AssumeRole', RoleArn, RoleSessionName: 'torture' }
    const { status, text } = await lane.ask(account, query('sts', form))
    return status === 200 ? {} : { half: `listed, and its role answers ${status} ${text}` }
  },
}

/** The names of all things of an account, as its lists have them. */
export async function inventory(lane: Lane, account: string): Promise<ReadonlySet<string>> {
  const roles = await listed(lane, account, { Action: 'ListRoles', item: 'RoleName' })
  const users = await listed(lane, account, { Action: 'ListUsers', item: 'UserName' })
  const buckets = named((await said(lane, account, rest('GET', '/'))) ?? '', 'Name')
  return new Set([
    ...roles.map((name) => keyOf({ noun: 'role', account, name })),
    ...users.map((name) => keyOf({ noun: 'user', account, name })),
    ...buckets.map((name) => keyOf({ noun: 'bucket', account, name })),
  ])
}

/** By their addresses, the numbers of the organisation's accounts. */
async function accountsOf(lane: Lane, management: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (let NextToken: string | undefined, more = true; more; more = NextToken !== undefined) {
    const input = NextToken === undefined ? {} : { NextToken }
    const plain = json('organizations', 'AWSOrganizationsV20161128.ListAccounts', input)
    const text = await said(lane, management, plain)
    const page = JSON.parse(text ?? '{}') as AccountPage // the service's own form
    for (const { Id, Email } of page.Accounts) found.set(Email, Id)
    NextToken = page.NextToken
  }
  return found
}

interface AccountPage {
  readonly Accounts: readonly { readonly Id: string; readonly Email: string }[]
  readonly NextToken?: string
}

/** The answer's body; `undefined` where there is no such thing. */
async function said(lane: Lane, account: string, plain: Plain): Promise<string | undefined> {
  const { status, text } = await lane.ask(account, plain)
  if (status === 200) return text
  if (status === 404) return undefined
  throw new Error(`a look was answered ${status}: ${text}`)
}

function fact(name: string, value: string | undefined): Facts {
  return value === undefined ? {} : { [name]: value }
}
