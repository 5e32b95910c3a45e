/**
 * The writes that the torture puts on a server, and what each leaves behind. Every write bears a mark of its own: in the
 * documents that it writes, and as the caller's user agent, by which its audit record is found again.
 */

import { json, query, rest, type Plain } from '../bench/sign.ts'
import { permission, trust } from './documents.ts'

export type Noun = 'role' | 'user' | 'bucket' | 'account'

export interface Thing {
  readonly noun: Noun
  /** Whose it is; for an account, the management account. */
  readonly account: string
  readonly name: string
}

/** What is known of a thing that is there. */
export type Facts = Readonly<Record<string, string>>

/** `undefined` where it is not there. */
export type State = Facts | undefined

interface Deed {
  readonly on: Noun
  /** How often it is chosen, against the others that fit. */
  readonly weight: number
  /** Whether AWS would do it to a thing in this state. */
  fits(state: State): boolean
  plain(thing: Thing, mark: string): Plain
  /** The state after it. */
  leaves(state: State, mark: string): State
}

export const POLICY = 'access'
const MANAGED = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

const isThere = (state: State): boolean => state !== undefined
const isGone = (state: State): boolean => state === undefined
const none = (): State => undefined

export const DEEDS = {
  CreateRole: {
    on: 'role',
    weight: 6,
    fits: isGone,
    plain: ({ account, name }, mark) =>
      iam('CreateRole', { RoleName: name, AssumeRolePolicyDocument: trust(account, mark) }),
    leaves: (_state, mark) => ({ trust: mark }),
  },
  UpdateAssumeRolePolicy: {
    on: 'role',
    weight: 2,
    fits: isThere,
    plain: ({ account, name }, mark) =>
      iam('UpdateAssumeRolePolicy', { RoleName: name, PolicyDocument: trust(account, mark) }),
    leaves: (state, mark) => ({ ...state, trust: mark }),
  },
  PutRolePolicy: {
    on: 'role',
    weight: 4,
    fits: isThere,
    plain: ({ name }, mark) =>
      iam('PutRolePolicy', { RoleName: name, PolicyName: POLICY, PolicyDocument: permission(mark) }),
    leaves: (state, mark) => ({ ...state, policy: mark }),
  },
  DeleteRolePolicy: {
    on: 'role',
    weight: 2,
    fits: (state) => state?.['policy'] !== undefined,
    plain: ({ name }) => iam('DeleteRolePolicy', { RoleName: name, PolicyName: POLICY }),
    leaves: (state) => without(state, 'policy'),
  },
  DeleteRole: {
    on: 'role',
    weight: 3,
    fits: (state) => state !== undefined && state['policy'] === undefined,
    plain: ({ name }) => iam('DeleteRole', { RoleName: name }),
    leaves: none,
  },
  CreateUser: {
    on: 'user',
    weight: 4,
    fits: isGone,
    plain: ({ name }) => iam('CreateUser', { UserName: name }),
    leaves: () => ({}),
  },
  AttachUserPolicy: {
    on: 'user',
    weight: 3,
    fits: (state) => state !== undefined && state['attached'] === undefined,
    plain: ({ name }) => iam('AttachUserPolicy', { UserName: name, PolicyArn: MANAGED }),
    leaves: (state) => ({ ...state, attached: MANAGED }),
  },
  DetachUserPolicy: {
    on: 'user',
    weight: 1,
    fits: (state) => state?.['attached'] !== undefined,
    plain: ({ name }) => iam('DetachUserPolicy', { UserName: name, PolicyArn: MANAGED }),
    leaves: (state) => without(state, 'attached'),
  },
  CreateBucket: {
    on: 'bucket',
    weight: 4,
    fits: isGone,
    plain: ({ name }) => rest('PUT', `/${name}`),
    leaves: () => ({}),
  },
  DeleteBucket: {
    on: 'bucket',
    weight: 2,
    fits: isThere,
    plain: ({ name }) => rest('DELETE', `/${name}`),
    leaves: none,
  },
  CreateAccount: {
    on: 'account',
    weight: 1,
    fits: isGone,
    plain: ({ name }) =>
      json('organizations', 'AWSOrganizationsV20161128.CreateAccount', { AccountName: name, Email: emailOf(name) }),
    leaves: () => ({}),
  },
} as const satisfies Record<string, Deed>

export type DeedName = keyof typeof DEEDS

/** Each with its name, as the table's own types would not have it. */
export const ALL: readonly (readonly [DeedName, Deed])[] = Object.entries(DEEDS) as [DeedName, Deed][] // its keys are its names

export function emailOf(name: string): string {
  return `${name}@example.com`
}

export function keyOf({ noun, account, name }: Thing): string {
  return `${noun}/${account}/${name}`
}

/** In the order of their names, so that equal states are equal texts. */
export function shown(state: State): string {
  if (state === undefined) return 'not there'
  const facts = Object.entries(state).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return `there, ${facts.map(([name, value]) => `${name}=${value}`).join(' ')}`
}

function iam(Action: string, form: Readonly<Record<string, string>>): Plain {
  return query('iam', { Action, ...form })
}

function without(state: State, name: string): State {
  return state && Object.fromEntries(Object.entries(state).filter(([other]) => other !== name))
}
