/**
 * The 114 numbered facts of aws-semantics.md, and where each is shown: a case by its id, a test by its file and words, or
 * the issue that will bring it. A fact that nothing shows fails here.
 */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { policyCases } from './cases.ts'

const FILES = {
  decide: 'policy/test/decide.test.ts',
  conditions: 'policy/test/conditions.test.ts',
  parse: 'policy/test/parse.test.ts',
  explain: 'policy/test/explain.test.ts',
  laws: 'policy/test/laws.test.ts',
  worlds: 'policy/test/worlds.test.ts',
  context: 'estate/test/context.test.ts',
  gather: 'estate/test/gather.test.ts',
  bind: 'estate/test/bind.test.ts',
  sts: 'server/test/sts.test.ts',
  federation: 'server/test/sts-federation-token.test.ts',
  root: 'server/test/sts-assume-root.test.ts',
  role: 'server/test/iam-role.test.ts',
  user: 'server/test/iam-user.test.ts',
  group: 'server/test/iam-group.test.ts',
  policy: 'server/test/iam-policy.test.ts',
  tag: 'server/test/iam-tag.test.ts',
  organizations: 'server/test/organizations.test.ts',
  s3: 'server/test/s3.test.ts',
  lambda: 'server/test/lambda.test.ts',
  ec2: 'server/test/ec2.test.ts',
  audit: 'server/test/audit.test.ts',
  simulate: 'server/test/simulate.test.ts',
} as const

