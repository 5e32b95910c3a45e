/** Roles and managed policies as registers: what may be called on one, and what each answer says of the state behind it. */

import { query, type Plain } from '../bench/sign.ts'
import { named } from './answers.ts'
import { markIn, permission, trust } from './documents.ts'
import { disorder, NO, type Event } from './history.ts'

export interface Aim {
  readonly account: string
  readonly name: string
  /** A word that no other call has. */
  readonly tag: string
  /** Where a call is about one version of a policy. */
  readonly versionId: string
}

export interface Said {
  /** AWS's code; empty for a success, and `OPEN` where nobody knows. */
  readonly code: string
  readonly text: string
}

export interface Role {
  readonly id: string
  readonly description: string
  readonly policy?: string
}

export interface Policy {
  readonly id: string
  readonly inForce: string
  /** The versions that are there, with their tags. */
  readonly versions: Readonly<Record<string, string>>
  /** The number of the next version. */
  readonly next: number
}

/** A call that was made, at a node, and what came of it. */
export interface Played {
  readonly call: string
  readonly aim: Aim
  readonly said: Said
  readonly node: string
  /** Monotonic milliseconds. */
  readonly begun: number
  /** `Infinity` where no answer came, or one that leaves open what happened. */
  readonly ended: number
}

/** A kind of thing that can be read and written. */
export interface Register {
  readonly calls: readonly string[]
  weight(call: string): number
  isRead(call: string): boolean
  plain(call: string, aim: Aim): Plain
  /** What is wrong with all that was done to one thing; `bound` is how late one node may hear of another's writes. */
  judge(played: readonly Played[], bound: number): string | undefined
}

interface Call<S> {
  /** How often it is made, against the others. */
  readonly weight: number
  readonly isRead?: true
  plain(aim: Aim): Plain
  /** The state after it; `NO` where nobody could have been answered so. */
  step(state: S | undefined, said: Said, aim: Aim): S | undefined | typeof NO
}

/** No answer came, or one that leaves open whether it happened. */
export const OPEN = 'open'
/** An id that was given, and that nobody was told. */
const UNTOLD = '?'
const VERSIONS_AT_MOST = 5

export const ROLE: Register = register<Role>({
  CreateRole: {
    weight: 5,
    plain: ({ account, name, tag }) =>
      iam('CreateRole', { RoleName: name, Description: tag, AssumeRolePolicyDocument: trust(account, tag) }),
    step(state, { code, text }, { tag }) {
      if (code === 'EntityAlreadyExists') return only(state !== undefined, state)
      return only(done(code) && state === undefined, { id: idIn(text, 'RoleId'), description: tag })
    },
  },
  UpdateRole: {
    weight: 5,
    plain: ({ name, tag }) => iam('UpdateRole', { RoleName: name, Description: tag }),
    step(state, { code }, { tag }) {
      if (state === undefined) return only(code === 'NoSuchEntity', state)
      return only(done(code), { ...state, description: tag })
    },
  },
  PutRolePolicy: {
    weight: 4,
    plain: ({ name, tag }) =>
      iam('PutRolePolicy', { RoleName: name, PolicyName: 'access', PolicyDocument: permission(tag) }),
    step(state, { code }, { tag }) {
      if (state === undefined) return only(code === 'NoSuchEntity', state)
      return only(done(code), { ...state, policy: tag })
    },
  },
  DeleteRolePolicy: {
    weight: 4,
    plain: ({ name }) => iam('DeleteRolePolicy', { RoleName: name, PolicyName: 'access' }),
    step(state, { code }) {
      if (state?.policy === undefined) return only(code === 'NoSuchEntity', state)
      const { policy: _, ...others } = state
      return only(done(code), others)
    },
  },
  DeleteRole: {
    weight: 5,
    plain: ({ name }) => iam('DeleteRole', { RoleName: name }),
    step(state, { code }) {
      if (state === undefined) return only(code === 'NoSuchEntity', state)
      if (state.policy !== undefined) return only(code === 'DeleteConflict', state)
      return only(done(code), undefined)
    },
  },
  GetRole: {
    weight: 8,
    isRead: true,
    plain: ({ name }) => iam('GetRole', { RoleName: name }),
    step(state, { code, text }) {
      if (state === undefined) return only(code === 'NoSuchEntity', state)
      const isSame = isId(state.id, text, 'RoleId') && first(text, 'Description') === state.description
      return only(code === '' && isSame, state)
    },
  },
  GetRolePolicy: {
    weight: 6,
    isRead: true,
    plain: ({ name }) => iam('GetRolePolicy', { RoleName: name, PolicyName: 'access' }),
    step(state, { code, text }) {
      if (state?.policy === undefined) return only(code === 'NoSuchEntity', state)
      return only(code === '' && markIn(text, 'PolicyDocument') === state.policy, state)
    },
  },
})

