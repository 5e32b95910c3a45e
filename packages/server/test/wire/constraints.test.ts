/** Validation in AWS's words. The recorded sentences are from cases/aws-recorded-error-texts.json. */
import { describe, expect, test } from 'vitest'
import { refuseInvalid, violations } from '../../src/wire/constraints.ts'
import { loadModel, MODELS } from '../../src/wire/models.ts'
import { patternOf, runsAway } from '../../src/wire/pattern.ts'

const CHARACTERS =
  'Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+'
const ARN = 'arn:aws:iam::111111111111:role/r'

describe('a breach is told in the service’s words', () => {
  test.each([
    [
      'sts',
      'AssumeRole',
      { RoleArn: ARN, RoleSessionName: 'Session1:2' },
      "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
      'recorded',
    ],
    [
      'sts',
      'AssumeRole',
      { RoleArn: ARN, RoleSessionName: 'ok', DurationSeconds: 43_201 },
      "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
      'a number',
    ],
    [
      'sts',
      'AssumeRole',
      { RoleArn: 'arn', RoleSessionName: 'a' },
      "2 validation errors detected: Value 'arn' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20; Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
      'both, in the order of the model',
    ],
    [
      'sts',
      'AssumeRole',
      { RoleArn: '', RoleSessionName: 'ok' },
      `2 validation errors detected: Value '' at 'roleArn' failed to satisfy constraint: ${CHARACTERS}; Value '' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20`,
      'recorded: the pattern comes before the length',
    ],
    [
      'sts',
      'AssumeRoleWithSAML',
      { RoleArn: '', PrincipalArn: '', SAMLAssertion: 'PHg+' },
      `4 validation errors detected: Value '' at 'roleArn' failed to satisfy constraint: ${CHARACTERS}; Value '' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20; Value '' at 'principalArn' failed to satisfy constraint: ${CHARACTERS}; Value '' at 'principalArn' failed to satisfy constraint: Member must have length greater than or equal to 20`,
      'recorded: all are counted',
    ],
    [
      'iam',
      'CreateRole',
      {},
      "2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must not be null; Value at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null",
      'two that are missing',
    ],
    [
      'iam',
      'CreateRole',
      { RoleName: 'r'.repeat(65), AssumeRolePolicyDocument: '{}', MaxSessionDuration: 60 },
      "2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64; Value at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600",
      'a text and a number',
    ],
    [
      'iam',
      'GetRole',
      {},
      "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null",
      'missing',
    ],
    [
      'iam',
      'TagRole',
      { RoleName: 'r', Tags: [{ Key: '', Value: '' }] },
      "2 validation errors detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'tags.1.member.key' failed",
      'inside a list',
    ],
    [
      'iam',
      'UntagRole',
      { RoleName: 'r', TagKeys: ['ok', ''] },
      "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+]",
      'a list of texts breaks as a whole',
    ],
    [
      'iam',
      'UpdateServiceSpecificCredential',
      { ServiceSpecificCredentialId: 'satisfies-not!!!!!!!', Status: 'Active' },
      "1 validation error detected: Value at 'serviceSpecificCredentialId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w]+",
      'recorded: IAM repeats no value',
    ],
    [
      'iam',
      'UpdateAccessKey',
      { AccessKeyId: 'AKIAIOSFODNN7EXAMPLE', Status: 'Off' },
      "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set",
      'recorded: nor the set',
    ],
    [
      'cloudtrail',
      'LookupEvents',
      { LookupAttributes: [{ AttributeKey: 'Nope', AttributeValue: 'x' }] },
      "1 validation error detected: Value 'Nope' at 'lookupAttributes.1.member.attributeKey' failed to satisfy constraint: Member must satisfy enum value set: [EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, AccessKeyId]",
      'others do',
    ],
    [
      'sns',
      'PublishBatch',
      { TopicArn: 't', PublishBatchRequestEntries: [{ Id: '1', Message: 'm', MessageAttributes: { attr1: {} } }] },
      "1 validation error detected: Value null at 'publishBatchRequestEntries.1.member.messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null",
      'recorded: inside a map',
    ],
    [
      'lambda',
      'CreateAlias',
      { FunctionName: 'f', Name: 'a', FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { x: 0.5 } } },
      "1 validation error detected: Value '{x=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
      'the keys of a map',
    ],
    [
      'organizations',
      'DescribeAccount',
      { AccountId: '12' },
      'You provided a value that does not match the required pattern.',
      'Organizations has sentences of its own',
    ],
    [
      'ec2',
      'CreateTags',
      { Resources: ['i-1'] },
      'The request must contain the parameter Tag',
      'EC2 names what is missing',
    ],
  ] as const)('%s %s %j', (service, operation, input, message, _why) => {
    const model = loadModel(service)
    expect(() => refuseInvalid(model, model.operations[operation]?.input ?? '', { ...input })).toThrow(message)
  })

  test('a good input comes back itself', () => {
    const model = loadModel('iam')
    const input = { RoleName: 'r' }
    expect(refuseInvalid(model, 'GetRoleRequest', input)).toBe(input)
  })

  test('a list of ten thousand breaches makes a short sentence', () => {
    const Tags = Array.from({ length: 10_000 }, () => ({ Key: '', Value: 'x'.repeat(9999) }))
    const found = violations(loadModel('iam'), 'TagRoleRequest', { RoleName: 'r', Tags })
    expect(found.length).toBeLessThanOrEqual(20)
    expect(found.join('').length).toBeLessThan(10_000)
  })

  test('a text beyond its maximum never reaches the pattern', () => {
    const found = violations(loadModel('iam'), 'GetRoleRequest', { RoleName: '!'.repeat(1_000_000) })
    expect(found).toEqual([expect.stringContaining('length less than or equal to 64')])
  })
})

