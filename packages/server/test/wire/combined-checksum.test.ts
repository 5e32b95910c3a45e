import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHECKSUMS, checksumOf, type Checksum } from '../../src/wire/checksum.ts'
import { combined, compositeOf, etagOfParts, isLinear } from '../../src/wire/combined-checksum.ts'

const LINEAR = ['crc32', 'crc32c', 'crc64nvme'] as const

const summed = (name: Checksum, parts: readonly Uint8Array[]) =>
  parts.map((part) => ({ value: checksumOf(name, part), size: part.length }))

test.each(LINEAR)('the %s of parts put together is that of the whole, however it was cut', (name) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 }), (parts) => {
      expect(combined(name, summed(name, parts))).toBe(checksumOf(name, Buffer.concat(parts)))
    }),
  )
})

test.each(LINEAR)('the %s of ten thousand parts of one length is that of the whole', (name) => {
  const parts = Array.from({ length: 10_000 }, (_, at) => Buffer.from([at & 255, at >> 8, 7]))
  expect(combined(name, summed(name, parts))).toBe(checksumOf(name, Buffer.concat(parts)))
})

test('hashes of parts do not come together', () => {
  expect(LINEAR.every(isLinear)).toBe(true)
  expect([isLinear('sha1'), isLinear('sha256')]).toEqual([false, false])
})

test('a composite checksum, and an entity tag, are the sum of sums, and say of how many', () => {
  const parts = [Buffer.from('one'), Buffer.from('two')]
  const hash = (name: string, bytes: Buffer) => createHash(name).update(bytes).digest()
  const sha = hash('sha256', Buffer.concat(parts.map((part) => hash('sha256', part)))).toString('base64')
  expect(compositeOf('sha256', summed('sha256', parts))).toBe(`${sha}-2`)
  const md5 = hash('md5', Buffer.concat(parts.map((part) => hash('md5', part)))).toString('hex')
  expect(etagOfParts(parts.map((part) => hash('md5', part).toString('hex')))).toBe(`${md5}-2`)
})

const CHECKS = [
  ['crc32', 'cbf43926'],
  ['crc32c', 'e3069283'],
  ['crc64nvme', 'ae8b14860a799888'],
] as const
test.each(CHECKS)('the %s of "123456789" is the one that its catalogue has', (name, sum) => {
  expect(Buffer.from(checksumOf(name, Buffer.from('123456789')), 'base64').toString('hex')).toBe(sum)
})

test.each(LINEAR)('the %s is the same, byte by byte and all at once', (name) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(7), (all, from) => {
      const bytes = all.subarray(from)
      const sum = CHECKSUMS[name].start()
      for (let at = 0; at < bytes.length; at += 1) sum.update(bytes.subarray(at, at + 1))
      expect(sum.digest().toString('base64')).toBe(checksumOf(name, bytes))
    }),
  )
})
