import { describe, expect, test } from 'vitest'
import { decide } from '../src/index.ts'
import { attached } from './cases.ts'

type Had = string | readonly string[] | undefined

describe('dates', () => {
  test.each<[string, string, boolean, string]>([
    ['2024', '2024-01-01T00:00:00Z', true, 'four digits are a year'],
    ['2024-06', '2024-06-01T00:00:00Z', true, 'a month is its first moment'],
    ['2024-06-15T12:00Z', '2024-06-15T12:00:00Z', true, 'seconds may be left out'],
    ['2024-06-15T12:00:00.5Z', '2024-06-15T12:00:00.500Z', true, 'fractions count'],
    ['2024-06-15T14:00:00+0200', '2024-06-15T12:00:00Z', true, 'the zone without a colon'],
    ['1718452800', '2024-06-15T12:00:00Z', true, 'epoch seconds against a date'],
    ['2024-02-30', '2024-03-01', false, 'there is no such day'],
    ['2023-02-29', '2023-03-01', false, 'nor this one'],
    ['2024-06-15T24:00:00Z', '2024-06-16T00:00:00Z', false, 'nor this hour'],
  ])('DateEquals %s, had %s: %j (%s)', (want, had, expected) => {
    expect(holds('DateEquals', want, had)).toBe(expected)
  })
})

describe('addresses', () => {
  test.each<[string, string, boolean, string]>([
    ['::ffff:1.2.3.4', '::ffff:0102:0304', true, 'an IPv4 tail is the same bits'],
    ['1.2.3.4', '::ffff:1.2.3.4', false, 'families do not match each other'],
    ['1.2.3.0/24', '1.2.3.0/24', false, 'a request comes from one address'],
    ['1.2.3.4/33', '1.2.3.4', false, 'no such prefix'],
    ['1.2.3', '1.2.3.0', false, 'four bytes'],
    ['1::2::3', '1::2::3', false, 'one gap'],
    ['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8', false, 'eight groups'],
    ['::', '0:0:0:0:0:0:0:0', true, 'nothing but the gap'],
  ])('IpAddress %s, had %s: %j (%s)', (want, had, expected) => {
    expect(holds('IpAddress', want, had)).toBe(expected)
  })
})

describe('sets', () => {
  test.each<[string, Had, boolean, string]>([
    ['ForAnyValue:StringEquals', 'a', true, 'one value is a set of one'],
    ['StringEquals', ['a'], false, 'a set of one needs a set operator'],
    ['StringNotEquals', ['b'], false, 'negated as well'],
    ['StringEqualsIfExists', [], true, 'an empty set is absent'],
    ['StringNotEquals', [], true, 'so a negated operator holds'],
    ['ForAllValues:StringNotEquals', ['a', 'b'], false, 'every value must differ'],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], true, 'some value must differ'],
  ])('%s a, had %j: %j (%s)', (operator, had, expected) => {
    expect(holds(operator, 'a', had)).toBe(expected)
  })
})

describe('variables', () => {
  test.each<[string, string, string, boolean, string]>([
    ['StringEquals', '${aws:username}', 'bob', true, 'a value of the request'],
    ['StringEquals', '${AWS:UserName}', 'bob', true, 'in any case'],
    ['StringLike', '${aws:username}*', 'bobby', true, 'among wildcards'],
    ['StringLike', '${aws:PrincipalTag/wild}', 'x', false, 'a star in a value is a star'],
    ['StringLike', '${*}${?}${$}', '*?$', true, 'the three literals'],
    ['StringEquals', '${aws:nobody}', '', false, 'what cannot be resolved equals nothing'],
    ['StringNotEquals', '${aws:nobody}', 'x', true, 'and differs from everything'],
    ['StringEquals', "${aws:nobody, 'none'}", 'none', true, 'a default'],
    ['StringEquals', "${aws:nobody,'none'}", 'none', false, 'spelt with a space'],
    ['StringEquals', '${aws:nobody, none}', 'none', false, 'and quotes'],
    ['StringEquals', '${aws:username', '${aws:username', true, 'what does not close is text'],
    ['ArnLike', 'arn:aws:iam::${aws:PrincipalAccount}:role/r', 'arn:aws:iam::1:role/r', true, 'anywhere in an ARN'],
    ['NumericEquals', '${aws:PrincipalAccount}', '1', false, 'but not in numbers'],
  ])('%s %s, had %s: %j (%s)', (operator, want, had, expected) => {
    expect(holds(operator, want, had)).toBe(expected)
  })
})

test.each<[string, string, boolean, string]>([
  ['QUI=', 'QUI', true, 'padding is no byte'],
  ['QUI=', 'QUJD', false, 'other bytes'],
  ['Q!', 'Q!', false, 'no base64'],
])('BinaryEquals %s, had %s: %j (%s)', (want, had, expected) => {
  expect(holds('BinaryEquals', want, had)).toBe(expected)
})

function holds(operator: string, want: string, had: Had): boolean {
  const Condition = { [operator]: { 'x:key': want } }
  const policy = attached(
    { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition } },
    'identity',
  )
  const context = new Map<string, string | readonly string[]>([
    ['aws:username', 'bob'],
    ['aws:principalaccount', '1'],
    ['aws:principaltag/wild', '*'],
  ])
  if (had !== undefined) context.set('x:key', had)
  const caller = { type: 'User', arn: 'arn:aws:iam::111111111111:user/bob', account: '111111111111' } as const
  const request = { caller, action: 's3:GetObject', resource: '*', resourceAccount: '111111111111', context }
  return decide(request, { identity: [policy] }).effect === 'Allow'
}
