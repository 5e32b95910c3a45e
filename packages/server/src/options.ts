/** What a server is made from. Everything that waits, ticks or is drawn by lot comes in here. */

import type { Blobs } from './blobs.ts'
import type { Clock } from './clock.ts'
import type { Running } from './functions/running.ts'
import type { GateOptions } from './gate.ts'
import type { GivenKeys } from './issuers.ts'
import type { QuotaSettings } from './quotas.ts'
import type { Random } from './random.ts'
import type { Store } from './store/store.ts'

export interface ServerOptions extends GateOptions {
  readonly store: Store
  readonly blobs: Blobs
  readonly clock: Clock
  readonly random: Random
  /** 32 bytes. Secrets at rest and session tokens hang on it. */
  readonly masterKey: Buffer
  /** Bytes of the state that are kept in memory; what was used last stays. */
  readonly cache?: number
  /** What every account may have, where it is not AWS's default. */
  readonly quotas?: QuotaSettings
  /** Grants each increase of a quota that is asked for, up to AWS's highest. Otherwise the operator decides. */
  readonly approveQuotas?: boolean
  /** Keys of identity providers that are not asked for them, by issuer without `https://`. */
  readonly jwks?: GivenKeys
  /** How functions run; they are kept and not run where it is absent. */
  readonly functions?: Running
  /** With `eventual`, changes to identities are seen some seconds late, as AWS warns of. */
  readonly consistency?: 'strong' | 'eventual'
  /** The region of calls that name none, and the home of global services. */
  readonly region: string
}
