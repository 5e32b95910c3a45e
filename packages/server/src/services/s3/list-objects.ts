/** The two listings of a bucket: pages by opaque token (V2), and pages by the last name seen. */

import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { readMarker, writeMarker } from '../paging.ts'
import { canonicalId } from './canonical.ts'
import { nameOf, walk, type Entry, type Walked } from './listing.ts'
import { pageSize, refuseEncodingType, spell } from './page-words.ts'
import { aboutBucket, find, invalidArgument, ownersOf, type OfBucket } from './shared.ts'
import { showChecksum, showEtag } from './show.ts'

interface Listing extends OfBucket {
  readonly Prefix?: string
  readonly Delimiter?: string
  readonly MaxKeys?: number
  readonly EncodingType?: string
}

/** s3:ListObjectsV2. */
export const listObjectsV2 = operation('s3:ListObjectsV2', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => asks(input, call),
  refusals: ['InvalidArgument', 'NoSuchBucket'],
  prepare: (input, call) => list(input, call, afterToken(input, call) ?? input.StartAfter),
  run(input, call) {
    const { entries } = call.prepared
    const next = nextOf(call.prepared)
    const shown = show(input, call, { entries, owned: input.FetchOwner === true })
    return {
      output: {
        ...shown,
        KeyCount: entries.length,
        IsTruncated: next !== undefined,
        ContinuationToken: input.ContinuationToken,
        NextContinuationToken: next === undefined ? undefined : writeMarker(call.keyring, listingOf(input), next),
        StartAfter: input.StartAfter === undefined ? undefined : spell(input, input.StartAfter),
      },
    }
  },
})

/** s3:ListObjects. The first version, which clients still use. */
export const listObjects = operation('s3:ListObjects', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => asks(input, call),
  refusals: ['InvalidArgument', 'NoSuchBucket'],
  prepare: (input, call) => list(input, call, input.Marker === '' ? undefined : input.Marker),
  run(input, call) {
    const { entries } = call.prepared
    const next = nextOf(call.prepared)
    const shown = show(input, call, { entries, owned: true })
    // Without a delimiter the last key is the marker, and S3 leaves it to the client to see so.
    const marked = next !== undefined && delimiterOf(input) !== ''
    const NextMarker = marked ? spell(input, next) : undefined
    return {
      output: { ...shown, IsTruncated: next !== undefined, Marker: spell(input, input.Marker ?? ''), NextMarker },
    }
  },
})

function asks(input: Listing, call: Call) {
  const { Prefix, Delimiter, MaxKeys } = input
  const limit = MaxKeys === undefined ? undefined : String(MaxKeys)
  const context = { 's3:prefix': Prefix, 's3:delimiter': Delimiter, 's3:max-keys': limit }
  return aboutBucket(call, input, { action: 's3:ListBucket', context })
}

async function list(input: Listing, call: Call, after: string | undefined): Promise<Walked<Entry>> {
  const { owner } = find(call, input)
  refuseEncodingType(input)
  const limit = pageSize(input.MaxKeys, 'maxKeys')
  return walk(
    call,
    { owner, bucket: input.Bucket, prefix: input.Prefix ?? '', delimiter: delimiterOf(input), limit },
    after,
  )
}

function nextOf({ last }: Walked<Entry>): string | undefined {
  return last === undefined ? undefined : nameOf(last)
}

function afterToken(input: Listing & { readonly ContinuationToken?: string }, call: Call): string | undefined {
  const { ContinuationToken: token } = input
  if (token === undefined) return undefined
  const after = readMarker(call.keyring, listingOf(input), token)
  if (after === undefined)
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token)
  return after
}

function listingOf({ Bucket }: Listing): string {
  return `s3:ListObjectsV2/${Bucket}`
}

function delimiterOf({ Delimiter = '' }: Listing): string {
  return Delimiter
}

function show(
  input: Listing,
  call: Call,
  { entries, owned }: { readonly entries: readonly Entry[]; readonly owned: boolean },
) {
  const { Bucket, Prefix = '', EncodingType } = input
  const owner = owned ? { ID: canonicalId(find(call, input).owner) } : undefined
  const delimiter = delimiterOf(input)
  return {
    Name: Bucket,
    Prefix: spell(input, Prefix),
    Delimiter: delimiter === '' ? undefined : spell(input, delimiter),
    MaxKeys: pageSize(input.MaxKeys, 'maxKeys'),
    EncodingType: EncodingType === 'url' ? ('url' as const) : undefined,
    Contents: entries.flatMap((entry) =>
      'key' in entry ? { ...showEntry(entry), Key: spell(input, entry.key), Owner: owner } : [],
    ),
    CommonPrefixes: entries.flatMap((entry) => ('prefix' in entry ? { Prefix: spell(input, entry.prefix) } : [])),
  }
}

function showEntry({ object }: Extract<Entry, { key: string }>) {
  return {
    LastModified: new Date(object.modifiedAt),
    ETag: showEtag(object),
    Size: object.size,
    // Both were among the SDK's own words when they were stored.
    StorageClass: object.storageClass as 'STANDARD',
    ChecksumAlgorithm: [object.checksum.name.toUpperCase() as 'CRC32'],
    ChecksumType: showChecksum(object).ChecksumType,
  }
}