describe('patterns', () => {
  const patterns = new Map<string, number>()
  for (const service of Object.keys(MODELS)) {
    for (const shape of Object.values(loadModel(service).shapes)) {
      if ('c' in shape && shape.c?.pattern !== undefined) {
        patterns.set(shape.c.pattern, Math.max(patterns.get(shape.c.pattern) ?? 0, shape.c.max ?? 131_072))
      }
    }
  }

  test('those that are not run are these and no more', () => {
    const skipped = [...patterns.keys()].filter((pattern) => patternOf(pattern) === undefined)
    expect(skipped).toEqual([
      // logs: an inline flag in the middle
      '^(?![^:\\\\]*/action/|(?i).*<script>.*</script>.*)[^:\\\\]+$',
      // ssm: matches everything, in exponential time
      '(.*[\\n\\r\\t\\f\\ ]?)*',
    ])
  })

  test('none takes long over its longest text', { timeout: 60_000 }, () => {
    const seeds = [
      'a',
      '0',
      '-',
      'a-',
      'a.',
      '/',
      'a/',
      ':',
      'arn:aws:iam::111111111111:role/',
      'é',
      ' ',
      '@',
      'a@',
      'A',
      '{',
      ',',
      '\n',
      '$',
    ]
    const slow: string[] = []
    for (const [pattern, max] of patterns) {
      const length = Math.min(max, 20_000)
      for (const seed of seeds) {
        const text = `${seed.repeat(Math.ceil(length / seed.length)).slice(0, length - 1)}\0`
        const start = performance.now()
        patternOf(pattern)?.test(text)
        if (performance.now() - start > 100) slow.push(`${pattern} over ${JSON.stringify(seed)}`)
      }
    }
    expect(slow).toEqual([])
  })

  test.each([
    ['(a+)+', true],
    ['(a*)*', true],
    ['(a|b*)+', true],
    ['(?:a*b*)+', true],
    ['((a+))+', true],
    ['[a-z]+(-[a-z]+)*', false],
    ['(ab+)+', false],
    ['a{1,64}', false],
  ])('%s runs away: %s', (pattern, expected) => {
    expect(runsAway(pattern)).toBe(expected)
  })

  test.each([
    ['[\\w+=,.@-]+', 'a b', false, 'the whole text, not a part'],
    ['[\\p{L}]+', 'é', true, 'classes of Unicode'],
    ['\\p{Alnum}+', 'a', false, 'outside a class a POSIX name is not ours to know'],
    ['(?s).*', 'a\nb', true, 'inline flags'],
    ['a|b', 'ab', false, 'alternatives are whole too'],
  ])('%s on %j is %s', (pattern, text, expected, _why) => {
    expect(patternOf(pattern)?.test(text)).toBe(expected)
  })
})

describe('IAM, of a text with characters that it must not have', () => {
  const TEXTS: readonly [string, Record<string, unknown>, string][] = [
    [
      'a role name',
      { RoleName: 'a b', AssumeRolePolicyDocument: '{}' },
      'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    ],
    [
      'a path',
      { RoleName: 'a', Path: 'x', AssumeRolePolicyDocument: '{}' },
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
    ],
  ]
  test.each(TEXTS)('says what %s must be', (_what, input, message) => {
    expect(() => refuseInvalid(loadModel('iam'), 'CreateRoleRequest', input)).toThrow(message)
  })
})
