/** A policy document after parsing: plain data in one shape, whatever the JSON spelled it as. */

export type Effect = 'Allow' | 'Deny'
export type Version = '2008-10-17' | '2012-10-17'

/** What a document is for. It decides which elements it may have, how principals are read and how short ARNs count. */
export type PolicyKind = 'identity' | 'boundary' | 'session' | 'resource' | 'trust' | 'scp' | 'rcp' | 'endpoint'

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

export type PrincipalType = 'AWS' | 'Service' | 'Federated' | 'CanonicalUser'

export interface PrincipalElement {
  /** `Principal: "*"` and `{"AWS": "*"}` both set this. */
  readonly everyone: boolean
  /** Values as written, except that a 12-digit account is its `:root` ARN. */
  readonly by: Readonly<Partial<Record<PrincipalType, readonly string[]>>>
}

export interface ConditionLine {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string
  /** As written. */
  readonly key: string
  readonly values: readonly string[]
}

export interface Statement {
  readonly sid?: string
  readonly effect: Effect
  readonly principal?: PrincipalElement
  readonly notPrincipal?: PrincipalElement
  readonly actions?: readonly string[]
  readonly notActions?: readonly string[]
  readonly resources?: readonly string[]
  readonly notResources?: readonly string[]
  readonly conditions: readonly ConditionLine[]
  /** Where the statement stands in the text: its `{` and the place after its `}`. */
  readonly start?: Position
  readonly end?: Position
}

export interface Document {
  readonly version: Version
  readonly id?: string
  readonly statements: readonly Statement[]
}
