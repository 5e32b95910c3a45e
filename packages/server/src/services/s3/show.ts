/** How answers tell of an object: its entity tag and its checksum. */

import type { Checksum } from '../../wire/checksum.ts'
import type { StoredChecksum, StoredObject } from './object.ts'

const CHECKSUM_MEMBERS = {
  crc32: 'ChecksumCRC32',
  crc32c: 'ChecksumCRC32C',
  crc64nvme: 'ChecksumCRC64NVME',
  sha1: 'ChecksumSHA1',
  sha256: 'ChecksumSHA256',
} as const satisfies Record<Checksum, string>

export type ChecksumMembers = Partial<Record<(typeof CHECKSUM_MEMBERS)[Checksum], string>>

export function checksumMember(name: Checksum): (typeof CHECKSUM_MEMBERS)[Checksum] {
  return CHECKSUM_MEMBERS[name]
}

/** The checksum alone, as a part's answer has it. */
export function showSum({ name, value }: StoredChecksum): ChecksumMembers {
  return { [CHECKSUM_MEMBERS[name]]: value }
}

export function showChecksum({ checksum }: { readonly checksum: StoredChecksum }) {
  const type = checksum.composite === true ? ('COMPOSITE' as const) : ('FULL_OBJECT' as const)
  return { ...showSum(checksum), ChecksumType: type }
}

export function showEtag({ etag }: Pick<StoredObject, 'etag'>): string {
  return `"${etag}"`
}
