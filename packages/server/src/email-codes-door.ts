/**
 * The door by which an administrator reads the codes that AWS would have sent to new addresses of accounts:
 * `/_sallyport/email-codes`.
 */

import type { OwnDoor } from './http.ts'
import { codeOf } from './services/account/email.ts'
import { signedDoor, type Errand } from './signed-door.ts'
import type { World } from './world.ts'

export const EMAIL_CODES_PATH = '/_sallyport/email-codes'

export interface EmailCode {
  readonly account: string
  /** The address that it confirms. */
  readonly email: string
  readonly code: string
  readonly madeAt: string
}

export interface EmailCodes {
  readonly codes: readonly EmailCode[]
}

export function emailCodesDoor(world: World, onBug: (error: unknown) => void): OwnDoor {
  const read: Errand = { action: 'sallyport:ReadEmailCodes', answer: () => emailCodesOf(world) }
  return signedDoor(world, { path: EMAIL_CODES_PATH, errands: { GET: read }, methods: 'GET reads the codes' }, onBug)
}

/** Those that can still be used. */
export function emailCodesOf(world: World): EmailCodes {
  const now = world.clock.now()
  const codes = [...world.organization.all('emailUpdate').values()].flatMap((update) => {
    const code = codeOf({ keyring: world.keyring, now }, update)
    const { account, email, at } = update
    return code === undefined ? [] : [{ account, email, code, madeAt: new Date(at).toISOString() }]
  })
  return { codes }
}
