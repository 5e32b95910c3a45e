/** The listing of all that a bucket has: versions and delete markers, the newest of each key first. */

import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { canonicalId } from './canonical.ts'
import { walkVersions, type VersionEntry, type Walked } from './listing.ts'
import { isMarker } from './object.ts'
import { pageSize, refuseEncodingType, spell } from './page-words.ts'
import type { Found } from './shelf-walk.ts'
import { aboutBucket, find, invalidArgument, ownersOf } from './shared.ts'
import { showChecksum, showEtag } from './show.ts'
import { isVersionId } from './version-id.ts'

type Asked = Input<'s3:ListObjectVersions'>

/** s3:ListObjectVersions. In a bucket without versions every object is version `null`. */
export const listObjectVersions = operation('s3:ListObjectVersions', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks(input, call) {
    const { Prefix, Delimiter, MaxKeys } = input
    const limit = MaxKeys === undefined ? undefined : String(MaxKeys)
    const context = { 's3:prefix': Prefix, 's3:delimiter': Delimiter, 's3:max-keys': limit }
    return aboutBucket(call, input, { action: 's3:ListBucketVersions', context })
  },
  refusals: ['InvalidArgument', 'NoSuchBucket'],
  prepare: (input, call) => list(input, call),
  run: (input, call) => ({ output: show(input, call, call.prepared) }),
})

async function list(input: Asked, call: Call): Promise<Walked<VersionEntry>> {
  const { owner } = find(call, input)
  refuseEncodingType(input)
  const { Bucket: bucket, Prefix: prefix = '', Delimiter: delimiter = '' } = input
  const limit = pageSize(input.MaxKeys, 'maxKeys')
  return walkVersions(call, { owner, bucket, prefix, delimiter, limit }, fromOf(input))
}

function fromOf({ KeyMarker = '', VersionIdMarker = '' }: Asked): { readonly key?: string; readonly version?: string } {
  if (VersionIdMarker === '') return KeyMarker === '' ? {} : { key: KeyMarker }
  if (KeyMarker === '') {
    const message = 'A version-id marker cannot be specified without a key marker.'
    throw invalidArgument(message, 'version-id-marker', VersionIdMarker)
  }
  if (!isVersionId(VersionIdMarker)) {
    throw invalidArgument('Invalid version id specified', 'version-id-marker', VersionIdMarker)
  }
  return { key: KeyMarker, version: VersionIdMarker }
}

function show(input: Asked, call: Call, { entries, last }: Walked<VersionEntry>) {
  const { Bucket, Prefix = '', Delimiter = '', KeyMarker = '', VersionIdMarker = '' } = input
  const owner = { ID: canonicalId(find(call, input).owner) }
  return {
    Name: Bucket,
    Prefix: spell(input, Prefix),
    Delimiter: Delimiter === '' ? undefined : spell(input, Delimiter),
    KeyMarker: spell(input, KeyMarker),
    VersionIdMarker,
    MaxKeys: pageSize(input.MaxKeys, 'maxKeys'),
    EncodingType: input.EncodingType === 'url' ? ('url' as const) : undefined,
    IsTruncated: last !== undefined,
    ...nextOf(input, last),
    Versions: entries.flatMap((entry) => showVersion(input, entry) ?? []).map((one) => ({ ...one, Owner: owner })),
    DeleteMarkers: entries.flatMap((entry) => showMarker(input, entry) ?? []).map((one) => ({ ...one, Owner: owner })),
    CommonPrefixes: entries.flatMap((entry) => ('prefix' in entry ? { Prefix: spell(input, entry.prefix) } : [])),
  }
}

function nextOf(input: Asked, last: VersionEntry | undefined) {
  if (last === undefined) return {}
  if ('prefix' in last) return { NextKeyMarker: spell(input, last.prefix) }
  return { NextKeyMarker: spell(input, last.key), NextVersionIdMarker: idOf(last) }
}

function idOf({ version }: Found): string {
  return version.versionId ?? 'null'
}

function showVersion(input: Asked, entry: VersionEntry) {
  if ('prefix' in entry || isMarker(entry.version)) return undefined
  const { version: object, key, latest } = entry
  return {
    Key: spell(input, key),
    VersionId: idOf(entry),
    IsLatest: latest,
    LastModified: new Date(object.modifiedAt),
    ETag: showEtag(object),
    Size: object.size,
    // Both were among the SDK's own words when they were stored.
    StorageClass: object.storageClass as 'STANDARD',
    ChecksumAlgorithm: [object.checksum.name.toUpperCase() as 'CRC32'],
    ChecksumType: showChecksum(object).ChecksumType,
  }
}

function showMarker(input: Asked, entry: VersionEntry) {
  if ('prefix' in entry || !isMarker(entry.version)) return undefined
  const { version, key, latest } = entry
  return {
    Key: spell(input, key),
    VersionId: idOf(entry),
    IsLatest: latest,
    LastModified: new Date(version.modifiedAt),
  }
}
