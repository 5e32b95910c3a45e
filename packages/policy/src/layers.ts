/** The layers of authorisation, in the order in which AWS reports them, and what bears on a request from each. */

import type { Compiled } from './compile.ts'

export const LAYERS = ['rcp', 'scp', 'resource', 'identity', 'boundary', 'session', 'endpoint'] as const
export type Layer = (typeof LAYERS)[number]

/** A compiled policy with the names by which an explanation calls it. */
export interface Attached {
  readonly policy: Compiled
  /** Managed policies, SCPs and RCPs have one. */
  readonly arn?: string
  /** Inline: the policy's name. */
  readonly name?: string
  /** What it hangs on, for people: `user alice`, `group developers`, `root r-1234`. */
  readonly on?: string
}

/** One node of the organisation tree with the policies of one type on it. */
export interface Level {
  /** `r-…`, `ou-…` or an account id. */
  readonly target: string
  readonly policies: readonly Attached[]
}

/** Everything that bears on a request. An absent layer is no limit; an empty one allows nothing. */
export interface Bearing {
  /** Of the caller: inline, attached, and those of the groups. */
  readonly identity: readonly Attached[]
  readonly boundary?: readonly Attached[]
  readonly session?: readonly Attached[]
  /** Root first. Absent where SCPs do not apply (management account, service-linked role, outside an organisation). */
  readonly scp?: readonly Level[]
  /** Of the resource's account, root first. */
  readonly rcp?: readonly Level[]
  /** The resource's policy: bucket policy, key policy, trust policy. */
  readonly resource?: Attached
  readonly endpoint?: readonly Attached[]
  /**
   * How the resource's policy counts. `grants` (the default): either side is enough in one account. `gate`: it must allow
   * whatever the identity says (role trust policies, KMS keys).
   */
  readonly resourceRule?: 'grants' | 'gate'
  /** The call needs no permission beyond a valid signature (sts:GetCallerIdentity): allowed even against a Deny. */
  readonly always?: boolean
}
