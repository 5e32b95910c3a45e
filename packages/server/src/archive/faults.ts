/** What can be wrong with an archive, in words that follow its name. */

import { ArchiveError, FORMAT, type Header } from './format.ts'

export const foreign = (cause?: unknown): ArchiveError =>
  new ArchiveError("is no archive of sallyport's: give a file that `sallyport backup` or `sallyport export` wrote", {
    cause,
  })

export const torn = (cause?: unknown): ArchiveError =>
  new ArchiveError('ends too early: it was not written or not copied to its end; take another copy of it', { cause })

export const altered = (cause?: unknown): ArchiveError =>
  new ArchiveError('is not what was written: it was damaged or changed since; take another copy of it', { cause })

export const broken = (why: string): ArchiveError => new ArchiveError(`was broken off where it was made: ${why}`)

export const newer = ({ version, format }: Pick<Header, 'version' | 'format'>): ArchiveError =>
  new ArchiveError(
    `was written by a newer sallyport, ${version} (format ${format}; this one reads up to ${FORMAT}): update this one`,
  )

/** Said apart from the others: who gave the key can say which it was. */
export class OtherKey extends ArchiveError {
  constructor() {
    super('was sealed with another master key: give the key of the installation that it was made from')
  }
}
