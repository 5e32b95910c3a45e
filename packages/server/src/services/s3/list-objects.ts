/** The two listings of a bucket: pages by opaque token (V2), and pages by the last name seen. */

import type { Call } from '../../call.ts'
import { operation } from '../../operation.ts'
import { readMarker, writeMarker } from '../paging.ts'
import { walk, type Entry, type Walked } from './listing.ts'
import { showEtag } from './object.ts'
import { canonicalId } from './canonical.ts'
import { aboutBucket, find, invalidArgument, ownersOf, type OfBucket } from './shared.ts'

const KEYS_AT_MOST = 1000

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
    const { entries, next } = call.prepared
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
    const { entries, next } = call.prepared
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

async function list(input: Listing, call: Call, after: string | undefined): Promise<Walked> {
  const { owner } = find(call, input)
  const { EncodingType } = input
  if (EncodingType !== undefined && EncodingType !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', EncodingType)
  }
  const limit = limitOf(input)
  return walk(call, {
    owner,
    bucket: input.Bucket,
    prefix: input.Prefix ?? '',
    delimiter: delimiterOf(input),
    after,
    limit,
  })
}

function limitOf({ MaxKeys = KEYS_AT_MOST }: Listing): number {
  if (MaxKeys < 0 || MaxKeys > 2_147_483_647) {
    throw invalidArgument('Argument maxKeys must be an integer between 0 and 2147483647', 'maxKeys', String(MaxKeys))
  }
  return Math.min(MaxKeys, KEYS_AT_MOST)
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
    MaxKeys: limitOf(input),
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
    ChecksumType: 'FULL_OBJECT' as const,
  }
}

/** A name as the client wants it: some characters cannot stand in XML, so clients ask for URL encoding, a space as `+`. */
function spell({ EncodingType }: Listing, text: string): string {
  if (EncodingType !== 'url') return text
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, mark)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
}

function mark(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
