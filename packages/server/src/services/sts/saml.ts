/** Coming in from a company's own directory, with a response of its identity provider. */

import { nameKey, samlProviderArn, type Principal, type SamlProvider, type SessionFacts } from '@sallyport/estate'
import { createHash, createPrivateKey } from 'node:crypto'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { assumedRole, credentials, lasting, startOf } from './credentials.ts'
import { door, duration, roleAt, roleIn } from './role.ts'
import type { Assertion } from './saml-assertion.ts'
import { attributeKeys, refuseOtherRole, wishesOf, type Wishes } from './saml-attributes.ts'
import { invalid, noProvider } from './saml-refusals.ts'
import { packed, packedSize, sessionPolicies, sessionTags } from './session-input.ts'

type Asked = Input<'sts:AssumeRoleWithSAML'>

interface Seen {
  readonly assertion: Assertion
  readonly wishes: Wishes
  readonly qualifier: string
  readonly provider: string
  /** By which it was proved. */
  readonly row: SamlProvider
  readonly prove: Proof
}

type Proof = (provider: SamlProvider) => Assertion

/** sts:AssumeRoleWithSAML. Takes no signature: the response says who, and the role's trust policy whether they may. */
export const assumeRoleWithSAML = operation<'sts:AssumeRoleWithSAML', undefined, Seen>('sts:AssumeRoleWithSAML', {
  needs: ({ RoleArn }) => [roleAt(RoleArn).account],
  async identify({ RoleArn, PrincipalArn, SAMLAssertion }, call) {
    const { account } = roleAt(RoleArn)
    const provider = providerAt(PrincipalArn, account, call)
    const prove = await proofOf(SAMLAssertion, call)
    const assertion = prove(provider)
    refuseOtherRole(assertion.attributes, RoleArn, PrincipalArn)
    const wishes = wishesOf(assertion.attributes)
    const qualifier = qualifierOf(assertion, account, provider.name)
    const seen = { assertion, wishes, qualifier, provider: PrincipalArn, row: provider, prove }
    return { principal: outsider(account, seen), seen, shown: shownOf(seen) }
  },
  asks(input, call) {
    const { estate, seen } = call
    refuseChanged(input, call)
    const { tags, transitive, sourceIdentity, name } = seen.wishes
    const wish = {
      ...input,
      RoleSessionName: name,
      Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })),
      TransitiveTagKeys: transitive.length === 0 ? undefined : transitive,
      SourceIdentity: sourceIdentity,
    }
    const doors: readonly [string, boolean][] = [
      ['sts:AssumeRoleWithSAML', true],
      ['sts:TagSession', tags.length > 0],
      ['sts:SetSourceIdentity', sourceIdentity !== undefined],
    ]
    const keys = keysOf(seen)
    return doors.filter(([, asked]) => asked).map(([action]) => door(action, wish, estate, keys))
  },
  refusals: [
    'AccessDenied',
    'ExpiredTokenException',
    'IDPRejectedClaim',
    'InvalidIdentityToken',
    'MalformedPolicyDocument',
    'PackedPolicyTooLarge',
    'ValidationError',
  ],
  readOnly: true,
  run(input, call) {
    const { assertion, wishes, qualifier } = call.seen
    const { account, role } = roleIn(call.estate, input.RoleArn)
    const facts = session(input, lastingOf(duration(input.DurationSeconds, role), call), call)
    const who = { type: 'AssumedRole', account, identity: role.id } as const
    const opened = call.sessions.open(call.random, who, facts, input.MinimumSessionTokenSize)
    return {
      output: {
        ...credentials(opened),
        AssumedRoleUser: assumedRole(account, role, facts.name),
        PackedPolicySize: packedSize(facts),
        Subject: assertion.subject,
        SubjectType: assertion.subjectType,
        Issuer: assertion.issuer,
        Audience: assertion.recipient,
        NameQualifier: qualifier,
        SourceIdentity: wishes.sourceIdentity,
      },
    }
  },
})

function providerAt(arn: string, home: string, call: Call): SamlProvider {
  const [, account, name = ''] = /^arn:aws[a-z-]*:iam::(\d{12}):saml-provider\/([\w.-]+)$/.exec(arn) ?? []
  if (account === undefined) throw new Refusal('ValidationError', 'Request ARN is invalid')
  if (account !== home) {
    throw new Refusal('AccessDenied', 'Principal exists outside the account of the Role being assumed')
  }
  const provider = call.estate.account(account)?.all('samlProvider').get(nameKey(name))
  if (provider === undefined || samlProviderArn(account, provider.name) !== arn) throw noProvider(call)
  if (provider.validUntil <= call.now) throw invalid('The metadata of the specified provider have expired')
  return provider
}

