/** What the gate and its operations stand on: the land, the keys, the clock, the directory. One a server. */

import type { JSONWebKeySet } from 'jose'
import {
  tokenIssuerHost,
  type AccessKey,
  type Account,
  type Catalogue,
  type Estate,
  type OrganizationLand,
  type PolicyLibrary,
  type Principal,
} from '@sallyport/estate'
import { createLibrary } from '@sallyport/policy'
import { ServiceReference, type Reference } from './authorization-reference.ts'
import type { Blobs } from './blobs.ts'
import { awsCatalogue } from './catalogue.ts'
import type { Clock } from './clock.ts'
import { cleared } from './closing.ts'
import { directoryOf, DIRECTORY, ORGANIZATION, type Directory } from './directory.ts'
import { Eventual } from './eventual.ts'
import { nodeName } from './ids.ts'
import { Issuers } from './issuers.ts'
import { Keyring } from './keyring.ts'
import type { ServerOptions } from './options.ts'
import type { QuotaSettings } from './quotas.ts'
import type { Random } from './random.ts'
import { Sessions } from './sessions.ts'
import { Land } from './store/land.ts'
import type { PartitionView } from './store/partition.ts'
import { issuerOf, keySet } from './token-keys.ts'
import { Usage } from './usage.ts'
import { Conflict, put, remove, type Change, type PartitionId, type Store, type Version } from './store/store.ts'

const SECRETS_REMEMBERED = 10_000
/** About 2,500 accounts of fifty roles. */
export const CACHE = 256 * 1024 * 1024
/** No session is longer than 36 hours, so a key that sealed none for as long opens none that lives. */
const LONGEST_SESSION = 36 * 3_600_000

/** The state cannot be used, and whoever runs the server is told what would help. */
export class UnusableState extends Error {}

export class World implements Estate {
  readonly store: Store
  readonly blobs: Blobs
  readonly clock: Clock
  readonly random: Random
  readonly region: string
  readonly quotas: QuotaSettings
  readonly approvesQuotas: boolean
  /** The land as calls see it: itself, unless changes are to be seen late. */
  readonly seen: Estate
  readonly #eventual: Eventual | undefined
  readonly keyring: Keyring
  readonly issuers: Issuers
  readonly usage: Usage
  readonly sessions: Sessions
  readonly land: Land
  readonly catalogue: Catalogue = awsCatalogue()
  readonly library: PolicyLibrary = createLibrary()
  readonly reference: Reference = new ServiceReference()
  readonly #secrets = new Map<string, string>()
  /** The directory whose session keys are in use. */
  #keysOf: Version | undefined

