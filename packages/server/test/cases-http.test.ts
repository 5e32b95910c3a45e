/**
 * The third door of the decision cases: those that can be built with real calls are, each on a server of its own, and the
 * real call has the verdict that the case expects. A case that cannot be built is a skipped test that says why;
 * golden/cases-http.txt has the whole table of doc-semantics.json.
 */

import type { PolicyCase } from '@sallyport/policy'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CALLS, live, OWN_ORGANIZATION } from './cases-http.ts'
import { MANAGEMENT, startServer } from './harness.ts'

const FOLDER = new URL('../../../cases/decisions/', import.meta.url)

interface Filed {
  readonly file: string
  readonly one: PolicyCase
}

const cases: readonly Filed[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .toSorted()
  .flatMap((file) => {
    const read: { cases: readonly PolicyCase[] } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
    return read.cases.map((one) => ({ file, one }))
  })

type Why = (one: PolicyCase) => boolean

const principal = (one: PolicyCase): string => String(one.request.principal)
const service = (one: PolicyCase): string => one.request.action.split(':')[0] ?? ''

/** Why a case cannot be built. The first row that knows it says so. */
const UNBUILT: readonly (readonly [Why, string])[] = [
  [(one) => !['s3', 'iam', 'sts'].includes(service(one)), 'the service is not built'],
  [(one) => principal(one).includes(':federated-user/'), 'sts:GetFederationToken is not built'],
  [(one) => principal(one).includes(':oidc-provider/'), 'sts:AssumeRoleWithWebIdentity is not built'],
  [(one) => principal(one).endsWith(':root'), 'nobody has a key of the root user'],
  [(one) => principal(one).endsWith('.amazonaws.com'), 'no service of AWS’s calls here'],
  [(one) => one.request.principalInfo?.isServiceLinkedRole === true, 'nobody can make a service-linked role'],
  [(one) => one.endpointPolicies !== undefined, 'there are no VPC endpoints'],
  [
    (one) => one.request.principalInfo?.resourceAccountIsManagement === true,
    `the management account is ${MANAGEMENT}, not the case’s`,
  ],
  [(one) => one.request.action === 'sts:TagSession', 'sts:TagSession is asked beside sts:AssumeRole, never alone'],
  [
    ({ request: { context } }) =>
      'aws:PrincipalOrgID' in context && String(context['aws:PrincipalOrgID']).search(OWN_ORGANIZATION) === -1,
    'every account is in the one organisation',
  ],
  [(one) => !Object.hasOwn(CALLS, one.request.action), 'the call needs more than the case says'],
  [(one) => one.request.action === 'sts:AssumeRole' && one.resourcePolicy === null, 'every role has a trust policy'],
  [(one) => one.id === 'sem-variables-008', 'IAM takes no `*` in the value of a tag'],
]

/** Keys that a real call has with the value that the case wants. All others have values of their own, or none. */
const KEYS =
  /^(?:aws:(?:username|PrincipalArn|PrincipalIsAWSService|PrincipalOrgID|PrincipalTag\/.+|RequestedRegion|ResourceTag\/.+)|sts:(?:ExternalId|RoleSessionName)|iam:PermissionsBoundary|s3:(?:ExistingObjectTag\/.+|prefix))$/

const SECURE = 'aws:SecureTransport'

function whyNot(one: PolicyCase): string | undefined {
  const row = UNBUILT.find(([is]) => is(one))
  if (row !== undefined) return row[1]
  const { context } = one.request
  const strange = Object.keys(context).find((key) => !KEYS.test(key) && !(key === SECURE && context[key] === 'true'))
  return strange === undefined ? undefined : `no call of this test can be given ${strange}`
}

describe('a real call has the verdict of its case', () => {
  for (const { one } of cases) {
    const why = whyNot(one)
    test.skipIf(why !== undefined)(`${one.id}: ${why ?? one.description}`, async () => {
      const server = await startServer()
      try {
        expect(await live(server, one)).toBe(one.expected)
        expect(server.bugs).toEqual([])
      } finally {
        await server.close()
      }
    })
  }
})

test('every case is run, or it is said why it cannot be built', async () => {
  const asked = cases.filter(({ file }) => file === 'doc-semantics.json')
  const rows = asked.map(({ one }) => ({ id: one.id, why: whyNot(one) }))
  const run = rows.filter(({ why }) => why === undefined).length
  const lines = rows.map(({ id, why }) => `${id}  ${why ?? 'run'}`)
  const table = [`${run} of ${rows.length} cases are run over HTTP`, '', ...lines].join('\n')
  await expect(`${table}\n`).toMatchFileSnapshot('golden/cases-http.txt')
})
