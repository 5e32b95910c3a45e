/** The administrator's own key, told again out of a store: of all that is sealed there, what `up` once wrote down for its user. */

import type { AccessKey } from '@sallyport/estate'
import { DIRECTORY, type DirectoryKinds } from '../directory.ts'
import type { Keyring } from '../keyring.ts'
import type { LoadedPartition, Store } from '../store/store.ts'

export interface AdministratorKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** `undefined` where the key is gone, or was given: what was given is never written down. */
export async function drawnAdministrator(store: Store, keyring: Keyring): Promise<AdministratorKey | undefined> {
  const directory = await store.load(DIRECTORY)
  // INVARIANT: typed values alone are written there (directory.ts)
  const administrator = rowIn(directory, 'administrator', 'self') as DirectoryKinds['administrator'] | undefined
  if (administrator === undefined) return undefined
  const { account, accessKeyId } = administrator
  if (rowIn(directory, 'foreignKey', accessKeyId) !== undefined) return undefined
  const key = rowIn(await store.load(account), 'accessKey', accessKeyId) as AccessKey | undefined // as the estate has them
  const secret = key === undefined ? undefined : keyring.openText('secret', key.sealedSecret)
  return secret === undefined ? undefined : { accessKeyId, secretAccessKey: secret }
}

function rowIn({ rows }: LoadedPartition, kind: string, key: string): unknown {
  return rows.find((row) => row.kind === kind && row.key === key)?.value
}
