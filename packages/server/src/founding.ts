/** The first account, its administrator, and the organisation that an operator declares. Declaring again changes nothing. */

import {
  nameKey,
  organizationOf,
  type AccessKey,
  type Member,
  type RoleStandard,
  type Unit,
  type User,
} from '@sallyport/estate'
import { ADMINISTRATOR_ACCESS, birth, entryRole, organizationsRole } from './birth.ts'
import { DIRECTORY, ORGANIZATION } from './directory.ts'
import { accessKeyId, secretAccessKey, unitId, uniqueId } from './ids.ts'
import { quotaOf } from './quotas.ts'
import { attachedAtBirth } from './services/organizations/managed.ts'
import { newOrganization } from './services/organizations/organization.ts'
import { Conflict, put, remove, type Change } from './store/store.ts'
import type { World } from './world.ts'

export interface DeclaredAccount {
  readonly id: string
  readonly name: string
  readonly email: string
}

/** What roles under a node have to be like. The file is where it is said: what it no longer says of its nodes holds no more. */
export interface DeclaredStandards {
  readonly roles: RoleStandard
}

export interface DeclaredUnit {
  readonly name: string
  readonly accounts: readonly DeclaredAccount[]
  readonly units: readonly DeclaredUnit[]
  readonly standards?: DeclaredStandards
}

/** An organisation as its file says it. */
export interface Declaration {
  readonly management: DeclaredAccount
  /** Absent: the management account alone, in no organisation yet. */
  readonly root?: Omit<DeclaredUnit, 'name'>
}

export interface Administrator {
  readonly userName: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface Founded {
  readonly administrator: Pick<Administrator, 'userName' | 'accessKeyId'> & { readonly account: string }
  /** Only where the key was made now: it cannot be told again. */
  readonly secretAccessKey?: string
}

/** A declaration that what is there contradicts: moving or renaming is for the API, not for a file. */
export class FoundingError extends Error {}

/**
 * Brings the declared accounts, OUs and administrator into being, as far as they are not there. `given` are the
 * administrator's credentials where the operator has their own.
 */
export async function found(
  world: World,
  declaration: Declaration,
  given?: Pick<Administrator, 'accessKeyId' | 'secretAccessKey'>,
): Promise<Founded> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await foundOnce(world, declaration, given)
    } catch (error) {
      // another node founds the same: what it did is there now
      if (!(error instanceof Conflict) || tries === TRIES) throw error
      await world.ground()
    }
  }
}

const TRIES = 100

async function foundOnce(
  world: World,
  declaration: Declaration,
  given: Pick<Administrator, 'accessKeyId' | 'secretAccessKey'> | undefined,
): Promise<Founded> {
  const { management, root } = declaration
  const before = world.directory.all('administrator').get('self')
  if (before !== undefined && before.account !== management.id) {
    throw new FoundingError(
      `the data has management account \`${before.account}\`, the file \`${management.id}\`: use another --data folder`,
    )
  }
  await foundAccount(world, management, root === undefined)
  await world.bring([management.id])
  const founded = await foundAdministrator(world, management.id, given)
  if (root !== undefined) await foundOrganization(world, management, root)
  return founded
}

async function foundAccount(world: World, { id, name, email }: DeclaredAccount, alone: boolean): Promise<void> {
  if (!world.exists(id)) {
    const owner = alone ? { owner: { name, email } } : {}
    await world.land.commit(birth({ id, at: world.clock.now(), ...owner }), [])
  }
  await world.bring([id])
}

async function foundAdministrator(
  world: World,
  account: string,
  given: { accessKeyId: string; secretAccessKey: string } | undefined,
): Promise<Founded> {
  const before = world.directory.all('administrator').get('self')
  if (before !== undefined && (given === undefined || given.accessKeyId === before.accessKeyId)) {
    const { userName, accessKeyId: id } = before
    return { administrator: { account, userName, accessKeyId: id } }
  }
  const userName = before?.userName ?? 'administrator'
  const user = world.account(account)?.all('user').get(nameKey(userName)) ?? administrator(world, userName)
  const id = given?.accessKeyId ?? accessKeyId(world.random, 'AKIA', account)
  const secret = given?.secretAccessKey ?? secretAccessKey(world.random)
  const key: AccessKey = {
    id,
    userId: user.id,
    status: 'Active',
    createdAt: world.clock.now(),
    sealedSecret: world.keyring.sealText('secret', secret),
  }
  await world.land.commit(
    [
      put(account, 'user', nameKey(userName), user),
      put(account, 'accessKey', id, key),
      ...(given === undefined ? [] : [put(DIRECTORY, 'foreignKey', id, { account })]),
      put(DIRECTORY, 'administrator', 'self', { account, userName, accessKeyId: id }),
    ],
    [],
  )
  return {
    administrator: { account, userName, accessKeyId: id },
    ...(given === undefined ? { secretAccessKey: secret } : {}),
  }
}

