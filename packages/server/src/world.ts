/** What the gate and its operations stand on: the land, the keys, the clock, the directory. One a server. */

import type { AccessKey, Account, Catalogue, Estate, OrganizationLand, PolicyLibrary } from '@sallyport/estate'
import { createLibrary, type AuthorizationReference } from '@sallyport/policy'
import { ServiceReference } from './authorization-reference.ts'
import type { Blobs } from './blobs.ts'
import { awsCatalogue } from './catalogue.ts'
import type { Clock } from './clock.ts'
import { directoryOf, DIRECTORY, ORGANIZATION, type Directory } from './directory.ts'
import { Keyring } from './keyring.ts'
import type { ServerOptions } from './options.ts'
import type { Random } from './random.ts'
import { Sessions } from './sessions.ts'
import { Land, type PartitionView } from './store/land.ts'
import { put, type PartitionId, type Store } from './store/store.ts'

const SECRETS_REMEMBERED = 10_000

export class World implements Estate {
  readonly store: Store
  readonly blobs: Blobs
  readonly clock: Clock
  readonly random: Random
  readonly region: string
  readonly keyring: Keyring
  readonly sessions: Sessions
  readonly land: Land
  readonly catalogue: Catalogue = awsCatalogue()
  readonly library: PolicyLibrary = createLibrary()
  readonly reference: AuthorizationReference = new ServiceReference()
  readonly #secrets = new Map<string, string>()

  private constructor({ store, blobs, clock, random, region, masterKey }: ServerOptions) {
    this.store = store
    this.blobs = blobs
    this.clock = clock
    this.random = random
    this.region = region
    this.keyring = new Keyring(masterKey, random)
    this.sessions = new Sessions(this.keyring)
    this.land = new Land(store)
  }

  /** Reads the organisation and the directory, and sees that there is a key to seal sessions with. */
  static async open(options: ServerOptions): Promise<World> {
    const world = new World(options)
    await world.land.load([DIRECTORY, ORGANIZATION])
    await world.#openSessionKeys()
    return world
  }

  get directory(): Directory {
    return directoryOf(this.#present(DIRECTORY))
  }

  get organization(): OrganizationLand {
    return this.#present(ORGANIZATION) as unknown as OrganizationLand // only operations on typed values write it
  }

  /** An account that exists and has been loaded: what the estate reads. */
  account(id: string): Account | undefined {
    if (!this.directory.all('account').has(id)) return undefined
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

  async #openSessionKeys(): Promise<void> {
    for (const { number, sealed } of this.directory.all('sessionKey').values()) {
      const key = this.keyring.open('session-key', Buffer.from(sealed, 'base64'))
      if (key === undefined) throw new Error('the data was sealed with another key: give the key file it was made with')
      this.keyring.addSessionKey(number, key)
    }
    if (this.keyring.hasSessionKey()) return
    const key = this.random.bytes(32)
    const sealed = this.keyring.seal('session-key', key).toString('base64')
    await this.land.commit([put(DIRECTORY, 'sessionKey', '1', { number: 1, sealed })], [])
    this.keyring.addSessionKey(1, key)
  }

  #present(id: PartitionId): PartitionView {
    const view = this.land.view(id)
    if (view === undefined) throw new Error(`partition \`${id}\` is not loaded`)
    return view
  }
}
