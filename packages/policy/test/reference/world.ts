/** What the reference is asked: a case of `policy-case/1`, as its own reading of that format. Whatever is left out is not there. */

export type Json = Readonly<Record<string, unknown>>

export interface Level {
  readonly target: string
  readonly policies: readonly Json[]
}

export interface World {
  readonly request: Asked
  readonly identityPolicies?: readonly Json[]
  readonly resourcePolicy?: Json | null
  readonly boundary?: readonly Json[] | null
  readonly scps?: readonly Level[]
  readonly rcps?: readonly Level[]
  readonly sessionPolicy?: Json | null
  readonly sessionPolicies?: readonly Json[]
  readonly endpointPolicies?: readonly Json[]
}

export interface Asked {
  readonly principal: string | { readonly type: 'Anonymous' }
  readonly action: string
  readonly resource: { readonly arn: string; readonly accountId: string }
  readonly context?: Readonly<Record<string, string | readonly string[]>>
  readonly principalInfo?: {
    readonly roleArn?: string
    readonly federatedBy?: string
    readonly uniqueId?: string
    readonly isServiceLinkedRole?: boolean
    readonly isManagementAccount?: boolean
    readonly resourceAccountIsManagement?: boolean
  }
}
