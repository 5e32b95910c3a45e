/**
 * Codes of MFA devices: six digits every thirty seconds (RFC 6238, SHA-1), by the server's (test) clock.
 *
 * INVARIANT: a code is good once. The step of the last one that was taken is kept, and it and older ones are refused.
 */

import { timingSafeEqual } from 'node:crypto'
import { nameKey, type MfaDevice } from '@sallyport/estate'
import { HOTP, Secret } from 'otpauth'
import type { Call } from '../call.ts'
import { Refusal } from '../refusal.ts'
import { put, type Change } from '../store/store.ts'
import { guessedRight, guessedWrong, mayGuess } from './guesses.ts'

const STEP = 30_000
/** Steps around the expected one whose codes are taken: what RFC 6238 allows for clocks and slow hands. */
const AROUND = [0, -1, 1]
/** How far two codes in a row are searched for: they say how far the device's clock is off. */
const SEARCHED = 20

type Clocked = Pick<Call, 'keyring' | 'now'>
/** What a device is after a code was taken. */
type Taken = Required<Pick<MfaDevice, 'lastStep' | 'drift'>>

/** The device after `code`, or `undefined` where it is not one that the device shows now, or was taken before. */
export function takeCode(call: Clocked, device: MfaDevice, code: string): MfaDevice | undefined {
  const codes = codesOf(call, device)
  const { drift: expected = 0 } = device
  const taken = AROUND.map((off) => at(call, expected + off)).find((one) => isFresh(device, one) && codes(one, code))
  return taken === undefined ? undefined : { ...device, ...taken }
}

/** The same after two codes in a row, which may be minutes off: the device's clock is known by them. */
export function takeTwoCodes(
  call: Clocked,
  device: MfaDevice,
  codes: readonly [string, string],
): MfaDevice | undefined {
  const shows = codesOf(call, device)
  const both = nearestFirst()
    .map((off) => [at(call, off - 1), at(call, off)] as const)
    .find(([first, second]) => isFresh(device, first) && shows(first, codes[0]) && shows(second, codes[1]))
  return both === undefined ? undefined : { ...device, ...both[1] }
}

function at({ now }: Clocked, off: number): Taken {
  return { lastStep: Math.floor(now / STEP) + off, drift: off }
}

function isFresh({ lastStep = -1 }: MfaDevice, taken: Taken): boolean {
  return taken.lastStep > lastStep
}

function nearestFirst(): readonly number[] {
  const far = Array.from({ length: SEARCHED }, (_, index) => index + 1)
  return [0, ...far.flatMap((off) => [-off, off])]
}

/** Says whether a device shows a code at a step. A hardware token's seed is not known here, so no code of it is good. */
function codesOf({ keyring }: Clocked, { sealedSeed }: MfaDevice): (taken: Taken, code: string) => boolean {
  if (sealedSeed === undefined) return () => false
  const seed = keyring.openText('mfa-seed', sealedSeed)
  if (seed === undefined) throw new Error('the seed of an MFA device does not open')
  const secret = Secret.fromBase32(seed)
  return ({ lastStep }, code) => {
    const shown = Buffer.from(HOTP.generate({ secret, counter: lastStep }))
    const given = Buffer.from(code)
    return shown.length === given.length && timingSafeEqual(shown, given)
  }
}

export interface SecondFactor {
  /** What the law is told of this call. */
  readonly context: Readonly<Record<string, string>>
  /** The code is used up, where the call succeeds. */
  readonly changes: readonly Change[]
  /** When it was proved, where it was: a whole second, as session times are. */
  readonly provedAt?: number
}

const FAILED = 'MultiFactorAuthentication failed'

/** The second factor that an STS call brings. A wrong one refuses, in STS's words; none is no refusal. */
export function secondFactor(
  { SerialNumber, TokenCode }: { readonly SerialNumber?: string; readonly TokenCode?: string },
  call: Call,
): SecondFactor {
  if (SerialNumber === undefined && TokenCode === undefined) return { context: {}, changes: [] }
  if (SerialNumber === undefined || TokenCode === undefined) {
    throw new Refusal('AccessDenied', `${FAILED}, must provide both MFA serial number and one time pass code.`)
  }
  const device = ownDevice(call, SerialNumber)
  if (device === undefined) {
    const text =
      'unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.'
    throw new Refusal('AccessDenied', `${FAILED}, ${text}`)
  }
  const after = mayGuess(call, device.serial) ? takeCode(call, device, TokenCode) : undefined
  if (after === undefined) {
    guessedWrong(call, device.serial)
    throw new Refusal('AccessDenied', `${FAILED} with invalid MFA one time pass code. `)
  }
  guessedRight(call, device.serial)
  return {
    context: { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' },
    changes: [put(call.account.id, 'mfaDevice', nameKey(after.serial), after)],
    provedAt: Math.floor(call.now / 1000) * 1000,
  }
}

function ownDevice({ principal, account }: Call, serial: string): MfaDevice | undefined {
  if (principal.type !== 'User') return undefined
  const device = account.all('mfaDevice').get(nameKey(serial))
  return device?.enabled?.userId === principal.user.id ? device : undefined
}
