/** Key pairs: what is made is what OpenSSH and AWS would make of it. */

import type * as ec2 from '@aws-sdk/client-ec2'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cloudOf, DENIED, launched, userWith } from './cloud.ts'
import { MANAGEMENT, startServer, type TestServer } from './harness.ts'
import { expectRefusal } from './people.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

const colons = (hex: string): string => hex.replaceAll(/..(?=.)/g, '$&:')

async function publicKeyOf(name: string): Promise<string> {
  const { KeyPairs } = await cloudOf(server).describeKeyPairs({ KeyNames: [name], IncludePublicKey: true })
  return KeyPairs?.[0]?.PublicKey ?? ''
}

/** What OpenSSH reads out of a private key; `undefined` where this machine has no OpenSSH. */
function readByOpenSsh(material: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-key-'))
  try {
    const file = join(folder, 'key')
    writeFileSync(file, `${material}\n`, { mode: 0o600 })
    return execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('a key pair', () => {
  test('of RSA has AWS’s fingerprint: SHA-1 of the private key in PKCS#8', async () => {
    const pair = await cloudOf(server).createKeyPair({ KeyName: 'rsa' })
    expect(pair.KeyPairId).toMatch(/^key-[0-9a-f]{17}$/)
    expect(pair.KeyMaterial).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+\n-----END RSA PRIVATE KEY-----$/)
    const key = createPrivateKey(pair.KeyMaterial ?? '')
    const digest = createHash('sha1')
      .update(key.export({ type: 'pkcs8', format: 'der' }))
      .digest('hex')
    expect(pair.KeyFingerprint).toBe(colons(digest))
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048)
    const read = readByOpenSsh(pair.KeyMaterial ?? '')
    if (read !== undefined) expect(await publicKeyOf('rsa')).toBe(`${read} rsa`)
  })

  test('of ED25519 has OpenSSH’s form and fingerprint', async () => {
    const pair = await cloudOf(server).createKeyPair({ KeyName: 'ed', KeyType: 'ed25519' })
    const [name = '', blob = ''] = (await publicKeyOf('ed')).split(' ')
    expect(name).toBe('ssh-ed25519')
    expect(pair.KeyFingerprint).toBe(createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64'))
    expect(pair.KeyMaterial).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/)
    const read = readByOpenSsh(pair.KeyMaterial ?? '')
    if (read !== undefined) expect(read).toBe(`${name} ${blob} ed`)
  })

  test('that is imported has the MD5 of its public half, whatever its form', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const der = publicKey.export({ type: 'spki', format: 'der' })
    const expected = colons(createHash('md5').update(der).digest('hex'))
    const forms = {
      pem: String(publicKey.export({ type: 'spki', format: 'pem' })),
      der: der.toString('base64'),
    }
    for (const [form, text] of Object.entries(forms)) {
      const pair = await cloudOf(server).importKeyPair({ KeyName: form, PublicKeyMaterial: Buffer.from(text) })
      expect(pair.KeyFingerprint, form).toBe(expected)
    }
    const PublicKeyMaterial = Buffer.from(`${await publicKeyOf('pem')}`)
    const again = await cloudOf(server).importKeyPair({ KeyName: 'openssh', PublicKeyMaterial })
    expect(again.KeyFingerprint).toBe(expected)
    expect(createPublicKey(forms.pem).equals(publicKey)).toBe(true)
  })

  test('is described, tagged and deleted, by name or by id', async () => {
    const cloud = cloudOf(server)
    const TagSpecifications = [{ ResourceType: 'key-pair' as const, Tags: [{ Key: 'of', Value: 'me' }] }]
    const { KeyPairId = '' } = await cloud.createKeyPair({ KeyName: 'mine', KeyType: 'ed25519', TagSpecifications })
    await cloud.createTags({ Resources: [KeyPairId], Tags: [{ Key: 'b', Value: 'c' }] })
    const { KeyPairs } = await cloud.describeKeyPairs({ Filters: [{ Name: 'tag:of', Values: ['me'] }] })
    expect(KeyPairs).toMatchObject([
      {
        KeyPairId,
        KeyName: 'mine',
        KeyType: 'ed25519',
        Tags: [{ Key: 'of' }, { Key: 'b' }],
        CreateTime: expect.any(Date),
      },
    ])
    expect(KeyPairs?.[0]).not.toHaveProperty('PublicKey')
    expect((await cloud.deleteKeyPair({ KeyPairId })).KeyPairId).toBe(KeyPairId)
    await expect(cloud.deleteKeyPair({ KeyName: 'mine' })).resolves.toMatchObject({ Return: true })
    await expectRefusal(
      cloud.describeKeyPairs({ KeyNames: ['mine'] }),
      'InvalidKeyPair.NotFound',
      "The key pair 'mine' does not exist",
    )
  })

  test('is there before an instance is launched with it', async () => {
    await expectRefusal(
      launched(server, { KeyName: 'nobody' }),
      'InvalidKeyPair.NotFound',
      "The key pair 'nobody' does not exist",
    )
    await expect(launched(server, { KeyName: 'rsa' })).resolves.toMatch(/^i-/)
  })

  const REFUSED: readonly [Partial<ec2.ImportKeyPairCommandInput>, string, string][] = [
    [{ KeyName: 'rsa' }, 'InvalidKeyPair.Duplicate', 'a name that is taken'],
    [{ KeyName: ' x' }, 'InvalidParameterValue', 'a blank in front'],
    [{ PublicKeyMaterial: Buffer.from('nonsense') }, 'InvalidKey.Format', 'no key'],
    [{ PublicKeyMaterial: Buffer.from('ssh-ed25519 AAAA') }, 'InvalidKey.Format', 'a key that is cut off'],
    [
      { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: '' }] }] },
      'InvalidParameterValue',
      'tags of something else',
    ],
    [{ DryRun: true }, 'DryRunOperation', 'only asked'],
  ]
  test.each(REFUSED)('is not imported from %j: %s', async (input, code) => {
    const PublicKeyMaterial = Buffer.from(await publicKeyOf('ed'))
    await expectRefusal(cloudOf(server).importKeyPair({ KeyName: 'fresh', PublicKeyMaterial, ...input }), code)
  })

  test('has no private half in the store or the records', async () => {
    const { KeyMaterial = '' } = await cloudOf(server).createKeyPair({ KeyName: 'secret' })
    const { records } = await server.world.store.audited({ eventName: 'CreateKeyPair', limit: 1 })
    expect(records[0]).toMatchObject({ responseElements: { keyName: 'secret' } })
    const kept = JSON.stringify([records, [...(server.world.account(MANAGEMENT)?.all('keyPair').values() ?? [])]])
    expect(kept).toContain('ssh-rsa ')
    expect(kept).not.toContain('PRIVATE KEY')
    expect(kept).not.toContain(KeyMaterial.split('\n')[3] ?? '')
  })

  test('is a resource by its name', async () => {
    const keys = await userWith(server, 'keyed', {
      Effect: 'Allow',
      Action: ['ec2:CreateKeyPair', 'ec2:DeleteKeyPair'],
      Resource: 'arn:aws:ec2:*:*:key-pair/ci-*',
      Condition: { StringEquals: { 'ec2:KeyPairType': 'ed25519' } },
    })
    const cloud = cloudOf(server, keys)
    await expect(cloud.createKeyPair({ KeyName: 'mine', KeyType: 'ed25519' })).rejects.toMatchObject(DENIED)
    await expect(cloud.createKeyPair({ KeyName: 'ci-1' })).rejects.toMatchObject(DENIED)
    const { KeyPairId } = await cloud.createKeyPair({ KeyName: 'ci-1', KeyType: 'ed25519' })
    await expect(cloud.deleteKeyPair({ KeyPairId })).resolves.toMatchObject({ Return: true })
  })
})
