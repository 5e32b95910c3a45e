/** Where what functions need lies on the machine. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dataFile } from '../data.ts'

export interface Places {
  /** Ours to write: code, and what functions need while they run. Emptied at the start. */
  readonly folder: string
  /** The runtimes. */
  readonly runtime: string
  /** The SDK's packages for functions in Node.js; absent where they were not built. */
  readonly sdk: string | undefined
}

export function placesWith(folder: string): Places {
  const sdk = fileURLToPath(dataFile('functions/sdk'))
  return { folder, runtime: fileURLToPath(dataFile('functions/runtime')), sdk: existsSync(sdk) ? sdk : undefined }
}
