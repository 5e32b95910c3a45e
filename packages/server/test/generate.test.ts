import { EC2Client, DescribeRegionsCommand } from '@aws-sdk/client-ec2'
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { OrganizationsClient, paginateListAccounts } from '@aws-sdk/client-organizations'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { identityArn, showPrincipals, type Account, type Role } from '@sallyport/estate'
import { lint, parse, type PolicyKind } from '@sallyport/policy'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ANCHOR_NAMES } from '../src/generate/anchors.ts'
import { draft, type Order } from '../src/generate/blueprint.ts'
import { externalId, SERVICE_PATH } from '../src/generate/roles.ts'
import {
  createServer,
  generate,
  GenerationError,
  hostClock,
  memoryBlobs,
  memoryStore,
  sqliteStore,
  systemRandom,
  type Founded,
  type Generated,
  type Generating,
  type SallyportServer,
  type Store,
} from '../src/index.ts'
import { refuseName } from '../src/services/s3/bucket-name.ts'
import { client, startServer, type Keys, type TestServer } from './harness.ts'
import { pagesOf } from './people.ts'

const ORDER: Order = { accounts: 42, roles: 14, seed: 7 }

function opened(store: Store): Promise<SallyportServer> {
  return createServer({
    store,
    blobs: memoryBlobs(),
    clock: hostClock(),
    random: systemRandom(),
    masterKey: Buffer.alloc(32, 7),
    region: 'us-east-1',
    onBug: (error) => expect.unreachable(String(error)),
  })
}

interface Made {
  readonly generated: Generated
  readonly founded: Founded | undefined
  readonly rows: readonly string[]
}

/** Generates into a store and leaves it; what is drawn anew each time is left out of the rows. */
async function generateInto(store: Store, order: Order, how: Generating = {}): Promise<Made> {
  const { world } = await opened(store)
  let founded: Founded | undefined
  const generated = await generate(world, order, { ...how, onFounded: (it) => (founded = it) })
  const secret = ['accessKey', 'sessionKey', 'administrator']
  const ids = ['directory', 'organization', ...world.directory.all('account').keys()]
  const loaded = await Promise.all(ids.map(async (id) => ({ id, rows: (await store.load(id)).rows })))
  const rows = loaded.flatMap(({ id, rows: all }) =>
    all
      .filter(({ kind }) => !secret.includes(kind))
      .map(({ kind, key, value }) => `${id} ${kind} ${key} ${JSON.stringify(value)}`),
  )
  return { generated, founded, rows: rows.toSorted() }
}

describe('a generated organisation', () => {
  test('is the same for the same order, in memory or on a disk, and another one for another seed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-'))
    const disk = sqliteStore(join(folder, 'state.db'))
    const [first, again, other] = [
      await generateInto(memoryStore(), ORDER),
      await generateInto(disk, ORDER),
      await generateInto(memoryStore(), { ...ORDER, seed: 8 }),
    ]
    expect(again.rows).toEqual(first.rows)
    expect(again.generated).toEqual(first.generated)
    expect(other.rows.filter((row) => first.rows.includes(row))).toHaveLength(2) // AWS's own guardrails
    expect(first.founded?.administrator.accessKeyId).not.toBe(again.founded?.administrator.accessKeyId)
    await disk.close()
    await rm(folder, { recursive: true })
  })

  test.each([
    [{ accounts: 1, roles: 0, seed: 0 }, 'the management account alone, and no role'],
    [{ accounts: 1, roles: 30, seed: -1 }, 'the management account does the work of all'],
    [{ accounts: 3, roles: 9, seed: 2 }, 'some of the core'],
    [{ accounts: 7, roles: 1, seed: 3 }, 'one account beside the core'],
    [{ accounts: 12, roles: 1, seed: 4 }, 'more accounts than AWS allows from birth'],
  ])('%j: %s', async (order) => {
    const { generated, rows } = await generateInto(memoryStore(), order)
    const kinds = rows.map((row) => row.split(' ')[1])
    const there = (kind: string): number => kinds.filter((one) => one === kind).length
    expect(generated).toMatchObject({ complete: true, accounts: order.accounts, users: there('user') })
    expect([there('member'), there('attachment')]).toEqual([order.accounts, order.accounts + 1 + generated.units])
    expect(there('role')).toBe(generated.roles)
    expect(there('quota')).toBe(order.accounts > 10 ? 1 : 0)
    if (order.roles === 0) expect(generated.roles).toBe(0)
  })

  test('is refused where there are accounts already, and nothing is written', async () => {
    const server = await startServer()
    const before = (await server.world.store.load('organization')).rows
    await expect(generate(server.world, ORDER)).rejects.toThrow(GenerationError)
    expect((await server.world.store.load('organization')).rows).toEqual(before)
    await server.close()
  })

  test('is stopped between two accounts, and says that it is not complete', async () => {
    const stop = new AbortController()
    const onProgress = (done: number): void => void (done === 9 && stop.abort())
    const { generated, rows } = await generateInto(memoryStore(), ORDER, { onProgress, signal: stop.signal })
    expect(generated).toMatchObject({ complete: false, accounts: 9 })
    expect(rows.filter((row) => row.startsWith('directory account '))).toHaveLength(9)
  })
})

