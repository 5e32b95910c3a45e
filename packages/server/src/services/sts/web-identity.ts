/** Coming in from outside with a token of an identity provider: a pipeline, a pod, an application's user. */

import { openIdProviderArn, type Principal, type SessionFacts } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { assumedRole, credentials, lasting } from './credentials.ts'
import { readIdToken, type IdToken } from './id-token.ts'
import { door, duration, roleAt, roleIn } from './role.ts'
import { packed, packedSize, sessionPolicies, sessionTags } from './session-input.ts'

type Asked = Input<'sts:AssumeRoleWithWebIdentity'>

/** sts:AssumeRoleWithWebIdentity. Takes no signature: the token says who, and the role's trust policy whether they may. */
export const assumeRoleWithWebIdentity = operation<'sts:AssumeRoleWithWebIdentity', undefined, IdToken>(
  'sts:AssumeRoleWithWebIdentity',
  {
    needs: ({ RoleArn }) => [roleAt(RoleArn).account],
    async identify({ RoleArn, ProviderId, WebIdentityToken }, call) {
      if (ProviderId !== undefined) throw oldProvider()
      const { account } = roleAt(RoleArn)
      const token = await readIdToken(WebIdentityToken, call.estate.account(account), call)
      return { principal: outsider(account, token), seen: token }
    },
    asks(input, { estate, seen }) {
      const { tags, transitive, sourceIdentity, keys } = seen
      const wish = {
        ...input,
        Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })),
        TransitiveTagKeys: transitive.length === 0 ? undefined : transitive,
        SourceIdentity: sourceIdentity,
      }
      const doors: readonly [string, boolean][] = [
        ['sts:AssumeRoleWithWebIdentity', true],
        ['sts:TagSession', tags.length > 0],
        ['sts:SetSourceIdentity', sourceIdentity !== undefined],
      ]
      return doors.filter(([, asked]) => asked).map(([action]) => door(action, wish, estate, keys))
    },
    refusals: [
      'ExpiredTokenException',
      'InvalidIdentityToken',
      'MalformedPolicyDocument',
      'PackedPolicyTooLarge',
      'ValidationError',
    ],
    readOnly: true,
    run(input, call) {
      const { seen } = call
      const { account, role } = roleIn(call.estate, input.RoleArn)
      const seconds = duration(input.DurationSeconds, role)
      const facts = session(input, seconds, call)
      const who = { type: 'AssumedRole', account, identity: role.id } as const
      const opened = call.sessions.open(call.random, who, facts, input.MinimumSessionTokenSize)
      return {
        output: {
          ...credentials(opened),
          SubjectFromWebIdentityToken: seen.subject,
          AssumedRoleUser: assumedRole(account, role, facts.name),
          PackedPolicySize: packedSize(facts),
          Provider: openIdProviderArn(account, seen.provider.url),
          Audience: seen.audience,
          SourceIdentity: seen.sourceIdentity,
        },
      }
    },
  },
)

function session(input: Asked, seconds: number, call: Call & { readonly seen: IdToken }): SessionFacts {
  const { estate, seen } = call
  const { account } = roleAt(input.RoleArn)
  const Tags = seen.tags.map(({ key, value }) => ({ Key: key, Value: value }))
  return packed({
    name: input.RoleSessionName,
    ...lasting(call, seconds),
    ...sessionPolicies(input, estate, estate.account(account)),
    ...sessionTags({ Tags, TransitiveTagKeys: seen.transitive }),
    ...(seen.sourceIdentity === undefined ? {} : { sourceIdentity: seen.sourceIdentity }),
    chained: false,
    keys: { ...seen.keys, 'aws:FederatedProvider': openIdProviderArn(account, seen.provider.url) },
  })
}

function outsider(account: string, { provider, audience, subject }: IdToken): Principal {
  const arn = openIdProviderArn(account, provider.url)
  return { type: 'Federated', by: 'WebIdentity', account, provider: arn, realm: `${arn}:${audience}`, subject }
}

/** Access tokens of Login with Amazon, Facebook and Google, whose servers would have to be asked. */
function oldProvider(): Refusal {
  return new Refusal('notBuilt', 'sallyport takes ID tokens of registered providers; leave ProviderId out')
}
