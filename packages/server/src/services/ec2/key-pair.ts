/** Key pairs: made here, whose private half is told once and kept nowhere, or imported. */

import { regionKey, type KeyPair } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { ec2Id } from '../../ids.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { requestTags, resourceTags, type TagInput } from '../tags.ts'
import type { Filterable } from './filter.ts'
import { makeKey, readPublicKey, type PublicHalf } from '../../openssh.ts'
import { arnOf, LISTING, refuseDry, select, showTags, somewhere, type Kind } from './shared.ts'
import { readTags, refuseOtherTypes, tagsFor, withTags } from './tagging.ts'

const NAME_AT_MOST = 255
/** AWS's own quota for a region. */
const PAIRS_AT_MOST = 5000

export const KEY_PAIR: Kind = {
  prefix: 'key',
  malformed: 'InvalidKeyPair.NotFound',
  missing: (id) => new Refusal('InvalidKeyPair.NotFound', `The key pair ID '${id}' does not exist`),
}

export function keyPairsOf({ account, region }: Pick<Call, 'account' | 'region'>): readonly KeyPair[] {
  return [...account.all('keyPair').values()].filter((pair) => pair.region === region)
}

/** The key pair of a name in this region. */
export function keyNamed({ account, region }: Call, name: string): KeyPair | undefined {
  return account.all('keyPair').get(regionKey(region, name))
}

