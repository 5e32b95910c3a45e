/** What goes wrong with an archive, in words for whoever named it. */

import { ArchiveError, Conflict, OtherKey, StoreTrouble } from '@sallyport/server'
import { Failure, isSystemError } from '../failure.ts'

/** `name` is the archive's, `key` where the master key came from, as messages have them. */
export function inOurWords(error: unknown, name: string, key = 'the one given'): unknown {
  if (error instanceof OtherKey) {
    return new Failure(
      `${name} was sealed with another master key than ${key}: give the key of the installation that it was made from, ` +
        'with `--key-file` or SALLYPORT_KEY',
      { cause: error },
    )
  }
  if (error instanceof ArchiveError) return new Failure(`${name} ${error.message}`, { cause: error })
  if (error instanceof StoreTrouble) return new Failure(error.message, { cause: error })
  if (error instanceof Conflict) {
    return new Failure('somebody else writes to that store: stop them, empty it, then do this again', { cause: error })
  }
  if (isSystemError(error, 'ECONNRESET')) {
    return new Failure('the server broke off before all was there: see what it says, then do this again', {
      cause: error,
    })
  }
  return isSystemError(error) && error.syscall !== undefined
    ? new Failure(`broken off: ${error.message}`, { cause: error })
    : error
}

export function archiveName(file: string): string {
  return file === '-' ? 'what came in' : `\`${file}\``
}
