/**
 * What an operation is: one value that reads like AWS's page about it. Its types are the SDK's own, so a member that the
 * model does not have, or a required one that is forgotten, does not compile.
 */

import type * as AccountManagement from '@aws-sdk/client-account'
import type * as Logs from '@aws-sdk/client-cloudwatch-logs'
import type * as Ec2 from '@aws-sdk/client-ec2'
import type * as Iam from '@aws-sdk/client-iam'
import type * as Lambda from '@aws-sdk/client-lambda'
import type * as Organizations from '@aws-sdk/client-organizations'
import type * as S3 from '@aws-sdk/client-s3'
import type * as S3Control from '@aws-sdk/client-s3-control'
import type * as ServiceQuotas from '@aws-sdk/client-service-quotas'
import type * as Ssm from '@aws-sdk/client-ssm'
import type * as Sts from '@aws-sdk/client-sts'
import type { Ask, Principal } from '@sallyport/estate'
import type { Call } from './call.ts'
import type { Concept, Refusal, RefusalCode } from './refusal.ts'
import type { Change, PartitionId } from './store/store.ts'

/** The services that are built, by their names in operations. */
export interface Sdk {
  sts: typeof Sts
  iam: typeof Iam
  organizations: typeof Organizations
  s3: typeof S3
  s3control: typeof S3Control
  ec2: typeof Ec2
  lambda: typeof Lambda
  logs: typeof Logs
  ssm: typeof Ssm
  'service-quotas': typeof ServiceQuotas
  account: typeof AccountManagement
}

export type ServiceName = keyof Sdk

type Commands<S extends ServiceName> = Extract<keyof Sdk[S], `${string}Command`>

/** `sts:AssumeRole`, `s3:PutObject`, … : the service's name here and the operation's in the model. */
export type OperationName = {
  [S in ServiceName]: Commands<S> extends `${infer N}Command` ? `${S}:${N}` : never
}[ServiceName]

type CommandOf<N extends OperationName> = N extends `${infer S extends ServiceName}:${infer O}`
  ? `${O}Command` extends keyof Sdk[S]
    ? Sdk[S][`${O}Command`]
    : never
  : never

/** The codec never hands over `undefined`, and refuses when a required member is missing. */
type Given<T> = T extends Date | Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly Given<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Given<Exclude<T[K], undefined>> }
      : T

export type Input<N extends OperationName> =
  CommandOf<N> extends new (...input: never[]) => { readonly input: infer I } ? Given<I> : never

type Produced<C> = C extends new (...input: never[]) => {
  resolveMiddleware(...rest: never[]): (...given: never[]) => Promise<{ output: infer O }>
}
  ? O
  : never

/** A handler may leave a member out by giving `undefined`: the codec writes nothing for it. */
type Loose<T> = T extends Date | Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly Loose<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: Loose<T[K]> | undefined }
      : T

export type Output<N extends OperationName> = Loose<Omit<Produced<CommandOf<N>>, '$metadata'>>

export interface Outcome<O> {
  readonly output: O
  readonly changes?: readonly Change[]
  /** Work that follows once the changes are durable, such as removing the bytes of a deleted object. */
  readonly afterwards?: () => Promise<Aftermath<O> | void>
}

/** What is found once the changes are durable. */
export interface Aftermath<O = never> {
  /** Rows of shelves that nothing names any more. */
  readonly changes?: readonly Change[]
  /** Why the call failed after all: another one overtook it. */
  readonly refusal?: Refusal
  /** The output instead: a function runs when its call is recorded, whatever it does meanwhile to its caller. */
  readonly output?: O
}

/** One question to the law. Where `action` is absent it is the operation's own name, where `account` is, the caller's. */
export type Asking = Omit<Ask, 'action' | 'account'> &
  Partial<Pick<Ask, 'action' | 'account'>> & {
    /** What must be allowed before: the access point through which the bucket is reached has a say too. */
    readonly before?: Asking
  }

export interface OperationSpec<I, O, P, L> {
  /**
   * Whom an unsigned call comes from, by the token in its input, and what else the token says: that is `call.seen`.
   * Refuses where nobody vouches for them. `shown` is what its record says of the token, beside the input.
   */
  identify?(input: I, call: Call): Promise<{ readonly principal: Principal; readonly seen: L; readonly shown?: object }>
  /** What must be read before the law can be asked: an object's tags are condition keys. Its result is `call.seen`. */
  look?(input: I, call: Call): Promise<L>
  /**
   * What the call asks of the law; every question must be allowed. It may refuse where the input names nothing that can be
   * asked about. `each`: `run` asks of every item by `call.may`, since one that is refused does not refuse the others.
   */
  asks(input: I, call: Call & { readonly seen: L }): Asking | readonly Asking[] | 'each'
  /** The refusals that are this operation's own, as AWS documents them. */
  readonly refusals: readonly (RefusalCode | Concept)[]
  /** Partitions beyond the caller's account and the organisation that the call touches. */
  needs?(input: I, call: Pick<Call, 'region' | 'directory' | 'account' | 'keyring'>): readonly PartitionId[]
  /** Waiting work between the law's yes and `run`: receiving a body, reading a shelf. Its result is `call.prepared`. */
  prepare?(input: I, call: Call & { readonly seen: L }): Promise<P>
  /** Undoes what `prepare` made where the call is refused after it. */
  release?(prepared: P, call: Call): Promise<void>
  /** Pure over (state, input, clock, random): the store may run it again after a lost race. */
  run(input: I, call: Call & { readonly prepared: P; readonly seen: L }): Outcome<O>
  /** Whether CloudTrail calls it read-only; by the verb where not said. */
  readonly readOnly?: boolean
}

/** An operation without its types: what the gate holds. */
export interface Operation extends OperationSpec<never, object, never, never> {
  readonly name: OperationName
}

export function operation<N extends OperationName, P = undefined, L = undefined>(
  name: N,
  spec: OperationSpec<Input<N>, Output<N>, P, L>,
): Operation {
  // The gate hands `run` the input that the codec read by this operation's model, which is what `Input<N>` says.
  return { ...spec, name } as unknown as Operation
}

/** Tells an operation from whatever else a noun's file exports. */
export function isOperation(it: unknown): it is Operation {
  return typeof it === 'object' && it !== null && 'asks' in it && 'run' in it && 'name' in it
}