/** `sem-basic-001`, a case; `sts: words`, a test of that file or a row of its table; `issue 5: what it brings`. */
const FACTS: Readonly<Record<number, readonly string[]>> = {
  1: ['context: of the request', 'gather: the question brings'],
  2: ['sem-basic-001', 'worlds: who is granted nothing has nothing, except the root user at home'],
  3: ['sem-boundary-004', 'worlds: anywhere refuses: %s'],
  4: ['decide: denies are reported in the order of the layers', 'decide: the first layer that blocks is the reason'],
  5: ['sem-rbp-same-account-013', 'sem-rbp-same-account-091'],
  6: ['sem-boundary-002', 'sem-session-003', 'sem-scp-014', 'worlds: what limits never grants: %s'],
  7: ['sem-session-007', 'sem-basic-011', 'decide: a session policy limits its role'],
  8: [
    'gather: a user: inline, attached, and of the groups that are there',
    'group: have what the group has, as long as they are in it',
  ],
  9: ['policy: count by the one that is the default'],
  10: ['sem-rbp-same-account-002'],
  11: ['sem-rbp-same-account-040', 'sem-rbp-same-account-041'],
  12: ['sem-rbp-same-account-025'],
  13: ['sem-rbp-same-account-063', 'sem-federated-007', 'sem-rbp-same-account-068'],
  14: ['sem-rbp-same-account-005', 'sem-rbp-same-account-009', 'sem-rbp-same-account-090'],
  15: ['sem-rbp-same-account-054', 'sem-rbp-same-account-088', 'sem-rbp-same-account-100', 'sem-cross-account-008'],
  16: ['sem-session-001', 'gather: and no limit where there is no session policy'],
  17: ['sem-rbp-same-account-024', 'sem-rbp-same-account-031', 'sem-rbp-same-account-019'],
  18: ['sem-rbp-same-account-095', 'sem-rbp-same-account-098', 'decide: to the letter', 'parse: no half wildcards'],
  19: ['sem-rbp-same-account-092', 'sem-rbp-same-account-093', 'sem-rbp-same-account-094'],
  20: ['user: has names unique whatever their case', 'role: has names unique whatever their case'],
  21: ['sem-not-014', 'sem-not-015', 'sem-not-016', 'parse: a resource policy refuses an Allow for everybody but some'],
  22: ['sem-cross-account-015', 'worlds: crossing accounts never allows what either account refuses'],
  23: ['sem-cross-account-012'],
  24: ['sem-cross-account-022', 'gather: a member on a stranger’s resource: the caller’s alone'],
  25: ['decide: another account must allow', 'lambda: of one account open no function of another'],
  26: ['s3: have no access control lists'],
  27: ['sem-session-004', 'sem-session-001', 'sts: a session policy limits the session and grants it nothing'],
  28: ['sem-federated-001', 'sem-federated-002', 'sem-federated-003'],
  29: ['sem-sts-043', 'sts: its credentials call neither IAM nor more of STS than AssumeRole and GetCallerIdentity'],
  30: ['federation: opens neither IAM nor another session, whatever it may do'],
  31: [
    'sem-root-002',
    'sem-root-005',
    'sem-rcp-006',
    'decide: the root user of a member is bound',
    'gather: the root user: nothing',
  ],
  32: ['root: makes a root user of a member', 'root: who may do what the task is about, and no more'],
  33: ['decide: a call that needs no permission passes even against a deny'],
  34: [
    'sem-scp-002',
    'sem-scp-003',
    'sem-scp-005',
    'sem-scp-007',
    'decide: a silent level of the organisation is named',
  ],
  35: ['sem-root-004', 'sem-scp-020', 'decide: service-linked roles', 'sem-root-002'],
  36: ['decide: the root user of a member is bound', 'worlds: what limits never grants: %s'],
  37: [
    'parse: since 2025 an Allow may have conditions',
    'parse: and exceptions',
    'parse: the organisation is the principal',
  ],
  38: ['organizations: are at most ten on one target', 'organizations: repeat(10_240)'],
  39: ['organizations: MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED'],
  40: [
    'parse: an RCP denies everybody',
    'parse: no NotAction',
    'organizations: of resource control leave their full access where it hangs',
  ],
  41: ['sem-rcp-006', 'sem-rcp-007', 'sem-rcp-011'],
  42: ['sem-rcp-008', 'sem-rcp-009'],
  43: ['gather: RCPs bear on %s: %j (fact 43: on some services alone)'],
  44: [
    'sem-sts-001',
    'sem-sts-005',
    'sem-sts-007',
    'role: who are named themselves need no policy of their own, while an account only delegates',
  ],
  45: ['sem-sts-017', 'sem-sts-019', 'role: in another account cross only when both sides allow'],
  46: ['role: do not include the role itself'],
  47: ['sem-sts-010', 'sem-sts-011', 'sem-sts-012'],
  48: ['sts: caps a session that another session opens at one hour', 'sts: more than the role allows'],
  49: ['sem-sts-036', 'sts: a source identity that the caller may not set'],
  50: [
    'sem-sts-038',
    'sts: two tags that differ in case alone',
    'sts: a tag of AWS',
    'context: fact 50: a session tag goes before the role’s',
  ],
  51: ['context: a session with a source identity', 'sts: a source identity that the caller may not set'],
  52: ['sem-sts-041', 'sts: a session name with a space'],
  53: ['sts: a session policy of more than 2,048 characters', 'gather: the policies of a session as one layer'],
  54: ['sem-sts-034', 'sem-sts-035'],
  55: ['sem-service-001', 'sem-service-002', 'sem-sts-031'],
  56: [
    'role: are shown by their unique ids once they are gone, and who takes their name is not trusted',
    'bind: binds %s',
  ],
  57: ['parse: it is about its role', 'parse: sts only', 'parse: somebody must be trusted'],
  58: ['sem-passrole-003', 'lambda: to pass a role to another service do not pass it to Lambda'],
  59: ['sem-kms-002', 'sem-kms-004', 'sem-kms-005'],
  60: ['sem-kms-011', 'sem-kms-012', 'sem-kms-007'],
  61: [
    'decide: matches in any case',
    'decide: a comma is a letter like others',
    'decide: not without a name',
    'sem-matching-006',
  ],
  62: ['sem-matching-031', 'sem-matching-032', 'sem-matching-037', 'sem-matching-038', 'sem-matching-050'],
  63: ['sem-matching-025', 'parse: half a service'],
  64: ['sem-matching-050'],
  65: [
    'decide: a pattern of fewer than six segments',
    'decide: an RCP pattern of fewer than six segments matches nothing',
  ],
  66: ['decide: and an action without a resource is covered by a star alone'],
  67: ['sem-not-002', 'sem-not-010', 'sem-not-012'],
  68: ['ec2: asks about every resource that a launch touches'],
  69: ['parse: it is about its role', 'decide: no resource'],
  70: ['sem-cond-logic-004', 'gen-string'],
  71: ['gen-string', 'gen-string-set', 'sem-variables-021'],
  72: ['sem-cond-logic-008', 'sem-variables-023', 'sem-variables-024'],
  73: ['sem-cond-logic-012', 'sem-cond-logic-014', 'sem-cond-logic-016'],
  74: ['sem-cond-logic-018', 'conditions: a set of one needs a set operator', 'conditions: one value is a set of one'],
  75: ['gen-null', 'conditions: an empty set is absent'],
  76: ['gen-string-ifexists', 'sem-not-006'],
  77: ['sem-cond-logic-007', 'sem-cond-logic-009', 'sem-cond-logic-010', 'sem-cond-logic-011'],
  78: ['decide: a condition of no known operator', 'parse: unknown operator'],
  79: ['gen-string', 'sem-variables-016'],
  80: ['gen-arn', 'laws: globs agree with a matcher that tries everything'],
  81: ['gen-numeric', 'duel-number-001'],
  82: ['conditions: epoch seconds against a date', 'duel-date-001', 'gen-date'],
  83: ['sem-not-006', 'sem-not-008', 'sem-sts-014', 'context: fact 83: absent, not false', 'gen-bool'],
  84: ['gen-ip', 'conditions: families do not match each other', 'conditions: no such prefix'],
  85: ['conditions: padding is no byte', 'duel-binary-001', 'duel-binary-003'],
  86: ['sem-variables-014', 'sem-variables-015'],
  87: ['decide: stands in the last segment', 'conditions: anywhere in an ARN', 'conditions: but not in numbers'],
  88: ['sem-variables-003', 'sem-variables-025', 'decide: and is a key of one value'],
  89: ['sem-variables-005', 'sem-variables-019', 'sem-variables-020', 'conditions: and differs from everything'],
  90: ['sem-variables-006', 'sem-variables-007', 'conditions: spelt with a space', 'duel-variable-001'],
  91: ['sem-variables-008', 'sem-variables-009', 'conditions: the three literals'],
  92: ['context: fact 92: users alone have it'],
  93: ['context: %s is there for everybody', 'context: fact 93: always there'],
  94: ['context: fact 94: the role, path and all', 'sem-scp-012'],
  95: ['context: fact 95: several values, a slash at the end', 'sem-sts-023'],
  96: ['context: of the resource'],
  97: ['context: fact 97: whatever the case of the key', 'tag: tags decide'],
  98: ['context: fact 98: temporary credentials alone'],
  99: ['sem-vpce-007'],
  100: ['context: services that stand between are named in order', 'issue 5: keys of EC2 instances'],
  101: ['sem-vpce-001', 'sem-vpce-002', 'sem-vpce-003'],
  102: ['parse: a statement of an identity policy', 'policy: documents that IAM refuses'],
  103: ['parse: no JSON, at CreateRole', 'parse: the owner is the principal', 'role: Has prohibited field Resource'],
  104: ['parse: no JSON, at PutBucketPolicy', 'parse: the recorded answers of IAM and S3 to broken policies are ours'],
  105: [
    'policy: takes 6144 characters without their white space, and no more',
    'role: a trust policy over 2048 characters',
    'policy: are five at the most, and their numbers do not come again',
  ],
  106: ['parse: a key given twice', 'parse: IAM takes letters and digits only', 'parse: no such version'],
  107: ['explain: is not authorized to perform: s3:GetObject on resource'],
  108: ['explain: because no VPC endpoint policy allows', 'explain: with an explicit deny in the role trust policy'],
  109: [
    'decide: denies are reported in the order of the layers',
    'explain: every blocker is told, in both accounts, with the policy that is not there at all',
  ],
  110: [
    'explain: with an explicit deny in a service control policy: ',
    'explain: [GET, get(), { identity: [] }, false]',
  ],
  111: ['explain: an authorization message names the statement that denied', 'sts: refuses what was not sealed here'],
  112: ['sts: says of a role that is not there what it says of one that does not trust'],
  113: ['audit: a denial'],
  114: ['simulate: matched statements stand where IAM counts them', 'simulate: context keys'],
}

const ids = [
  'decisions/doc-semantics.json',
  'decisions/found-by-duel.json',
  'conditions/generated-operators.json',
].flatMap((path) => policyCases(path).map(({ id }) => id))
const ISSUES = ['issue 4', 'issue 5']
const texts = new Map<string, string>()

describe('fact', () => {
  test.each(Array.from({ length: 114 }, (_, i) => i + 1))('%i is shown', (number) => {
    const places = FACTS[number] ?? []
    expect(places.length).toBeGreaterThan(0)
    for (const place of places) expect(isThere(place), `nothing is at \`${place}\``).toBe(true)
  })

  test('numbers end with 114', () => {
    expect(Object.keys(FACTS)).toHaveLength(114)
  })
})

function isThere(place: string): boolean {
  const [name = '', ...words] = place.split(': ')
  if (words.length === 0) return ids.some((id) => id === name || id.startsWith(`${name}-`))
  if (ISSUES.includes(name)) return true
  // The words before the colon are a key of FILES, or there is no such file.
  return textOf(FILES[name as keyof typeof FILES]).includes(words.join(': '))
}

function textOf(path: string): string {
  const text = texts.get(path) ?? readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  texts.set(path, text)
  return text
}
