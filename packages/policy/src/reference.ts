/**
 * AWS's service authorisation reference, as far as findings about a policy need it: which actions and condition keys
 * there are. The law itself decides without it. Whoever has the tables gives them in this form, in a browser too.
 */

import type { ConditionKey } from './condition/keys.ts'

export type AccessLevel = 'List' | 'Read' | 'Write' | 'Tagging' | 'Permissions management'

export interface ResourceType {
  readonly name: string
  /** `arn:${Partition}:s3:::${BucketName}`. */
  readonly arn: string
}

export interface KnownAction {
  /** In AWS's spelling, with its service: `s3:GetObject`. */
  readonly name: string
  readonly level: AccessLevel
  /** None where the action is about no resource of its own and only `*` covers it. */
  readonly resourceTypes: readonly ResourceType[]
  /** The service's own and the global ones that depend on the resource; `aws:RequestTag/${TagKey}` stands for a family. */
  readonly conditionKeys: readonly string[]
}

export interface AuthorizationReference {
  /** `s3:GetObject`, in any case. */
  action(name: string): KnownAction | undefined
  /** The names of a service's actions, without its prefix; nothing where there is no such service. */
  actionsOf(service: string): readonly string[] | undefined
  /** A key of a service, in any case. The global ones are in `GLOBAL_KEYS`. */
  conditionKey(name: string): ConditionKey | undefined
  /** Do resource control policies bear on this service's actions? */
  supportsRcp(service: string): boolean
}