export const POLICY: Register = register<Policy>({
  CreatePolicy: {
    weight: 5,
    plain: ({ name, tag }) => iam('CreatePolicy', { PolicyName: name, PolicyDocument: permission(tag) }),
    step(state, { code, text }, { tag }) {
      if (code === 'EntityAlreadyExists') return only(state !== undefined, state)
      const made = { id: idIn(text, 'PolicyId'), inForce: 'v1', versions: { v1: tag }, next: 2 }
      return only(done(code) && state === undefined, made)
    },
  },
  CreatePolicyVersion: {
    weight: 6,
    plain: (aim) => version('CreatePolicyVersion', aim, { PolicyDocument: permission(aim.tag), SetAsDefault: 'true' }),
    step(state, { code, text }, { tag }) {
      if (state === undefined) return only(code === 'NoSuchEntity', state)
      const isFull = Object.keys(state.versions).length >= VERSIONS_AT_MOST
      if (isFull) return only(code === 'LimitExceeded', state)
      const made = `v${state.next}`
      const versions = { ...state.versions, [made]: tag }
      return only(code === OPEN || (code === '' && first(text, 'VersionId') === made), {
        ...state,
        versions,
        inForce: made,
        next: state.next + 1,
      })
    },
  },
  SetDefaultPolicyVersion: {
    weight: 4,
    plain: (aim) => version('SetDefaultPolicyVersion', aim, { VersionId: aim.versionId }),
    step(state, { code }, { versionId }) {
      if (state?.versions[versionId] === undefined) return only(code === 'NoSuchEntity', state)
      return only(done(code), { ...state, inForce: versionId })
    },
  },
  DeletePolicyVersion: {
    weight: 12,
    plain: (aim) => version('DeletePolicyVersion', aim, { VersionId: aim.versionId }),
    step(state, { code }, { versionId }) {
      if (state?.versions[versionId] === undefined) return only(code === 'NoSuchEntity', state)
      if (state.inForce === versionId) return only(code === 'DeleteConflict', state)
      const others = Object.entries(state.versions).filter(([id]) => id !== versionId)
      return only(done(code), { ...state, versions: Object.fromEntries(others) })
    },
  },
  DeletePolicy: {
    weight: 5,
    plain: (aim) => version('DeletePolicy', aim, {}),
    step(state, { code }) {
      if (state === undefined) return only(code === 'NoSuchEntity', state)
      if (Object.keys(state.versions).length > 1) return only(code === 'DeleteConflict', state)
      return only(done(code), undefined)
    },
  },
  GetPolicy: {
    weight: 6,
    isRead: true,
    plain: (aim) => version('GetPolicy', aim, {}),
    step(state, { code, text }) {
      if (state === undefined) return only(code === 'NoSuchEntity', state)
      const isSame = isId(state.id, text, 'PolicyId') && first(text, 'DefaultVersionId') === state.inForce
      return only(code === '' && isSame, state)
    },
  },
  GetPolicyVersion: {
    weight: 4,
    isRead: true,
    plain: (aim) => version('GetPolicyVersion', aim, { VersionId: aim.versionId }),
    step(state, { code, text }, { versionId }) {
      const tag = state?.versions[versionId]
      if (tag === undefined) return only(code === 'NoSuchEntity', state)
      return only(code === '' && markIn(text, 'Document') === tag, state)
    },
  },
  ListPolicyVersions: {
    weight: 6,
    isRead: true,
    plain: (aim) => version('ListPolicyVersions', aim, {}),
    step(state, { code, text }) {
      if (state === undefined) return only(code === 'NoSuchEntity', state)
      const listed = named(text, 'VersionId').toSorted().join()
      return only(code === '' && listed === Object.keys(state.versions).toSorted().join(), state)
    },
  },
})

function register<S>(calls: Readonly<Record<string, Call<S>>>): Register {
  const known = (call: string): Call<S> => {
    const found = calls[call]
    if (found === undefined) throw new Error(`nobody can call \`${call}\``)
    return found
  }
  return {
    calls: Object.keys(calls),
    weight: (call) => known(call).weight,
    isRead: (call) => known(call).isRead === true,
    plain: (call, aim) => known(call).plain(aim),
    judge: (played, bound) =>
      disorder(
        played.map((one) => eventOf(known(one.call), one)),
        { start: undefined, bound, shown: (state) => JSON.stringify(state) ?? 'not there' },
      ),
  }
}

/** What was refused changed nothing, and is a read of why. */
function eventOf<S>({ isRead, step }: Call<S>, { call, aim, said, ...told }: Played): Event<S | undefined> {
  const { tag, versionId } = aim
  return {
    ...told,
    what: `${call} ${tag} ${versionId} → ${said.code === '' ? brief(said.text) : said.code}`,
    isRead: isRead === true || !done(said.code),
    step: (state) => step(state, said, aim),
  }
}

/** What an answer has of ids and marks. */
function brief(text: string): string {
  const words = ['RoleId', 'Description', 'PolicyId', 'DefaultVersionId', 'VersionId'].flatMap((name) =>
    named(text, name),
  )
  return [...words, ...(/%22Sid%22%3A%22(\w+)/.exec(text)?.slice(1) ?? [])].join(' ')
}

function done(code: string): boolean {
  return code === '' || code === OPEN
}

function idIn(text: string, element: string): string {
  return first(text, element) || UNTOLD
}

function isId(id: string, text: string, element: string): boolean {
  return id === UNTOLD || id === first(text, element)
}

function first(text: string, element: string): string {
  return named(text, element)[0] ?? ''
}

function iam(Action: string, form: Readonly<Record<string, string>>): Plain {
  return query('iam', { Action, ...form })
}

function version(Action: string, { account, name }: Aim, form: Readonly<Record<string, string>>): Plain {
  return iam(Action, { PolicyArn: `arn:aws:iam::${account}:policy/${name}`, ...form })
}

function only<S>(fits: boolean, state: S): S | typeof NO {
  return fits ? state : NO
}
