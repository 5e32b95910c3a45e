/**
 * The door by which an operator asks which roles miss the organisation's standards: `/_sallyport/standards`. It answers for
 * some accounts at a time, so that an organisation of any size is gone through and never held.
 */

import {
  identityArn,
  organizationOf,
  pathTo,
  standardsOf,
  violations,
  type RoleStandard,
  type Standard,
} from '@sallyport/estate'
import { accountAt, QuestionError } from './explain/question.ts'
import type { OwnDoor } from './http.ts'
import { membersOf, signedDoor, type Errand } from './signed-door.ts'
import type { Message } from './wire/message.ts'
import type { World } from './world.ts'

export const STANDARDS_PATH = '/_sallyport/standards'
const ACCOUNTS_AT_ONCE = 100

export interface LintQuestion {
  /** A name or a number; all of the organisation where it is absent. */
  readonly account?: string
  /** The account that the answer before ended with. */
  readonly after?: string
  /** These in the place of those that hang in the organisation, by the names of units from the root down. */
  readonly declared?: readonly { readonly path: readonly string[]; readonly roles: RoleStandard }[]
}

export interface Linted {
  readonly violations: readonly {
    readonly account: string
    readonly accountName: string
    readonly role: string
    readonly says: readonly string[]
    readonly enforced: boolean
  }[]
  /** Accounts looked through in this answer, of all. */
  readonly accounts: number
  readonly total: number
  readonly roles: number
  /** How many standards there are at all. */
  readonly standards: number
  /** Absent where that was all. */
  readonly next?: string
}

export function standardsDoor(world: World, onBug: (error: unknown) => void): OwnDoor {
  const lint: Errand = {
    action: 'sallyport:LintRoles',
    answer: (message) => linted(world, readQuestion(message)),
  }
  return signedDoor(world, { path: STANDARDS_PATH, errands: { POST: lint }, methods: 'POST a question' }, onBug)
}

function readQuestion(message: Message): LintQuestion {
  const { account, after, declared } = membersOf(message)
  if (declared !== undefined && !(Array.isArray(declared) && declared.every(isDeclared))) {
    throw new QuestionError(
      '`declared` is a list of standards, each with the `path` of its unit and what it says of `roles`',
    )
  }
  return {
    ...(typeof account === 'string' && { account }),
    ...(typeof after === 'string' && { after }),
    ...(declared !== undefined && { declared }),
  }
}

function isDeclared(one: unknown): boolean {
  const { path, roles } = (one ?? {}) as { readonly path?: unknown; readonly roles?: unknown } // looked at next
  return Array.isArray(path) && typeof roles === 'object' && roles !== null
}

async function linted(world: World, { account, after, declared }: LintQuestion): Promise<Linted> {
  const land = world.organization
  const ids = account === undefined ? land.inOrder('member') : [(await accountAt(world, account)).id]
  const from = after === undefined ? 0 : ids.findIndex((id) => id > after)
  const page = from === -1 ? [] : ids.slice(from, from + ACCOUNTS_AT_ONCE)
  await world.bring(page)
  const given = declared === undefined ? undefined : byNode(world, declared)
  const found = page.map((id) => inAccount(world, id, given))
  const last = page.at(-1)
  return {
    violations: found.flatMap((one) => one.violations),
    accounts: page.length,
    total: ids.length,
    roles: found.reduce((sum, { roles }) => sum + roles, 0),
    standards: given?.size ?? land.all('standard').size,
    ...(last !== undefined && from + page.length < ids.length && { next: last }),
  }
}

function inAccount(world: World, id: string, given: ReadonlyMap<string, Standard> | undefined) {
  const land = world.organization
  const standards =
    given === undefined ? standardsOf(land, id) : pathTo(land, id).flatMap((node) => given.get(node) ?? [])
  const roles = [...(world.account(id)?.all('role').values() ?? [])]
  const accountName = land.all('member').get(id)?.name ?? ''
  const found = roles.flatMap((role) => {
    const missed = violations(standards, role)
    if (missed.length === 0) return []
    const says = [...new Set(missed.map((one) => one.says))]
    return [
      {
        account: id,
        accountName,
        role: identityArn(id, role),
        says,
        enforced: missed.some(({ enforced }) => enforced),
      },
    ]
  })
  return { violations: found, roles: roles.length }
}

function byNode(
  { organization }: World,
  declared: NonNullable<LintQuestion['declared']>,
): ReadonlyMap<string, Standard> {
  const units = [...organization.all('unit').values()]
  const nodeAt = (path: readonly string[]): string | undefined =>
    path.reduce<string | undefined>(
      (parent, name) => units.find((unit) => unit.parent === parent && unit.name === name)?.id,
      organizationOf(organization)?.rootId,
    )
  return new Map(
    declared.map(({ path, roles }) => {
      const node = nodeAt(path)
      if (node === undefined) throw new QuestionError(`the organisation has no unit \`${path.join('/')}\``)
      return [node, { node, roles }]
    }),
  )
}
