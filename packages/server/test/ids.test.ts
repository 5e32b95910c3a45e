import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accessKeyId, accountOfKey } from '../src/ids.ts'
import { draw, systemRandom } from '../src/random.ts'

const random = systemRandom()

describe('an access key id', () => {
  test('names the account it was drawn for, whatever the account', () => {
    const account = fc.integer({ min: 0, max: 999_999_999_999 }).map((number) => String(number).padStart(12, '0'))
    fc.assert(
      fc.property(account, (id) => {
        const key = accessKeyId(random, 'ASIA', id)
        expect(key).toMatch(/^ASIA[A-Z2-7]{16}$/)
        expect(accountOfKey(key)).toBe(id)
      }),
    )
  })

  const FOREIGN: readonly [string, string][] = [
    ['AKIAROOTEXAMPLE00000', 'has characters that base32 has not'],
    ['AKIAAAAAAAAAAAAAAAAA', 'has no first bit'],
    ['AKIA7777777777777777', 'names an account of 13 digits'],
    ['AROA7777777777777777', 'is no access key'],
    ['', 'is empty'],
  ]
  test.each(FOREIGN)('`%s` names no account: it %s', (id) => {
    expect(accountOfKey(id)).toBeUndefined()
  })

  test('reads as AWS’s own are read: five bits a character, the account in bits 1 to 40', () => {
    // the published example of Tal Be'ery's note on AWS key ids (2023)
    expect(accountOfKey('ASIAQNZGKIQY56JQ7WML')).toBe('029608264753')
  })
})

test('a drawn text has the length and the characters it was asked for', () => {
  expect(draw(random, 1000, 'abc')).toMatch(/^[abc]{1000}$/)
})
