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

/** An element of a statement that did not match: what it wanted, and, of a condition, what the request had. */
export type Miss =
  | {
      readonly element: 'Resource' | 'Principal'
      readonly wanted: readonly string[]
      /** It is a NotResource or NotPrincipal, which wants anything but this. */
      readonly not?: true
    }
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
  /** Whose policies these are: the caller's account or the resource's. Absent where neither can say. */
  readonly account?: string
  readonly effect: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny'
  /** The call cannot pass as long as this stays so. */
  readonly blocks: boolean
  /** How many policies the layer has; none is a finding of its own where the layer must allow. */
  readonly policies: number
  /** Statements that spoke. */
  readonly spoke: readonly StatementRef[]
  /** Statements about this action that did not speak, and every element that stood in the way. */
  readonly missed: readonly (StatementRef & { readonly misses: readonly Miss[] })[]
}

export interface Decision {
  readonly effect: 'Allow' | 'Deny'
  readonly reason: Reason
  readonly request: Request
  /** One a layer that bears on the request or would have to; worked out when first read. */
  readonly findings: readonly Finding[]
}