/** The libraries that read XML are loaded by the first response, not by starting the server. */
async function proofOf(response: string, call: Call): Promise<Proof> {
  const { readMetadata } = await import('../../saml/metadata.ts')
  const { provedAssertion } = await import('./saml-response.ts')
  const { readAssertion } = await import('./saml-assertion.ts')
  return ({ metadata: text, privateKeys, encryption, uuid }) => {
    const metadata = readMetadata(text)
    if (metadata === undefined) throw new Error('a provider was kept whose metadata cannot be read')
    const keys = privateKeys.map(({ sealed }) => createPrivateKey(call.keyring.openText('saml-key', sealed) ?? ''))
    const sayer = { metadata, keys, encrypts: encryption === 'Required' }
    return readAssertion(provedAssertion(response, sayer, call), uuid, call.now)
  }
}

/** The provider may have gone, or have other keys, since its response was proved. */
function refuseChanged({ RoleArn, PrincipalArn }: Asked, call: Call & { readonly seen: Seen }): void {
  const provider = providerAt(PrincipalArn, roleAt(RoleArn).account, call)
  if (provider !== call.seen.row) call.seen.prove(provider)
}

/** API_AssumeRoleWithSAML, `NameQualifier`. */
function qualifierOf({ issuer }: Assertion, account: string, provider: string): string {
  return createHash('sha1').update(`${issuer}${account}/${provider}`).digest('base64')
}

function outsider(account: string, { assertion, qualifier, provider }: Seen): Principal {
  return { type: 'Federated', by: 'SAML', account, provider, realm: qualifier, subject: assertion.subject }
}

/** What AWS's records show in the place of the response. IAM User Guide cloudtrail-integration, "AssumeRoleWithSAML". */
function shownOf({ assertion, wishes }: Seen) {
  const { name, tags, transitive, sourceIdentity } = wishes
  return {
    sAMLAssertionID: assertion.id,
    roleSessionName: name,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(tags.length === 0 ? {} : { principalTags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) }),
    ...(transitive.length === 0 ? {} : { transitiveTagKeys: transitive }),
  }
}

/** UG reference_policies_iam-condition-keys, "Available keys for SAML-based AWS STS federation". */
function keysOf({ assertion, qualifier, provider }: Seen) {
  return {
    ...attributeKeys(assertion.attributes),
    'saml:aud': assertion.recipient,
    'saml:doc': provider.replace(/^arn:[^:]+:iam::(\d+):saml-provider/, '$1'),
    'saml:iss': assertion.issuer,
    'saml:namequalifier': qualifier,
    'saml:sub': assertion.subject,
    'saml:sub_type': assertion.subjectType,
  }
}

/** What the caller asks for, and no longer than the provider lets it: its wishes shorten only. */
function lastingOf(asked: number, { now, seen }: Call & { readonly seen: Seen }): number {
  const { assertion, wishes } = seen
  const left =
    assertion.sessionEnds === undefined ? asked : Math.floor((assertion.sessionEnds - startOf({ now })) / 1000)
  return Math.min(asked, wishes.seconds ?? asked, left)
}

function session(input: Asked, seconds: number, call: Call & { readonly seen: Seen }): SessionFacts {
  const { estate, seen } = call
  const { tags, transitive, sourceIdentity, name } = seen.wishes
  const Tags = tags.map(({ key, value }) => ({ Key: key, Value: value }))
  return packed({
    name,
    ...lasting(call, seconds),
    ...sessionPolicies(input, estate, estate.account(roleAt(input.RoleArn).account)),
    ...sessionTags({ Tags, TransitiveTagKeys: transitive }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    chained: false,
    keys: sessionKeys(seen),
  })
}

/** The keys that a session keeps: policies of the role's own can ask for them (UG id_roles_providers_saml). */
function sessionKeys(seen: Seen): NonNullable<SessionFacts['keys']> {
  const { assertion, qualifier, provider } = seen
  return {
    'aws:FederatedProvider': provider,
    'saml:namequalifier': qualifier,
    'saml:sub': assertion.subject,
    'saml:sub_type': assertion.subjectType,
  }
}
