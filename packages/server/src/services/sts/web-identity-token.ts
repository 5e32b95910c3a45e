/** Going out: a token by which others may know who of the account is before them. */

import {
  accountOf,
  identityArn,
  organizationOf,
  orgPath,
  principalArn,
  principalTags,
  sessionOf,
  tokenIssuerHost,
  type Principal,
  type Tag,
  type TokenIssuer,
} from '@sallyport/estate'
import { importPKCS8, SignJWT } from 'jose'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import { issuerOf } from '../../token-keys.ts'
import { isoSecond } from '../../wire/claim.ts'
import { requestTags } from '../tags.ts'
import { startOf } from './credentials.ts'
import { sessionTags } from './session-input.ts'

type Asked = Input<'sts:GetWebIdentityToken'>

interface Token {
  readonly text: string
  readonly expiresAt: number
}

const DEFAULT_SECONDS = 300
/** The most that AssumeRoleWithWebIdentity takes, in characters. `[I]`: AWS does not say how much it makes. */
const LONGEST = 20_000
const CLAIMS = 'https://sts.amazonaws.com/'

/** sts:GetWebIdentityToken. Signed by a key of the account's own, which it shows to everybody. */
export const getWebIdentityToken = operation<'sts:GetWebIdentityToken', Token>('sts:GetWebIdentityToken', {
  asks({ Audience, SigningAlgorithm, DurationSeconds = DEFAULT_SECONDS, Tags = [] }) {
    const context = {
      'sts:IdentityTokenAudience': Audience,
      'sts:SigningAlgorithm': SigningAlgorithm,
      'sts:DurationSeconds': String(DurationSeconds),
    }
    const asked = { resource: '*', context: { ...context, ...requestTags(Tags) } }
    const tagging = { action: 'sts:TagGetWebIdentityToken', resource: '*', context: requestTags(Tags) }
    return Tags.length === 0 ? asked : [asked, tagging]
  },
  refusals: [
    'InvalidParameterValue',
    'JWTPayloadSizeExceededException',
    'OutboundWebIdentityFederationDisabledException',
    'SessionDurationEscalationException',
    'ValidationError',
  ],
  readOnly: true,
  async prepare(input, call) {
    const issuer = issuerOf(call.account)
    if (issuer?.enabled !== true) throw disabled()
    return sign(input, issuer, call)
  },
  run: (_input, { prepared: { text, expiresAt } }) => ({
    output: { WebIdentityToken: text, Expiration: new Date(expiresAt) },
  }),
})

async function sign(input: Asked, issuer: TokenIssuer, call: Call): Promise<Token> {
  const { DurationSeconds = DEFAULT_SECONDS, SigningAlgorithm, Audience } = input
  const issuedAt = startOf(call)
  const expiresAt = issuedAt + DurationSeconds * 1000
  const session = sessionOf(call.principal)
  if (session !== undefined && expiresAt > session.expiresAt) throw escalated()
  const key = issuer.keys.find(({ alg }) => alg === SigningAlgorithm)
  const pem = key && call.keyring.openText('token-key', key.sealed)
  if (key === undefined || pem === undefined) throw algorithm(SigningAlgorithm)
  const [only = '', ...others] = Audience
  const text = await new SignJWT({ [CLAIMS]: claims(input, call) })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
    .setIssuer(`https://${tokenIssuerHost(issuer.id)}`)
    .setAudience(others.length === 0 ? only : [...Audience])
    .setSubject(subjectOf(call.principal))
    .setIssuedAt(issuedAt / 1000)
    .setExpirationTime(expiresAt / 1000)
    .setJti(uuid(call.random))
    .sign(await importPKCS8(pem, key.alg))
  if (text.length > LONGEST) throw tooLarge()
  return { text, expiresAt }
}

/** What AWS adds of the account, the caller and the session. UG id_roles_providers_outbound_token_claims. */
function claims({ Tags = [] }: Asked, { principal, estate, region }: Call): object {
  const account = accountOf(principal) ?? ''
  const session = sessionOf(principal)
  const { keys = {} } = session ?? {}
  const asked = sessionTags({ Tags }).tags
  return {
    aws_account: account,
    source_region: region,
    org_id: orgPath(estate.organization, account) && organizationOf(estate.organization)?.id,
    ou_path: orgPath(estate.organization, account),
    principal_tags: tagMap(principalTags(principal)),
    request_tags: tagMap(asked),
    original_session_exp: session && isoSecond(session.expiresAt),
    source_identity: session?.sourceIdentity,
    ...Object.fromEntries(Object.entries(KEY_CLAIMS).map(([claim, name]) => [claim, keys[name]])),
  }
}

/** Claims of the session's, and the condition keys that they are. */
const KEY_CLAIMS = {
  federated_provider: 'aws:FederatedProvider',
  ec2_source_instance_arn: 'ec2:SourceInstanceARN',
  ec2_instance_source_vpc: 'aws:Ec2InstanceSourceVpc',
  ec2_instance_source_private_ipv4: 'aws:Ec2InstanceSourcePrivateIPv4',
  ec2_role_delivery: 'ec2:RoleDelivery',
  lambda_source_function_arn: 'lambda:SourceFunctionArn',
} as const

function tagMap(tags: readonly Tag[]): Readonly<Record<string, string>> | undefined {
  return tags.length === 0 ? undefined : Object.fromEntries(tags.map(({ key, value }) => [key, value]))
}

/** A role's token speaks for the role: the session is not in its name. */
function subjectOf(principal: Principal): string {
  if (principal.type === 'AssumedRole') return identityArn(principal.account, principal.role)
  return principalArn(principal) ?? ''
}

function disabled(): Refusal {
  return new Refusal(
    'OutboundWebIdentityFederationDisabledException',
    'The outbound web identity federation feature is not enabled for this account.',
  )
}

function escalated(): Refusal {
  return new Refusal(
    'SessionDurationEscalationException',
    'The requested token duration would extend the session beyond its original expiration time.',
  )
}

function tooLarge(): Refusal {
  return new Refusal(
    'JWTPayloadSizeExceededException',
    'The requested token payload size exceeds the maximum allowed size.',
  )
}

function algorithm(given: string): Refusal {
  return new Refusal('ValidationError', `SigningAlgorithm ${given} is not supported; use RS256 or ES384.`)
}
