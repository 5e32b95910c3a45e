/** Where a profile's credentials come from, one step at a time, by the rules of AWS's clients. */

import type { Keys } from '../credentials.ts'
import type { Values } from './files.ts'

export type Origin =
  | { readonly kind: 'role'; readonly arn: string; readonly source: string }
  | { readonly kind: 'role from'; readonly arn: string; readonly source: string }
  | { readonly kind: 'web identity'; readonly arn: string; readonly tokenFile: string }
  | { readonly kind: 'sso'; readonly account: string; readonly role: string; readonly session: string | undefined }
  | { readonly kind: 'keys'; readonly keys: Keys }
  | { readonly kind: 'process'; readonly command: string }
  | { readonly kind: 'none' }
  /** AWS's clients stop here. */
  | { readonly kind: 'broken'; readonly says: string; readonly setting?: string }

export const CREDENTIAL_SOURCES = ['Environment', 'Ec2InstanceMetadata', 'EcsContainer'] as const

/** `asSource`: of a profile that another one names, keys go before a role. */
export function originOf(values: Values, asSource = false): Origin {
  const value = (name: string): string => values.get(name) ?? ''
  const keys = keysOf(values)
  if (values.has('role_arn') && !values.has('web_identity_token_file') && !(asSource && keys?.kind === 'keys')) {
    return roleOrigin(values)
  }
  if (values.has('web_identity_token_file')) {
    if (!values.has('role_arn'))
      return { kind: 'broken', says: '`web_identity_token_file` is set and `role_arn` is not', setting: 'role_arn' }
    return { kind: 'web identity', arn: value('role_arn'), tokenFile: value('web_identity_token_file') }
  }
  if (['sso_account_id', 'sso_role_name', 'sso_session', 'sso_start_url'].some((name) => values.has(name))) {
    return ssoOrigin(values)
  }
  if (keys !== undefined) return keys
  if (values.has('credential_process')) return { kind: 'process', command: value('credential_process') }
  return { kind: 'none' }
}

function roleOrigin(values: Values): Origin {
  const arn = values.get('role_arn') ?? ''
  const [source, named] = [values.get('source_profile'), values.get('credential_source')]
  if (source !== undefined && named !== undefined) {
    return { kind: 'broken', says: '`source_profile` and `credential_source` are both set: the AWS CLI takes neither' }
  }
  if (source !== undefined) return { kind: 'role', arn, source }
  if (named === undefined)
    return { kind: 'broken', says: '`role_arn` is set, and nothing says who assumes it', setting: 'source_profile' }
  return { kind: 'role from', arn, source: named }
}

function ssoOrigin(values: Values): Origin {
  const missing = ['sso_account_id', 'sso_role_name'].find((name) => !values.get(name))
  if (missing !== undefined) return { kind: 'broken', says: `\`${missing}\` is not set`, setting: missing }
  const session = values.get('sso_session')
  const needed = session === undefined ? ['sso_start_url', 'sso_region'].find((name) => !values.get(name)) : undefined
  if (needed !== undefined) return { kind: 'broken', says: `\`${needed}\` is not set`, setting: needed }
  return { kind: 'sso', account: values.get('sso_account_id') ?? '', role: values.get('sso_role_name') ?? '', session }
}

function keysOf(values: Values): Extract<Origin, { kind: 'keys' | 'broken' }> | undefined {
  const [id, secret, token] = ['aws_access_key_id', 'aws_secret_access_key', 'aws_session_token'].map((name) =>
    values.get(name),
  )
  if (!id && !secret) return undefined
  if (!id || !secret) {
    const setting = id ? 'aws_secret_access_key' : 'aws_access_key_id'
    return { kind: 'broken', says: `\`${setting}\` is not set, and the other half of the key is`, setting }
  }
  return { kind: 'keys', keys: { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) } }
}
