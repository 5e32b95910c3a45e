/** What a running server says of accounts, roles and keys: by calls of AWS's, as its administrator, each asked once. */

import { administratorOf } from '../administrator.ts'
import { sendSigned, type Target } from '../client.ts'
import type { Keys } from '../credentials.ts'
import { json, query, readAnswer, tag, targeted, type Answer, type Ask } from '../demo/calls.ts'
import { keysIn } from '../demo/staging.ts'
import { Failure } from '../failure.ts'
import { targetOf, type Whereabouts } from '../whereabouts.ts'

export interface AccountFacts {
  readonly id: string
  readonly name: string
}

export interface RoleFacts {
  readonly name: string
  readonly path: string
  readonly arn: string
  readonly description: string
  /** Seconds. */
  readonly maxSession: number
  /** The trust policy. */
  readonly trust: string
}

/** How the administrator gets into an account that was created in the organisation. */
const ENTRY = 'OrganizationAccountAccessRole'

export class Inquiry {
  readonly target: Target
  readonly where: Whereabouts
  readonly #keys: Keys
  readonly #asked = new Map<string, Promise<unknown>>()

  /** `who` needs an administrator, in the words of a message. */
  constructor(where: Whereabouts, who: string) {
    this.target = targetOf(where)
    this.where = where
    this.#keys = administratorOf(where, who)
  }

  /** With whatever keys; an answer of any code. */
  async call({ service, sent }: Ask, keys: Keys = this.#keys): Promise<Answer> {
    return readAnswer(await sendSigned(this.target, sent, { keys, service }))
  }

  /** The accounts of the organisation; the administrator's own where there is none. */
  accounts(): Promise<readonly AccountFacts[]> {
    return this.#once('accounts', async () => {
      const found: AccountFacts[] = []
      for (let next: unknown = undefined; ;) {
        const page = next === undefined ? {} : { NextToken: next }
        const answer = await this.call(targeted('organizations', 'AWSOrganizationsV20161128.ListAccounts', page))
        if (answer.code === 'AWSOrganizationsNotInUseException') return [{ id: await this.#own(), name: 'Management' }]
        const { Accounts, NextToken } = json(done(answer, 'the accounts are not known'))
        const rows = Array.isArray(Accounts) ? (Accounts as readonly { Id: string; Name: string }[]) : [] // as ListAccounts gives them
        found.push(...rows.map(({ Id: id, Name: name }) => ({ id, name })))
        if (NextToken === undefined) return found
        next = NextToken
      }
    })
  }

  #own(): Promise<string> {
    return this.#once('own', async () =>
      tag(done(await this.call(query('sts:GetCallerIdentity')), 'no answer'), 'Account'),
    )
  }

  /** The administrator's keys for an account; `undefined` where there is no way in. */
  entered(account: string): Promise<Keys | undefined> {
    return this.#once(`enter ${account}`, async () => {
      if (account === (await this.#own())) return this.#keys
      const RoleArn = `arn:aws:iam::${account}:role/${ENTRY}`
      const answer = await this.call(query('sts:AssumeRole', { RoleArn, RoleSessionName: 'sallyport' }))
      return answer.code === 'done' ? keysIn(answer.body) : undefined
    })
  }

  /** `undefined` where nobody can look into the account. */
  roles(account: string): Promise<readonly RoleFacts[] | undefined> {
    return this.#once(`roles ${account}`, async () => (await this.listed(account, 'iam:ListRoles'))?.map(roleOf))
  }

  aliasOf(account: string): Promise<string | undefined> {
    return this.#once(`alias ${account}`, async () => (await this.listed(account, 'iam:ListAccountAliases'))?.[0])
  }

  /** The devices of a user, by their serials; `undefined` where that cannot be told. */
  devices(account: string, UserName: string): Promise<readonly string[] | undefined> {
    return this.#once(`devices ${account} ${UserName}`, async () =>
      (await this.listed(account, 'iam:ListMFADevices', { UserName }))?.map((one) => tag(one, 'SerialNumber')),
    )
  }

  /** The members of a listing of IAM's, all pages of it, as the answer spells them. */
  async listed(account: string, name: `iam:${string}`, input: Readonly<Record<string, string>> = {}) {
    const keys = await this.entered(account)
    if (keys === undefined) return undefined
    const found: string[] = []
    for (let marker = ''; ;) {
      const page = marker === '' ? {} : { Marker: marker }
      const { code, body } = await this.call(query(name, { ...input, ...page }), keys)
      if (code !== 'done') return undefined
      found.push(...[...body.matchAll(/<member>([\s\S]*?)<\/member>/g)].map(([, inside = '']) => inside))
      marker = tag(body, 'Marker')
      if (marker === '') return found
    }
  }

  #once<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const asked = this.#asked.get(name) ?? ask()
    this.#asked.set(name, asked)
    return asked as Promise<T> // each name is asked in one place alone
  }
}

function roleOf(member: string): RoleFacts {
  return {
    name: tag(member, 'RoleName'),
    path: tag(member, 'Path'),
    arn: tag(member, 'Arn'),
    description: tag(member, 'Description'),
    maxSession: Number(tag(member, 'MaxSessionDuration')),
    trust: decodeURIComponent(tag(member, 'AssumeRolePolicyDocument')),
  }
}

function done({ code, message, body }: Answer, what: string): string {
  if (code === 'done') return body
  throw new Failure(`${what}: ${code}: ${message}`)
}
