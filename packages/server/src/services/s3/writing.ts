/**
 * What a write changes: a row more where versions are kept, or the version `null` in place of the one that was there.
 * Writers of one key take turns. Those of other nodes do not: once a write is durable, `settle` sees which of two that met
 * had the last word, and removes what nothing names.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Call } from '../../call.ts'
import type { Aftermath } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import type { Change } from '../../store/store.ts'
import { piecesOf, removeBlobs, removePieces, type Piece } from './bytes.ts'
import {
  bytesId,
  isMarker,
  nextOrder,
  orderOf,
  putVersion,
  readNull,
  removeLater,
  removeVersion,
  rowOf,
  standing,
  VERSION,
  type Place,
  type Standing,
  type Version,
} from './object.ts'
import { find } from './shared.ts'
import { newVersionId, versionPrefix } from './version-id.ts'

/** What lies under a key before it is written, with the bytes of what a write may replace. */
export interface Before extends Standing {
  readonly pieces: readonly Piece[]
}

/** Waits for its turn at the key. What it finds there nobody of this node changes until the call is over. */
export async function beforeWrite(call: Call, place: Place): Promise<Before> {
  await call.turns.take([turnAt(place)])
  return readBefore(call, place)
}

export function turnAt({ owner, bucket, key }: Place): string {
  return `${owner} ${bucket}/${key}`
}

export async function readBefore(call: Call, place: Place): Promise<Before> {
  const stands = await standing(call, place)
  return { ...stands, pieces: await piecesOfVersion(call, place, stands.unversioned) }
}

export async function piecesOfVersion(
  call: Call,
  place: Place,
  version: Version | undefined,
): Promise<readonly Piece[]> {
  return version === undefined || isMarker(version) ? [] : piecesOf(call, place, version)
}

export interface Writing {
  readonly place: Place
  readonly before: Before
  readonly version: Version
  /** The new version's own bytes. */
  readonly pieces: readonly Piece[]
  /** Whether the write depends on what was there before. */
  readonly conditional: boolean
}

export interface Written {
  readonly version: Version
  /** As answers say it: a bucket that never had versions says nothing of them. */
  readonly VersionId: string | undefined
  readonly changes: readonly Change[]
  readonly afterwards: () => Promise<Aftermath>
}

export function written(call: Call, writing: Writing): Written {
  const { place, before } = writing
  const version = named(call, writing)
  const replaces = version.versionId === undefined
  const changes = replaces
    ? [...partsGone(place, before), ...removeLater(place, rowOf(place, version).row), putVersion(place, version)]
    : [putVersion(place, version)]
  const own = { ...writing, version }
  return {
    version,
    VersionId: shownId(call, place, version),
    changes,
    afterwards: () => (replaces ? settle(call, own) : settleVersion(call, own)),
  }
}

/** `null`, or a name of its own where the bucket keeps versions. */
function named(call: Call, { place, before, version }: Writing): Version {
  const { versioning } = find(call, { Bucket: place.bucket }).bucket
  if (versioning === undefined) return version
  const order = nextOrder(call.now, before.latest)
  return versioning === 'Suspended'
    ? { ...version, order }
    : { ...version, order, versionId: newVersionId(call.random, order) }
}

export function shownId(call: Call, { bucket }: Pick<Place, 'bucket'>, version: Version): string | undefined {
  const { versioning } = find(call, { Bucket: bucket }).bucket
  return versioning === undefined ? undefined : (version.versionId ?? 'null')
}

function partsGone(place: Place, { unversioned, pieces }: Before): readonly Change[] {
  return unversioned === undefined || isMarker(unversioned) ? [] : removePieces(place, unversioned, pieces)
}

async function settle(call: Call, { place, version, before, pieces, conditional }: Writing): Promise<Aftermath> {
  await nextTurn()
  const now = await readNull(call, place)
  if (!same(before.unversioned, now)) await removeBlobs(call.blobs, before.pieces)
  if (same(version, now)) return {}
  await removeBlobs(call.blobs, pieces)
  const changes = isMarker(version) ? [] : removePieces(place, version, pieces)
  return conditional ? { changes, refusal: conflict(place) } : { changes }
}

/** Of writes that each hold only onto what was there before none stands beside another. */
async function settleVersion(call: Call, { place, version, before, pieces, conditional }: Writing): Promise<Aftermath> {
  if (!conditional) return {}
  await nextTurn()
  const rows = await call.shelves.shelf(place.owner, VERSION, { prefix: versionPrefix(place), limit: 2 })
  const newest = rows.map(({ value }) => value as Version) // written by `putVersion` alone
  const floor = before.latest === undefined ? -1 : orderOf(before.latest)
  const alone = newest.every((one) => one.versionId === version.versionId || orderOf(one) <= floor)
  if (alone) return {}
  await removeBlobs(call.blobs, pieces)
  const parts = isMarker(version) ? [] : removePieces(place, version, pieces)
  return { changes: [...removeVersion(place, version), ...parts], refusal: conflict(place) }
}

function same(one: Version | undefined, other: Version | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  if (isMarker(one) || isMarker(other)) return isMarker(one) && isMarker(other) && one.order === other.order
  return bytesId(one) === bytesId(other)
}

function conflict({ key }: Place): Refusal {
  return new Refusal(
    'ConditionalRequestConflict',
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
    { Condition: 'If-None-Match', Key: key },
  )
}
