/** Keys of identity providers that this machine does not reach, or shall not ask: a JSON Web Key Set from a file. */

import type { GivenKeys } from '@sallyport/server'
import { readFileSync } from 'node:fs'
import { isSystemError, Usage } from './failure.ts'

/** Reads `--jwks <issuer>=<file>`, each time that it is given. */
export function jwks(text: string, before: GivenKeys = new Map()): GivenKeys {
  const [, issuer, file] = /^https:\/\/([^=]+)=(.+)$/.exec(text) ?? []
  if (issuer === undefined || file === undefined) {
    throw new Usage(`\`${text}\` is no key set for \`--jwks\`: give it as https://issuer=file.json`)
  }
  return new Map([...before, [issuer.replace(/\/$/, ''), read(file)]])
}

type KeySet = NonNullable<ReturnType<GivenKeys['get']>>

function read(file: string): KeySet {
  const value = parsed(file)
  if (isKeySet(value)) return value
  throw new Usage(`\`${file}\` holds no JSON Web Key Set: it must be an object with a list \`keys\``)
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) {
      throw new Usage(`\`${file}\` cannot be read as JSON: ${error.message}`)
    }
    throw error
  }
}

/** The server looks at each key before it uses it. */
function isKeySet(value: unknown): value is KeySet {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys)
}
