/** Whose key this command uses for a server: the administrator's, given, kept in the data folder, or in the environment. */

import { awsEnvironment, givenAdministrator, readCredentials, type Keys } from './credentials.ts'
import { Failure } from './failure.ts'
import { DEFAULT_FOLDER, folderAt, readNote } from './folder.ts'
import type { Whereabouts } from './whereabouts.ts'

/** The folder's own key opens the folder's own server; for any other, the environment is the better witness. */
export function administratorOf({ endpoint, data }: Whereabouts, who: string): Keys {
  const folder = folderAt(data ?? DEFAULT_FOLDER)
  const isFolders = endpoint === undefined && readNote(folder) !== undefined
  const ours = readCredentials(folder)
  const theirs = awsEnvironment(process.env)
  const keys = givenAdministrator(process.env) ?? (isFolders ? (ours ?? theirs) : (theirs ?? ours))
  if (keys !== undefined) return keys
  throw new Failure(
    `${who} needs an administrator: set ROOT_AWS_ACCESS_KEY_ID and ROOT_AWS_SECRET_ACCESS_KEY, or name the data folder with \`--data\``,
  )
}