describe('served', () => {
  let server: TestServer
  let accounts: readonly Account[]
  let made: Made
  const blueprint = draft(ORDER)

  beforeAll(async () => {
    const store = memoryStore()
    made = await generateInto(store, ORDER)
    const { administrator, secretAccessKey = '' } = made.founded ?? { administrator: { accessKeyId: '' } }
    const [management = { id: '', name: '', email: '' }] = blueprint.plots
    const started = await startServer({ store, declaration: { management } })
    server = { ...started, administrator: { accessKeyId: administrator.accessKeyId, secretAccessKey } }
    const { world } = server
    const ids = [...world.directory.all('account').keys()]
    await world.bring(ids)
    accounts = ids.flatMap((id) => world.account(id) ?? [])
  })
  afterAll(() => server.close())

  const plotOf = (name: string) => blueprint.plots.find((plot) => plot.name === name) ?? { id: '' }
  const rolesOf = (account: Account): readonly Role[] => [...account.all('role').values()]

  async function assume(arn: string, keys?: Keys, ExternalId?: string): Promise<Keys> {
    const { Credentials } = await client(STSClient, server, keys).send(
      new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'generated', ...(ExternalId && { ExternalId }) }),
    )
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  }
  const enter = (account: string) => assume(`arn:aws:iam::${account}:role/OrganizationAccountAccessRole`)
  const whoami = async (keys: Keys) =>
    (await client(STSClient, server, keys).send(new GetCallerIdentityCommand({}))).Arn

  test('lists all its accounts, each with a name and an address of its own', async () => {
    const pages = await pagesOf(
      paginateListAccounts({ client: client(OrganizationsClient, server) }, {}),
      ({ Accounts }) => Accounts,
    )
    const all = pages.flat()
    expect(all.map(({ Id }) => Id)).toEqual(blueprint.plots.map(({ id }) => id).toSorted())
    expect(new Set(all.map(({ Name }) => Name)).size).toBe(ORDER.accounts)
    expect(new Set(all.map(({ Email }) => Email?.toLowerCase())).size).toBe(ORDER.accounts)
  })

  test('lets the pipeline deploy into every account, by the role that is trusted and no other', async () => {
    const tooling = await enter(plotOf('Delivery Tooling').id)
    const runner = await assume(`arn:aws:iam::${plotOf('Delivery Tooling').id}:role/delivery/pipeline-runner`, tooling)
    for (const { id, purpose } of blueprint.plots.slice(1, 16)) {
      const deploy = `arn:aws:iam::${id}:role/delivery/deploy`
      expect(await whoami(await assume(deploy, runner)), purpose).toContain(`${id}:assumed-role/deploy/`)
      await expect(assume(deploy, tooling), 'an administrator of the same account').rejects.toMatchObject({
        name: 'AccessDenied',
      })
    }
  })

  test('lets the monitors in where they say what was agreed, and shows whom it trusts by name', async () => {
    const shared = plotOf('Shared Services').id
    const [connector, role] = ['role/platform/observability-connector', 'role/platform/observability']
    const monitors = await assume(`arn:aws:iam::${shared}:${connector}`, await enter(shared))
    const { id } = blueprint.plots.at(-1) ?? { id: '' }
    await expect(assume(`arn:aws:iam::${id}:${role}`, monitors)).rejects.toMatchObject({ name: 'AccessDenied' })
    await assume(`arn:aws:iam::${id}:${role}`, monitors, externalId(blueprint))
    const { Role: shown } = await client(IAMClient, server, await enter(id)).send(
      new GetRoleCommand({ RoleName: 'observability' }),
    )
    expect(decodeURIComponent(shown?.AssumeRolePolicyDocument ?? '')).toContain(`arn:aws:iam::${shared}:${connector}`)
  })

  test('lets a neighbour’s service read, as soon as the service has its session', async () => {
    const { world } = server
    let crossed = 0
    for (const account of accounts) {
      for (const reader of rolesOf(account).filter(
        ({ path, name }) => path === '/exchange/' && name.includes('reader'),
      )) {
        const [id = '', arn = ''] = Object.entries(reader.trust.principals ?? {})[0] ?? []
        const neighbour = world.account(arn.split(':')[4] ?? '')
        const service = neighbour?.byId('role', id)
        if (neighbour === undefined || service === undefined) continue
        expect(service.path).toBe(SERVICE_PATH)
        const now = world.clock.now()
        const session = { name: 'as-the-service', issuedAt: now, expiresAt: now + 900_000, tags: [], transitive: [] }
        const who = { type: 'AssumedRole', account: neighbour.id, identity: id } as const
        const keys = world.sessions.open(world.random, who, { ...session, chained: false })
        const crosses = service.inline.some(({ name }) => name === 'crossing')
        const coming = assume(identityArn(account.id, reader), keys).then(whoami)
        if (crosses && service.boundary === undefined) {
          expect(await coming).toContain(`${account.id}:assumed-role/${reader.name}/`)
          crossed += 1
        } else if (!crosses) await expect(coming).rejects.toMatchObject({ name: 'AccessDenied' })
        else await coming
      }
    }
    expect(crossed).toBeGreaterThan(1)
  })

  test('keeps workloads in the company’s regions', async () => {
    const production = await enter(blueprint.plots.find(({ purpose }) => purpose === 'production')?.id ?? '')
    const regions = (region: string) =>
      client(EC2Client, server, production, region).send(new DescribeRegionsCommand({}))
    await expect(regions('eu-central-1')).resolves.toMatchObject({ Regions: expect.any(Array) })
    await expect(regions('ap-southeast-2')).rejects.toMatchObject({
      message: expect.stringContaining('with an explicit deny in a service control policy'),
    })
  })

  test('has policies that parse without findings, each kind in its own language', () => {
    const { world } = server
    const guardrails = [...world.organization.all('orgPolicy').values()].map(
      ({ type, document }) => [type === 'SERVICE_CONTROL_POLICY' ? 'scp' : 'rcp', document] as const,
    )
    const documents: readonly (readonly [PolicyKind, string])[] = [
      ...guardrails,
      ...accounts.flatMap((account) => {
        const holders = [...account.all('user').values(), ...account.all('group').values(), ...rolesOf(account)]
        return [
          ...holders.flatMap(({ inline }) => inline.map(({ document }) => ['identity', document] as const)),
          ...[...account.all('policy').values()].flatMap(({ versions }) =>
            versions.flatMap(({ document }) => [['identity', document] as const, ['boundary', document] as const]),
          ),
          ...rolesOf(account).flatMap(({ trust }) => [
            ['trust', trust.document] as const,
            ['trust', showPrincipals(world, trust)] as const,
          ]),
          ...[...account.all('bucket').values()].flatMap(({ policy }) =>
            policy === undefined ? [] : [['resource', policy.document] as const],
          ),
        ]
      }),
    ]
    expect(documents.length).toBeGreaterThan(1_500)
    const texts = new Set(documents.map(([, text]) => text))
    expect(texts.size, 'texts recur').toBeLessThan(documents.length / 4)
    for (const [kind, text] of documents) {
      const parsed = parse(text, kind)
      expect(parsed.ok ? lint(parsed.document, world.reference) : parsed.findings, text).toEqual([])
    }
  })

  test('names nothing that is not there, and keeps AWS’s limits', () => {
    const { world } = server
    for (const account of accounts) {
      const holders = [...account.all('user').values(), ...account.all('group').values(), ...rolesOf(account)]
      const named = holders.flatMap((holder) => [
        ...holder.attached,
        ...('boundary' in holder && holder.boundary !== undefined ? [holder.boundary] : []),
      ])
      const own = new Set([...account.all('policy').values()].map((policy) => identityArn(account.id, policy)))
      const lacking = named.filter((arn) => !own.has(arn) && world.catalogue.policy(arn)?.deprecated !== false)
      expect(lacking).toEqual([])
      for (const { groups } of account.all('user').values())
        expect(groups.filter((key) => !account.all('group').has(key))).toEqual([])
      for (const { trust, attached } of rolesOf(account)) {
        expect(trust.document.length).toBeLessThanOrEqual(2048)
        expect(attached.length).toBeLessThanOrEqual(10)
      }
      for (const { name, region } of account.all('bucket').values()) {
        refuseName(name)
        expect(world.directory.all('bucketName').get(name)).toEqual({ account: account.id, region })
      }
    }
    for (const { policies } of world.organization.all('attachment').values())
      expect(policies.length).toBeLessThanOrEqual(10)
    for (const { email, name } of world.organization.all('member').values())
      expect([email.length <= 64, name.length <= 50, /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)]).toEqual([
        true,
        true,
        true,
      ])
  })

  test('has about as many roles an account as were asked for, besides those that every account has', () => {
    for (const account of accounts) {
      const asked = rolesOf(account).filter(
        ({ name }) => name !== 'OrganizationAccountAccessRole' && !(ANCHOR_NAMES as readonly string[]).includes(name),
      )
      expect(Math.abs(asked.length - ORDER.roles)).toBeLessThanOrEqual(ORDER.roles * 0.2)
    }
    const counted = accounts.reduce((sum, account) => sum + account.all('role').size, 0)
    expect(made.generated.roles).toBe(counted)
  })
})