export function noKey(name: string): Refusal {
  return new Refusal('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`)
}

/** A question about a key pair by its name, which is what its ARN has. */
export function aboutKey(call: Call, name: string, context: Asking['context'] = {}): Asking {
  const pair = keyNamed(call, name)
  const own = pair === undefined ? {} : keyPairKeys(call, pair)
  const named = { 'ec2:Region': call.region, 'ec2:KeyPairName': name }
  return { resource: arnOf(call, 'key-pair', name), context: { ...named, ...own, ...context } }
}

export function keyPairKeys({ region }: Call, { name, type, tags }: KeyPair) {
  return {
    'ec2:Region': region,
    'ec2:KeyPairName': name,
    'ec2:KeyPairType': type,
    ...resourceTags(tags, 'ec2'),
  }
}

interface Adding {
  readonly name: string
  readonly action: 'CreateKeyPair' | 'ImportKeyPair'
  readonly type?: string
  readonly tags: readonly TagInput[]
}

function aboutAdding(call: Call, { name, action, type, tags }: Adding): readonly Asking[] {
  const keys = { 'ec2:Region': call.region, 'ec2:KeyPairName': name, 'ec2:KeyPairType': type, ...requestTags(tags) }
  const question = { resource: arnOf(call, 'key-pair', name), context: keys }
  if (tags.length === 0) return [question]
  return [question, { ...question, action: 'ec2:CreateTags', context: { ...keys, 'ec2:CreateAction': action } }]
}

const ADDING = ['DryRunOperation', 'InvalidKeyPair.Duplicate', 'InvalidParameterValue', 'TagLimitExceeded'] as const

/** ec2:CreateKeyPair. */
export const createKeyPair = operation('ec2:CreateKeyPair', {
  asks({ KeyName, KeyType = 'rsa', KeyFormat = 'pem', TagSpecifications }, call) {
    if (KeyFormat !== 'pem') throw new Refusal('notBuilt', 'sallyport has not built private keys in PuTTY’s form')
    refuseOtherTypes(TagSpecifications, ['key-pair'])
    const tags = tagsFor(TagSpecifications, 'key-pair')
    return aboutAdding(call, { name: KeyName, action: 'CreateKeyPair', type: KeyType, tags })
  },
  refusals: ADDING,
  prepare({ KeyName, KeyType = 'rsa' }, call) {
    return makeKey(KeyType, call.random, KeyName)
  },
  run({ KeyName, TagSpecifications, DryRun }, call) {
    const { material, ...half } = call.prepared
    const { pair, changes } = add(call, KeyName, { half, tags: tagsFor(TagSpecifications, 'key-pair') })
    refuseDry(DryRun)
    return { output: { ...showNew(pair), KeyMaterial: material }, changes }
  },
})

/** ec2:ImportKeyPair. */
export const importKeyPair = operation('ec2:ImportKeyPair', {
  asks({ KeyName, PublicKeyMaterial, TagSpecifications }, call) {
    refuseOtherTypes(TagSpecifications, ['key-pair'])
    const tags = tagsFor(TagSpecifications, 'key-pair')
    const type = halfIn(PublicKeyMaterial)?.type
    return aboutAdding(call, { name: KeyName, action: 'ImportKeyPair', ...(type === undefined ? {} : { type }), tags })
  },
  refusals: [...ADDING, 'InvalidKey.Format'],
  run({ KeyName, PublicKeyMaterial, TagSpecifications, DryRun }, call) {
    const half = halfIn(PublicKeyMaterial)
    if (half === undefined) throw new Refusal('InvalidKey.Format', 'Key is not in valid OpenSSH public key format')
    const { pair, changes } = add(call, KeyName, { half, tags: tagsFor(TagSpecifications, 'key-pair') })
    refuseDry(DryRun)
    return { output: showNew(pair), changes }
  },
})

/** Some clients encode what the protocol encodes anyway. */
function halfIn(material: Uint8Array): PublicHalf | undefined {
  const text = Buffer.from(material).toString()
  return readPublicKey(text) ?? readPublicKey(Buffer.from(text, 'base64').toString())
}

/** ec2:DeleteKeyPair. One that is not there is gone already. */
export const deleteKeyPair = operation('ec2:DeleteKeyPair', {
  asks({ KeyName, KeyPairId }, call) {
    const pair = meant(call, KeyName, KeyPairId)
    return aboutKey(call, pair?.name ?? KeyName ?? '*')
  },
  refusals: ['DryRunOperation', 'InvalidParameterCombination', 'MissingParameter'],
  run({ KeyName, KeyPairId, DryRun }, call) {
    const pair = meant(call, KeyName, KeyPairId)
    refuseDry(DryRun)
    if (pair === undefined) return { output: { Return: true } }
    const gone = remove(call.account.id, 'keyPair', regionKey(pair.region, pair.name))
    return { output: { Return: true, KeyPairId: pair.id }, changes: [gone] }
  },
})

function meant(call: Call, name: string | undefined, id: string | undefined): KeyPair | undefined {
  if (name !== undefined && id !== undefined) {
    throw new Refusal(
      'InvalidParameterCombination',
      'The parameter KeyName cannot be used with the parameter KeyPairId',
    )
  }
  if (name !== undefined) return keyNamed(call, name)
  if (id === undefined)
    throw new Refusal('MissingParameter', 'The request must contain the parameter KeyName or KeyPairId')
  return keyPairsOf(call).find((pair) => pair.id === id)
}

/** ec2:DescribeKeyPairs. */
export const describeKeyPairs = operation('ec2:DescribeKeyPairs', {
  asks: (_input, call) => somewhere(call),
  refusals: [...LISTING, 'InvalidKeyPair.NotFound'],
  run({ KeyNames = [], KeyPairIds: ids = [], IncludePublicKey = false, ...input }, call) {
    const all = keyPairsOf(call)
    const stranger = KeyNames.find((name) => keyNamed(call, name) === undefined)
    if (stranger !== undefined) throw noKey(stranger)
    const wanted = all.filter(({ name }) => KeyNames.length === 0 || KeyNames.includes(name))
    const selection = { ...input, ids, listing: 'DescribeKeyPairs', kind: KEY_PAIR, filters: FILTERS }
    // this list has no pages: it comes whole
    const { items } = select(call, wanted, selection)
    return { output: { KeyPairs: items.map((pair) => show(pair, IncludePublicKey)) } }
  },
})

const FILTERS: Filterable<KeyPair> = {
  fingerprint: ({ fingerprint }) => [fingerprint],
  'key-name': ({ name }) => [name],
  'key-pair-id': ({ id }) => [id],
}

interface Added {
  readonly half: PublicHalf
  readonly tags: readonly TagInput[]
}

function add(call: Call, name: string, { half, tags }: Added) {
  if (name === '' || name.length > NAME_AT_MOST || /[^\x20-\x7e]/.test(name) || name.trim() !== name) {
    throw new Refusal('InvalidParameterValue', `Value (${name}) for parameter keyName is invalid.`)
  }
  if (keyNamed(call, name) !== undefined) throw new Refusal('InvalidKeyPair.Duplicate', `The keypair already exists`)
  if (keyPairsOf(call).length >= PAIRS_AT_MOST)
    throw new Refusal('InvalidParameterValue', 'The maximum number of key pairs has been reached.')
  const { random, region, now } = call
  const { type, line, fingerprint } = half
  const kept = withTags([], readTags(tags))
  const made = { id: ec2Id(random, 'key'), region, name, type, fingerprint, publicKey: line, createdAt: now }
  const pair: KeyPair = { ...made, tags: kept }
  return { pair, changes: [put(call.account.id, 'keyPair', regionKey(region, name), pair)] }
}

function showNew({ id, name, fingerprint, tags }: KeyPair) {
  return { KeyPairId: id, KeyName: name, KeyFingerprint: fingerprint, Tags: showTags(tags) }
}

function show(pair: KeyPair, whole: boolean) {
  return {
    ...showNew(pair),
    KeyType: pair.type,
    CreateTime: new Date(pair.createdAt),
    PublicKey: whole ? `${pair.publicKey} ${pair.name}` : undefined,
  }
}
