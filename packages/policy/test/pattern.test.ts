import { describe, expect, test } from 'vitest'
import { arnMatches, globMatches, parseArn, sameText } from '../src/index.ts'

test.each([
  ['*', '', true, 'a star may stand for nothing'],
  ['?', '', false, 'a question mark stands for exactly one'],
  ['a*c', 'abc', true, 'a star in the middle'],
  ['a*c', 'ac', true, 'and for nothing in the middle'],
  ['a*c', 'abcd', false, 'the end is anchored'],
  ['a*a', 'a', false, 'head and tail may not be the same letter'],
  ['*b*b*', 'b', false, 'nor may two middles'],
  ['*b?*', 'ab', false, 'a question mark in the middle needs a letter'],
  ['*a?c*d', 'xabcxabcd', true, 'the leftmost place is good enough'],
  ['a.c', 'abc', false, 'a dot is a dot'],
  ['[ab]', 'a', false, 'brackets are brackets'],
  ['x*', 'x\ny', true, 'a star crosses lines'],
  ['A', 'a', false, 'case counts'],
])('globMatches(%j, %j) is %j: %s', (pattern, text, expected) => {
  expect(globMatches(pattern, text)).toBe(expected)
})

test.each([
  ['arn:aws:sns:*:1:t', 'arn:aws:sns:us-east-1:1:t', true, 'a star within a segment'],
  ['arn:aws:sns:*:t', 'arn:aws:sns:us-east-1:1:t', false, 'five segments match no ARN'],
  ['arn:aws:x:*:1:f/*', 'arn:aws:x:us:9:s/a:1:f/d', false, 'a star does not cross a colon before the last segment'],
  ['arn:aws:x:::*', 'arn:aws:x:::a:b/c', true, 'the last segment holds the rest'],
  ['*', 'arn:aws:x:::a', false, 'a lone star is one segment'],
])('arnMatches(%j, %j) is %j: %s', (pattern, text, expected) => {
  expect(arnMatches(pattern, text)).toBe(expected)
})

describe('parseArn', () => {
  test('keeps colons and slashes of the resource', () => {
    expect(parseArn('arn:aws:logs:us-east-1:111111111111:log-group:/a/b:*')).toEqual({
      partition: 'aws',
      service: 'logs',
      region: 'us-east-1',
      account: '111111111111',
      resource: 'log-group:/a/b:*',
    })
  })

  test.each([['*'], [''], ['arn:aws:s3'], ['arn:aws:s3:::'], ['urn:aws:s3:::b'], ['arn::s3:::b']])(
    '%j is no ARN',
    (text) => {
      expect(parseArn(text)).toBeUndefined()
    },
  )
})

test('sameText ignores case and nothing else', () => {
  expect(sameText('Admin', 'aDMIN')).toBe(true)
  expect(sameText('Admin', 'Admin ')).toBe(false)
})