function administrator(world: World, name: string): User {
  return {
    kind: 'user',
    name,
    path: '/',
    id: uniqueId(world.random, 'user'),
    createdAt: world.clock.now(),
    inline: [],
    attached: [ADMINISTRATOR_ACCESS],
    groups: [],
    tags: [],
  }
}

async function foundOrganization(
  world: World,
  management: DeclaredAccount,
  root: Omit<DeclaredUnit, 'name'>,
): Promise<void> {
  if (organizationOf(world.organization) === undefined) {
    const at = world.clock.now()
    const role = organizationsRole(world.random, { id: management.id, at })
    await world.land.commit([...newOrganization(world.random, { ...management, at }, 'ALL'), role], [])
  }
  const organization = organizationOf(world.organization)
  if (organization === undefined) return
  await foundChildren(world, management.id, organization.rootId, root)
  await raiseForAccounts(world, management.id)
}

/** An organisation that begins with more accounts than AWS allows from birth was granted them. */
async function raiseForAccounts(world: World, management: string): Promise<void> {
  const name = 'organizations:Accounts'
  const { size: accounts } = world.organization.all('member')
  await world.bring([management])
  if (accounts <= quotaOf(world.quotas, world.account(management), { name, region: world.region })) return
  await world.land.commit([put(management, 'quota', name, { value: accounts })], [])
}

async function foundChildren(
  world: World,
  management: string,
  parent: string,
  declared: Omit<DeclaredUnit, 'name'>,
): Promise<void> {
  await foundStandards(world, parent, declared.standards)
  for (const account of declared.accounts) await foundMember(world, management, parent, account)
  for (const unit of declared.units) {
    const there = [...world.organization.all('unit').values()].find(
      (one) => one.parent === parent && one.name === unit.name,
    )
    const id = there?.id ?? unitId(world.random, organizationOf(world.organization)?.rootId ?? parent)
    const row: Unit = { id, name: unit.name, parent, tags: [] }
    if (there === undefined) {
      await world.land.commit([put(ORGANIZATION, 'unit', id, row), ...attachedAtBirth(world.organization, id)], [])
    }
    await foundChildren(world, management, id, unit)
  }
}

async function foundStandards(world: World, node: string, declared: DeclaredStandards | undefined): Promise<void> {
  const before = world.organization.all('standard').get(node)?.roles
  const after = declared?.roles
  if (JSON.stringify(before) === JSON.stringify(after)) return
  const change =
    after === undefined
      ? remove(ORGANIZATION, 'standard', node)
      : put(ORGANIZATION, 'standard', node, { node, roles: after })
  await world.land.commit([change], [])
}

async function foundMember(
  world: World,
  management: string,
  parent: string,
  { id, name, email }: DeclaredAccount,
): Promise<void> {
  if (world.organization.all('member').has(id)) return
  // it was a member, and left or was closed: what the API did goes before what the file says
  if (world.directory.all('account').get(id)?.owner !== undefined) return
  // where another node founds the same, the directory may be ahead of the organisation
  if (world.exists(id) && (await world.land.confirm(ORGANIZATION))) throw new Conflict(ORGANIZATION)
  if (world.exists(id)) throw new FoundingError(`account \`${id}\` is there already and in no organisation`)
  const at = world.clock.now()
  const member: Member = { id, name, email, status: 'ACTIVE', joinedMethod: 'CREATED', joinedAt: at, parent, tags: [] }
  const changes: readonly Change[] = [
    ...birth({ id, at }),
    entryRole(world.random, { id, at }, management),
    organizationsRole(world.random, { id, at }),
    put(ORGANIZATION, 'member', id, member),
    ...attachedAtBirth(world.organization, id),
  ]
  await world.land.commit(changes, [])
}
