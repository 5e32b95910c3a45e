/** What a deletion changes: a marker more where versions are kept, or the end of a version. */

import type { Call } from '../../call.ts'
import type { Outcome } from '../../operation.ts'
import { removeBlobs, removePieces, type Piece } from './bytes.ts'
import { isMarker, placeOf, readVersion, removeVersion, type Place, type Version } from './object.ts'
import { refuseMalformed } from './reading.ts'
import { find, type OfObject } from './shared.ts'
import { piecesOfVersion, readBefore, shownId, turnAt, written, type Before } from './writing.ts'

export interface Doomed {
  readonly before: Before
  /** The version that is named, or the one that goes where none is kept. */
  readonly version: Version | undefined
  readonly pieces: readonly Piece[]
}

/** All of them at once, so that whoever waits for one holds none of the others. */
export async function doomed(call: Call, inputs: readonly OfObject[]): Promise<readonly Doomed[]> {
  await call.turns.take(inputs.map((input) => turnAt(placeOf(call, input))))
  return Promise.all(inputs.map((input) => doomedOne(call, input)))
}

async function doomedOne(call: Call, input: OfObject): Promise<Doomed> {
  const place = placeOf(call, input)
  const before = await readBefore(call, place)
  if (input.VersionId === undefined) return { before, version: before.unversioned, pieces: before.pieces }
  const version = await readVersion(call, place, input.VersionId)
  return { before, version, pieces: await piecesOfVersion(call, place, version) }
}

/** As answers say it. */
export interface Deleted {
  readonly DeleteMarker?: boolean | undefined
  readonly VersionId?: string | undefined
}

export type Deletion = Outcome<Deleted>

export function deletion(call: Call, input: OfObject, found: Doomed): Deletion {
  refuseMalformed(input)
  const place = placeOf(call, input)
  const { versioning } = find(call, input).bucket
  if (input.VersionId === undefined && versioning !== undefined) return marked(call, place, found)
  const { version } = found
  const VersionId = versioning === undefined ? undefined : input.VersionId
  if (version === undefined) return { output: { VersionId } }
  return {
    output: isMarker(version) ? { VersionId: shownId(call, place, version), DeleteMarker: true } : { VersionId },
    ...ended(call, place, { version, pieces: found.pieces }),
  }
}

function marked(call: Call, place: Place, { before }: Doomed): Deletion {
  const version = { marker: true as const, modifiedAt: Math.floor(call.now / 1000) * 1000 }
  const { VersionId, changes, afterwards } = written(call, { place, before, version, pieces: [], conditional: false })
  return { output: { DeleteMarker: true, VersionId }, changes, afterwards }
}

function ended(call: Call, place: Place, { version, pieces }: { version: Version; pieces: readonly Piece[] }) {
  const parts = isMarker(version) ? [] : removePieces(place, version, pieces)
  return { changes: [...removeVersion(place, version), ...parts], afterwards: () => removeBlobs(call.blobs, pieces) }
}