  private constructor({
    store,
    blobs,
    clock,
    random,
    region,
    masterKey,
    quotas = {},
    approveQuotas = false,
    consistency = 'strong',
    jwks = new Map(),
    cache = CACHE,
  }: ServerOptions) {
    this.store = store
    this.blobs = blobs
    this.clock = clock
    this.random = random
    this.region = region
    this.quotas = quotas
    this.approvesQuotas = approveQuotas
    this.#eventual = consistency === 'eventual' ? new Eventual(clock, random) : undefined
    this.seen = this.#eventual === undefined ? this : this.#eventual.over(this)
    this.issuers = new Issuers(jwks, (url) => this.#issuedHere(url), clock.host)
    this.keyring = new Keyring(masterKey, random)
    this.sessions = new Sessions(this.keyring)
    const node = nodeName(random)
    this.land = new Land(store, { cache, node, now: clock.ticks })
    this.usage = new Usage({ store, commit: (changes) => this.land.commit(changes, []), now: clock.now })
  }

  /** Reads the organisation and the directory, and sees that there is a key to seal sessions with. */
  static async open(options: ServerOptions): Promise<World> {
    const world = new World(options)
    await world.land.follow()
    await world.land.load([DIRECTORY, ORGANIZATION])
    if (world.directory.all('filling').size > 0) {
      throw new UnusableState('a restore was broken off there, and not all is there: empty it, then restore again')
    }
    for (let none = world.#takeSessionKeys(); none; none = world.#takeSessionKeys()) {
      await world.#addSessionKey().catch(unlessConflict)
      await world.land.load([DIRECTORY])
    }
    return world
  }

  /** What every call stands on: the directory and the organisation, up to date, and the keys that the directory has. */
  async ground(): Promise<void> {
    await this.land.load([DIRECTORY, ORGANIZATION])
    this.#takeSessionKeys()
    const gone = cleared(this, this.clock.now())
    if (gone.length === 0) return
    await this.land.commit(gone, []).catch(unlessConflict) // another node may have been first
    await this.land.load([DIRECTORY, ORGANIZATION])
  }

  get directory(): Directory {
    return directoryOf(this.#present(DIRECTORY))
  }

  get organization(): OrganizationLand {
    return this.#present(ORGANIZATION) as unknown as OrganizationLand // only operations on typed values write it
  }

  /** An account that exists, is not closed and has been loaded: what the estate reads. */
  account(id: string): Account | undefined {
    const row = this.directory.all('account').get(id)
    if (row === undefined || row.closedAt !== undefined) return undefined
    const view = this.land.view(id)
    // INVARIANT: an account's partition is written through `AccountKinds` alone
    return view as Account | undefined
  }

  exists = (id: string): boolean => this.directory.all('account').has(id)

  /** The same, brought in first. */
  async enter(id: string): Promise<Account | undefined> {
    if (!this.exists(id)) return undefined
    await this.land.load([id])
    return this.account(id)
  }

  /** The same, as calls see it. */
  async meet(id: string): Promise<Account | undefined> {
    return (await this.enter(id)) === undefined ? undefined : this.seen.account(id)
  }

  /** Is told of what a call is about to change. */
  changing(changes: readonly Change[]): void {
    this.#eventual?.changing(changes, (id) => this.land.view(id))
  }

  /**
   * What an operation gives. INVARIANT: a change of identities is made of the true state, whatever is seen of it: IAM's
   * own changes from the beginning, and anybody else's once it turns out that there is one.
   */
  outcome<T extends { readonly changes?: readonly Change[] }>(changesIdentities: boolean, run: () => T): T {
    const eventual = this.#eventual
    if (eventual === undefined) return run()
    const outcome = changesIdentities ? eventual.truthfully(run) : run()
    return changesIdentities || !eventual.concerns(outcome.changes ?? []) ? outcome : eventual.truthfully(run)
  }

  /** Brings in the accounts among `ids` that exist. */
  async bring(ids: readonly PartitionId[]): Promise<void> {
    await this.land.load(ids.filter((id) => id === DIRECTORY || id === ORGANIZATION || this.exists(id)))
  }

  /** The secret of a long-term key; opened once and remembered while the server runs. */
  secretOf(key: AccessKey): string | undefined {
    const known = this.#secrets.get(key.sealedSecret)
    if (known !== undefined) return known
    const secret = this.keyring.openText('secret', key.sealedSecret)
    if (secret === undefined) return undefined
    if (this.#secrets.size >= SECRETS_REMEMBERED) this.#secrets.clear()
    this.#secrets.set(key.sealedSecret, secret)
    return secret
  }

  /** The principal as the account knows them now, or `undefined` where they, or their key, are there no more. */
  renewed(principal: Principal): Principal | undefined {
    if (!('accessKeyId' in principal)) return principal
    const account = this.seen.account(principal.account)
    if (principal.type === 'Root') return account === undefined ? undefined : principal
    if (principal.type === 'AssumedRole') {
      const role = account?.byId('role', principal.role.id)
      if (role === undefined) return undefined
      return role === principal.role ? principal : { ...principal, role }
    }
    const user = account?.byId('user', principal.user.id)
    const key = account?.all('accessKey').get(principal.accessKeyId)
    const alive = principal.session !== undefined || key?.status === 'Active'
    if (user === undefined || !alive) return undefined
    return user === principal.user ? principal : { ...principal, user }
  }

  /** Whether what is known of the directory and of an account was behind what another node wrote; if so it is not any more. */
  async wasBehind(account: string | undefined): Promise<boolean> {
    if (this.store.current === undefined) return false
    const directory = await this.land.confirm(DIRECTORY)
    this.#takeSessionKeys()
    const home = account !== undefined && this.exists(account) && (await this.land.confirm(account))
    return directory || home
  }

  /** Seals sessions with a new key from now on. Those that are open stay so: their keys stay as long as they may live. */
  async rotateSessionKey(): Promise<number> {
    for (;;) {
      await this.ground()
      const number = await this.#addSessionKey().catch(unlessConflict)
      if (number !== undefined) return number
    }
  }

  /** The keys of an account that vouches for its own. */
  async #issuedHere(url: string): Promise<JSONWebKeySet | undefined> {
    const [id = ''] = url.split('.', 1)
    const home = this.directory.all('tokenIssuer').get(id)?.account
    if (home === undefined || url !== tokenIssuerHost(id)) return undefined
    const issuer = issuerOf(await this.enter(home))
    return issuer?.enabled === true ? keySet(issuer) : undefined
  }

  async #addSessionKey(): Promise<number> {
    const keys = [...this.directory.all('sessionKey').values()].toSorted((a, b) => a.number - b.number)
    const number = (keys.at(-1)?.number ?? 0) + 1
    const now = this.clock.host()
    const sealed = this.keyring.seal('session-key', this.random.bytes(32)).toString('base64')
    const useless = keys.filter((_key, at) => (keys[at + 1]?.createdAt ?? now) + LONGEST_SESSION < now)
    await this.land.commit(
      [
        put(DIRECTORY, 'sessionKey', String(number), { number, sealed, createdAt: now }),
        ...useless.map((key) => remove(DIRECTORY, 'sessionKey', String(key.number))),
      ],
      [],
    )
    this.#takeSessionKeys()
    return number
  }

  /** Takes the directory's session keys in use where it has changed. True where there are none. */
  #takeSessionKeys(): boolean {
    const { version } = this.#present(DIRECTORY)
    if (version === this.#keysOf) return !this.keyring.hasSessionKey()
    const keys = [...this.directory.all('sessionKey').values()].map(({ number, sealed }) => {
      const key = this.keyring.open('session-key', Buffer.from(sealed, 'base64'))
      if (key === undefined)
        throw new UnusableState('the data was sealed with another key: give the key file it was made with')
      return [number, key] as const
    })
    this.keyring.useSessionKeys(new Map(keys))
    this.#keysOf = version
    return keys.length === 0
  }

  #present(id: PartitionId): PartitionView {
    const view = this.land.view(id)
    if (view === undefined) throw new Error(`partition \`${id}\` is not loaded`)
    return view
  }
}

function unlessConflict(error: unknown): undefined {
  if (!(error instanceof Conflict)) throw error
}
