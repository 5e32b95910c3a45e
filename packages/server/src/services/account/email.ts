/**
 * The address of a member's root user. A new one is confirmed by a code that AWS sends there. No mail goes out from here:
 * an administrator reads the codes at `/_sallyport/email-codes`.
 */

import type { EmailUpdate } from '@sallyport/estate'
import { timingSafeEqual } from 'node:crypto'
import { accountOfEmail, ownerOf, renamed } from '../../account-owner.ts'
import type { Call } from '../../call.ts'
import { ORGANIZATION } from '../../directory.ts'
import { oneTimeCode } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { about, reach, REFUSALS, touches } from './shared.ts'

/** How long a code may be used, and how often it may be guessed at. Ours: AWS says neither. */
const LASTS = 24 * 3_600_000
const GUESSES = 5

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/** account:GetPrimaryEmail. */
export const getPrimaryEmail = operation('account:GetPrimaryEmail', {
  needs: touches,
  asks: (input, call) => about(input, call),
  refusals: REFUSALS,
  run(input, call) {
    const id = reach(input, call, 'GetPrimaryEmail')
    return { output: { PrimaryEmail: ownerOf(call, id).email } }
  },
})

/** account:StartPrimaryEmailUpdate. Starting again makes the code before worthless. */
export const startPrimaryEmailUpdate = operation('account:StartPrimaryEmailUpdate', {
  needs: touches,
  asks: (input, call) => about(input, call, target(input)),
  refusals: [...REFUSALS, 'ConflictException'],
  run(input, call) {
    const account = reach(input, call, 'StartPrimaryEmailUpdate')
    const email = input.PrimaryEmail
    if (!EMAIL.test(email)) throw new Refusal('ValidationException', 'The provided email address is not valid.')
    refuseTaken(call, email)
    const sealedCode = call.keyring.sealText('one-time-code', oneTimeCode(call.random))
    return {
      output: { Status: 'PENDING' as const },
      changes: [keep({ account, email, sealedCode, wrong: 0, at: call.now })],
    }
  },
})

/** account:AcceptPrimaryEmailUpdate. A code that was guessed at too often is worth nothing. */
export const acceptPrimaryEmailUpdate = operation('account:AcceptPrimaryEmailUpdate', {
  needs: touches,
  asks: (input, call) => about(input, call, target(input)),
  refusals: [...REFUSALS, 'ConflictException', 'ResourceNotFoundException'],
  run(input, call) {
    const id = reach(input, call, 'AcceptPrimaryEmailUpdate')
    const update = call.estate.organization.all('emailUpdate').get(id)
    const code = update === undefined ? undefined : codeOf(call, update)
    if (update === undefined || code === undefined || !same(update.email, input.PrimaryEmail)) throw noUpdate()
    if (!equal(code, input.Otp)) return missed(update)
    refuseTaken(call, update.email)
    const { sealedCode: _, ...rest } = update
    return {
      output: { Status: 'ACCEPTED' as const },
      changes: [keep({ ...rest, acceptedAt: call.now }), ...renamed(call, id, { email: update.email })],
    }
  },
})

/** account:GetPrimaryEmailUpdateStatus. Of the latest change. */
export const getPrimaryEmailUpdateStatus = operation('account:GetPrimaryEmailUpdateStatus', {
  needs: touches,
  asks: (input, call) => about(input, call),
  refusals: [...REFUSALS, 'ResourceNotFoundException'],
  run(input, call) {
    const id = reach(input, call, 'GetPrimaryEmailUpdateStatus')
    const update = call.estate.organization.all('emailUpdate').get(id)
    if (update === undefined) throw noUpdate()
    const { acceptedAt, at } = update
    const open = codeOf(call, update) === undefined ? ('FAILED' as const) : ('PENDING' as const)
    const Status = acceptedAt === undefined ? open : ('COMPLETED' as const)
    return { output: { Status, UpdatedAt: new Date(acceptedAt ?? at) } }
  },
})

/** The code of a change that can still be confirmed. */
export function codeOf({ keyring, now }: Pick<Call, 'keyring' | 'now'>, update: EmailUpdate): string | undefined {
  if (update.sealedCode === undefined || now >= update.at + LASTS) return undefined
  return keyring.openText('one-time-code', update.sealedCode)
}

/** A guess counts though it is refused. */
function missed(update: EmailUpdate) {
  const wrong = update.wrong + 1
  const { sealedCode, ...rest } = update
  const after = { ...rest, ...(wrong < GUESSES && sealedCode !== undefined ? { sealedCode } : {}), wrong }
  const refusal = new Refusal('ValidationException', 'The provided one-time password is not valid.')
  return { output: {}, changes: [keep(after)], afterwards: async () => ({ refusal }) }
}

function refuseTaken(call: Call, email: string): void {
  if (accountOfEmail(call, email) === undefined) return
  throw new Refusal('ConflictException', 'The provided email address is already in use.')
}

function noUpdate(): Refusal {
  return new Refusal('ResourceNotFoundException', 'No primary email update was found for the account.')
}

function keep(update: EmailUpdate): Change {
  return put(ORGANIZATION, 'emailUpdate', update.account, update)
}

function target({ PrimaryEmail }: { readonly PrimaryEmail: string }) {
  return { 'account:EmailTargetDomain': PrimaryEmail.slice(PrimaryEmail.lastIndexOf('@') + 1) }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function equal(code: string, given: string): boolean {
  const [one, other] = [Buffer.from(code), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}
