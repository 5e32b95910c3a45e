/** The other noun: who asks for what, on which resource, in which circumstances. */

/** Key names in lower case → one value, or several where the key is multivalued. An absent key is absent. */
export type Context = ReadonlyMap<string, string | readonly string[]>

interface Named {
  readonly arn: string
  readonly account: string
}

/** Who asks. `id` is the unique id (AIDA…, AROA…) that saved policies name instead of the ARN. */
export type Caller =
  | (Named & { readonly type: 'Root' })
  | (Named & { readonly type: 'User'; readonly id?: string })
  /** `arn` is the session's (`arn:aws:sts::…:assumed-role/r/s`), `role` its role's, with the path. */
  | (Named & {
      readonly type: 'AssumedRole'
      readonly role: string
      readonly roleId?: string
      readonly serviceLinked?: boolean
    })
  /** GetFederationToken: `user` issued the session. */
  | (Named & { readonly type: 'FederatedUser'; readonly user: string; readonly userId?: string })
  /** Somebody from outside AWS, on the way in: AssumeRoleWithWebIdentity, AssumeRoleWithSAML. `provider` is the ARN or issuer. */
  | { readonly type: 'Federated'; readonly provider: string }
  | { readonly type: 'Service'; readonly service: string }
  | { readonly type: 'Anonymous' }

export interface Request {
  readonly caller: Caller
  /** `s3:GetObject`, in AWS's spelling. */
  readonly action: string
  /** An ARN, or `*` where the action has no resource. */
  readonly resource: string
  /** The account that owns the resource; for `*`, the caller's own. */
  readonly resourceAccount: string
  readonly context: Context
}
