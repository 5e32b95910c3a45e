/** The administrator's credentials: from the environment, or in the file that `up` wrote when it drew them. */

import { readFileSync } from 'node:fs'
import { Failure, isSystemError, Usage } from './failure.ts'
import { replace } from './files.ts'
import type { Folder } from './folder.ts'

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The profile's name in `<data>/credentials`. */
export const PROFILE = 'sallyport'

type Environment = Readonly<Record<string, string | undefined>>

/** ROOT_AWS_ACCESS_KEY_ID and ROOT_AWS_SECRET_ACCESS_KEY, or `undefined` where neither is set. */
export function givenAdministrator(environment: Environment): Keys | undefined {
  const accessKeyId = environment['ROOT_AWS_ACCESS_KEY_ID'] || undefined
  const secretAccessKey = environment['ROOT_AWS_SECRET_ACCESS_KEY'] || undefined
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [set, missing] =
      accessKeyId === undefined ? ['SECRET_ACCESS_KEY', 'ACCESS_KEY_ID'] : ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY']
    throw new Usage(`ROOT_AWS_${set} is set and ROOT_AWS_${missing} is not: set both, or neither`)
  }
  if (!/^\w{16,128}$/.test(accessKeyId)) {
    throw new Usage(
      `ROOT_AWS_ACCESS_KEY_ID is \`${accessKeyId}\`: an access key id has 16 to 128 letters, digits or underscores`,
    )
  }
  if (accessKeyId.startsWith('ASIA')) {
    throw new Usage(
      `ROOT_AWS_ACCESS_KEY_ID is \`${accessKeyId}\`: \`ASIA\` begins temporary keys; give one that begins with \`AKIA\``,
    )
  }
  if (secretAccessKey.length < 16 || /[^\x21-\x7e]/.test(secretAccessKey)) {
    throw new Usage('ROOT_AWS_SECRET_ACCESS_KEY is too short or has blanks in it: give 16 visible characters or more')
  }
  return { accessKeyId, secretAccessKey }
}

/** What AWS's own clients would use. */
export function awsEnvironment(environment: Environment): Keys | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment
  if (!accessKeyId || !secretAccessKey) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
}

export function writeCredentials(folder: Folder, { accessKeyId, secretAccessKey }: Keys): void {
  const lines = [`[${PROFILE}]`, `aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`]
  replace(folder.credentials, `${lines.join('\n')}\n`, 0o600)
}

/** `undefined` where there is no such file. */
export function readCredentials(folder: Folder): Keys | undefined {
  let text: string
  try {
    text = readFileSync(folder.credentials, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
  const value = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(text)?.[1]
  const accessKeyId = value('aws_access_key_id')
  const secretAccessKey = value('aws_secret_access_key')
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Failure(
      `\`${folder.credentials}\` has no key in it: give one with ROOT_AWS_ACCESS_KEY_ID and ROOT_AWS_SECRET_ACCESS_KEY`,
    )
  }
  return { accessKeyId, secretAccessKey }
}
