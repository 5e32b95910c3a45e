/** What a bucket may be called, and where it may lie. S3 UG bucketnamingrules; API_CreateBucket. */

import { Refusal } from '../../refusal.ts'
import { loadModel } from '../../wire/models.ts'

const WHOLE = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** Names from before 2018 in us-east-1 were freer; none can be made, but calls that name one are not malformed. */
const ANY = /^[A-Za-z0-9._-]{3,255}$/
const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$/
const RESERVED = /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/

export function refuseName(name: string, rules: 'new' | 'any' = 'new'): void {
  const good =
    rules === 'any'
      ? ANY.test(name)
      : WHOLE.test(name) && !name.includes('..') && !ADDRESS.test(name) && !RESERVED.test(name)
  if (!good) throw new Refusal('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: name })
}

const DEFAULT_REGION = 'us-east-1'

/** The region that a new bucket lies in: us-east-1's endpoint makes buckets anywhere, all others in their own region alone. */
export function regionFor(endpoint: string, constraint: string | undefined): string {
  if (constraint !== undefined && !regions().includes(constraint)) {
    throw new Refusal('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      LocationConstraint: constraint,
    })
  }
  const asked = constraint === 'EU' ? 'eu-west-1' : (constraint ?? DEFAULT_REGION)
  if (endpoint === DEFAULT_REGION || asked === endpoint) return asked
  const which = constraint ?? 'unspecified'
  throw new Refusal(
    'IllegalLocationConstraintException',
    `The ${which} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  )
}

/** Every region but us-east-1, which is said by saying none. */
function regions(): readonly string[] {
  const shape = loadModel('s3').shapes['BucketLocationConstraint']
  return shape?.kind === 'simple' ? (shape.c?.enum ?? []) : []
}
