/** The user's profiles: both files of AWS's clients, where they lie, and what each profile has in them together. */

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Failure, isSystemError } from '../failure.ts'
import { readIni, wordsIn, type Fault } from './ini.ts'

type Environment = Readonly<Record<string, string | undefined>>
export type Values = ReadonlyMap<string, string>

export interface Profiles {
  readonly config: string
  readonly credentials: string
  readonly profiles: ReadonlyMap<string, Values>
  readonly ssoSessions: ReadonlyMap<string, Values>
  readonly faults: readonly (Fault & { readonly file: string })[]
}

export function configFile(environment: Environment): string {
  return placeOf(environment['AWS_CONFIG_FILE'] || '~/.aws/config', environment)
}

function credentialsFile(environment: Environment): string {
  return placeOf(environment['AWS_SHARED_CREDENTIALS_FILE'] || '~/.aws/credentials', environment)
}

/** AWS's clients know `~` and variables in a file's name. */
function placeOf(name: string, environment: Environment): string {
  const spelt = name.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    return environment[braced ?? bare ?? ''] ?? whole
  })
  return spelt === '~' || spelt.startsWith('~/') ? join(environment['HOME'] || homedir(), spelt.slice(1)) : spelt
}

/** What the credentials file says of a profile goes before what the config file says. */
export function readProfiles(environment: Environment): Profiles {
  const [config, credentials] = [configFile(environment), credentialsFile(environment)]
  const [settings, keys] = [readIni(textOf(config) ?? ''), readIni(textOf(credentials) ?? '')]
  const profiles = new Map<string, Values>()
  const ssoSessions = new Map<string, Values>()
  for (const { header, values } of settings.sections) {
    const name = profileNamed(header)
    if (name !== undefined) profiles.set(name, values)
    const [kind, session, ...more] = wordsIn(header) ?? []
    if (kind === 'sso-session' && session !== undefined && more.length === 0) ssoSessions.set(session, values)
  }
  for (const { header, values } of keys.sections) {
    profiles.set(header, new Map([...(profiles.get(header) ?? []), ...values]))
  }
  const faults = [
    ...settings.faults.map((fault) => ({ ...fault, file: config })),
    ...keys.faults.map((fault) => ({ ...fault, file: credentials })),
  ]
  return { config, credentials, profiles, ssoSessions, faults }
}

/** The profile that a section of the config file is about: `profile x`, or `default` without the word. */
export function profileNamed(header: string): string | undefined {
  if (header === 'default') return header
  if (!header.startsWith('profile')) return undefined
  const words = wordsIn(header)
  return words?.length === 2 && words[0] === 'profile' ? words[1] : undefined
}

/** `undefined` where there is no such file. Bytes that are no UTF-8 stay apart from each other. */
export function textOf(file: string, encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
  try {
    return readFileSync(file, encoding)
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined
    if (isSystemError(error)) throw new Failure(`\`${file}\` cannot be read: ${error.message}`)
    throw error
  }
}
