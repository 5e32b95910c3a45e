/** Object lock: retention and legal holds. No bucket has it, since it cannot be enabled, so each call is refused as on such a bucket. */

import { operation } from '../../operation.ts'
import { aboutObject, ownersOf } from './shared.ts'
import { missingLock } from './traits.ts'

function withoutLock(): never {
  throw missingLock()
}

/** s3:GetObjectRetention. */
export const getObjectRetention = operation('s3:GetObjectRetention', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutObject(call, input),
  refusals: ['InvalidRequest', 'NoSuchBucket'],
  run: withoutLock,
})

/** s3:PutObjectRetention. */
export const putObjectRetention = operation('s3:PutObjectRetention', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks(input, call) {
    const { Mode, RetainUntilDate } = input.Retention ?? {}
    const context = {
      's3:object-lock-mode': Mode,
      's3:object-lock-retain-until-date': RetainUntilDate?.toISOString(),
    }
    return aboutObject(call, input, { context })
  },
  refusals: ['InvalidRequest', 'NoSuchBucket'],
  run: withoutLock,
})

/** s3:GetObjectLegalHold. */
export const getObjectLegalHold = operation('s3:GetObjectLegalHold', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutObject(call, input),
  refusals: ['InvalidRequest', 'NoSuchBucket'],
  run: withoutLock,
})

/** s3:PutObjectLegalHold. */
export const putObjectLegalHold = operation('s3:PutObjectLegalHold', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) =>
    aboutObject(call, input, { context: { 's3:object-lock-legal-hold': input.LegalHold?.Status } }),
  refusals: ['InvalidRequest', 'NoSuchBucket'],
  run: withoutLock,
})
