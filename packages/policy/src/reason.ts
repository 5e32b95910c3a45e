/** The vocabulary of reasons: why a decision came out as it did. Every surface renders this one value. */

import type { Attached, Layer } from './layers.ts'
import type { Request } from './request.ts'

/** The layer names of a refusal: as `Layer`, with the trust policy told apart from other resource policies. */
export type ReasonLayer = Layer | 'trust'

export interface StatementRef {
  readonly policy: Attached
  /** The statement's place in its document, from 0. */
  readonly index: number
  readonly sid?: string
}

export type Reason =
  | { readonly code: 'Allowed'; readonly by: readonly ReasonLayer[] }
  /** A valid signature is enough: sts:GetCallerIdentity. */
  | { readonly code: 'AlwaysAllowed' }
  | { readonly code: 'ExplicitDeny'; readonly layer: ReasonLayer; readonly statement: StatementRef }
  /** The layer had to allow and did not. `level` is the organisation node for scp and rcp. */
  | { readonly code: 'ImplicitDeny'; readonly layer: ReasonLayer; readonly level?: string }

/** What became of one statement when it did not speak: the first element that failed. */
export type Miss =
  | { readonly element: 'Action' | 'Resource' | 'Principal' }
  | {
      readonly element: 'Condition'
      readonly operator: string
      readonly key: string
      readonly wanted: readonly string[]
      readonly had: string | readonly string[] | undefined
    }

export interface Finding {
  readonly layer: ReasonLayer
  readonly level?: string
  readonly effect: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny'
  /** Statements that spoke. */
  readonly spoke: readonly StatementRef[]
  /** Statements about this action that did not speak, and why. */
  readonly missed: readonly (StatementRef & { readonly miss: Miss })[]
}

export interface Decision {
  readonly effect: 'Allow' | 'Deny'
  readonly reason: Reason
  readonly request: Request
  /** One a layer that bears on the request; worked out when first read. */
  readonly findings: readonly Finding[]
}
