/**
 * A bucket's sub-resource that is kept as it was given and told again: one row says what it is called, what the law is
 * asked, what a new bucket answers and what S3 takes. The operations follow from the row.
 */

import type { Bucket } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Input, Operation, OperationName, OperationSpec, Output } from '../../operation.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { aboutBucket, find, ownersOf, type OfBucket, type Owned } from './shared.ts'

type Name = OperationName & `s3:${string}`

/** What is answered where nothing is kept. */
export interface Absent {
  readonly code: RefusalCode
  readonly message: string
}

export interface Setting<G extends Name, P extends Name, T> {
  /** The name that queries have for it, which is the one that it is kept by. */
  readonly sub: string
  readonly get: G
  readonly put?: P
  readonly remove?: Name
  /** Actions of the law, which are often called otherwise than the operations. */
  readonly reads: string
  readonly writes: string
  /** Where it is not the one that writes. */
  readonly removes?: string
  readonly refusals?: readonly RefusalCode[]
  readonly fresh: Output<G> | Absent
  /** What is to be kept: plain data, or `undefined` where the setting is taken off. Refuses what S3 does not take. */
  readonly given?: (input: Input<P>, owned: Owned, call: Call) => T | undefined
  readonly show: (kept: T) => Output<G>
  /** What a write says besides its success. */
  readonly answer?: (kept: T | undefined) => Output<P>
}

export function setting<G extends Name, P extends Name, T>(row: Setting<G, P, T>): readonly Operation[] {
  return [reading(row), ...writing(row), ...removing(row)]
}

function reading<G extends Name, P extends Name, T>({ sub, get, reads, fresh, show }: Setting<G, P, T>): Operation {
  return onBucket(get, reads, 'code' in fresh ? [absence(fresh).code] : [], (_input, { bucket }) => {
    const kept = bucket.settings?.[sub]
    if (kept !== undefined) return { output: show(kept as T) } // `given` made it
    if ('code' in fresh) throw new Refusal(absence(fresh).code, absence(fresh).message, { BucketName: bucket.name })
    return { output: fresh }
  })
}

function writing<G extends Name, P extends Name, T>(row: Setting<G, P, T>): readonly Operation[] {
  const { sub, given, answer, refusals = [] } = row
  if (row.put === undefined || given === undefined) return []
  const write = onBucket(row.put, row.writes, refusals, (input, owned, call) => {
    const kept = given(input as Input<P>, owned, call) // what the codec read by this operation's model
    return { output: answer?.(kept) ?? {}, changes: [keep(owned, sub, kept)] }
  })
  return [write]
}

function removing<G extends Name, P extends Name, T>({
  sub,
  remove,
  writes,
  removes = writes,
}: Setting<G, P, T>): readonly Operation[] {
  if (remove === undefined) return []
  return [
    onBucket(remove, removes, [], (_input, owned) => ({
      output: {},
      changes: owned.bucket.settings?.[sub] === undefined ? [] : [keep(owned, sub, undefined)],
    })),
  ]
}

function absence(fresh: object): Absent {
  return fresh as Absent // it has a code: no answer of S3's has such a member
}

function keep({ bucket, owner }: Owned, sub: string, kept: unknown) {
  const { [sub]: _, ...others } = bucket.settings ?? {}
  const settings = kept === undefined ? others : { ...others, [sub]: kept }
  return put(owner, 'bucket', bucket.name, { ...bucket, settings } satisfies Bucket)
}

type Run = (input: OfBucket, owned: Owned, call: Call) => ReturnType<OperationSpec<never, object, never, never>['run']>

/** An operation on a bucket that asks one thing of the law. */
export function onBucket(name: Name, action: string, refusals: readonly RefusalCode[], run: Run): Operation {
  const spec: OperationSpec<OfBucket, object, undefined, undefined> = {
    needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
    asks: (input, call) => aboutBucket(call, input, { action }),
    refusals: ['NoSuchBucket', ...refusals],
    run: (input, call) => run(input, find(call, input), call),
  }
  return { ...spec, name } as unknown as Operation // the gate hands over what the model says, which has a bucket
}

export function malformedXml(): Refusal {
  return new Refusal('malformed')
}
