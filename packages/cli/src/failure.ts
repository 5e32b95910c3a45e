/** The two ways in which a command ends badly; anything else that is thrown is a bug of ours. */

/** What was asked for cannot be done now: exit code 1. */
export class Failure extends Error {}

/** What was asked for makes no sense as it was written: exit code 2. */
export class Usage extends Error {}

/** An error of the operating system; one of `codes`, where any are named. */
export function isSystemError(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && (codes.length === 0 || codes.includes(String(error.code)))
}
