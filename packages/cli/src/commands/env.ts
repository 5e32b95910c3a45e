/** `sallyport env`: shell exports that point AWS's clients at the server of a data folder. */

import { Command } from 'commander'
import { givenAdministrator, PROFILE, readCredentials } from '../credentials.ts'
import { Failure } from '../failure.ts'
import { folderAt, type Folder, type Note } from '../folder.ts'
import { dataOption } from '../options.ts'
import { say } from '../say.ts'
import { exports } from '../shell.ts'
import { runningOn } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  eval "$(sallyport env)"                  endpoints, region and the administrator's key
  eval "$(sallyport env --profile-only)"   the same without a secret: a profile that names the credentials file
  eval "$(sallyport env --proxy)"          HTTPS_PROXY instead of endpoints (up --proxy), for clients such as AWS CLI 2.9
`

interface Options {
  readonly data: string
  readonly profileOnly?: true
  readonly proxy?: true
  readonly json?: true
}

/** A value to export, or `undefined` for a name to unset. */
type Variables = Readonly<Record<string, string | undefined>>

export function env(): Command {
  return new Command('env')
    .description('print shell exports that point AWS clients at the server')
    .addOption(dataOption())
    .option('--profile-only', 'name the credentials file and its profile; export no key')
    .option('--proxy', 'go by the HTTPS proxy, not by endpoints')
    .option('--json', 'print JSON; null means: unset it')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options) => {
      const folder = folderAt(options.data)
      const note = await runningOn(folder)
      const variables: Variables = {
        ...(options.proxy === true ? byProxy(note) : byEndpoint(note)),
        ...(options.profileOnly === true ? byProfile(folder) : byKey(folder)),
        AWS_REGION: note.region,
        AWS_DEFAULT_REGION: note.region,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_SESSION_TOKEN: undefined,
      }
      if (options.json === true) say(JSON.stringify(variables, (_name, value: unknown) => value ?? null))
      else for (const line of exports(variables)) say(line)
    })
}

/** The last three besides the first: some clients ask the hosts of AWS for them though the first is set. */
const ENDPOINTS = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL_SSO', 'AWS_ENDPOINT_URL_SSO_OIDC']

function byEndpoint({ endpoint, ca }: Note): Variables {
  const bundle = endpoint.startsWith('https:') && ca !== undefined ? { AWS_CA_BUNDLE: ca } : {}
  return { ...Object.fromEntries(ENDPOINTS.map((name) => [name, endpoint])), ...bundle }
}

function byProxy({ proxy, ca }: Note): Variables {
  if (proxy === undefined || ca === undefined)
    throw new Failure('the server has no proxy: start it with `sallyport up --proxy 8443`')
  // Python prefers the name in lower case where both are set.
  return {
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    AWS_CA_BUNDLE: ca,
    ...Object.fromEntries(ENDPOINTS.map((name) => [name, undefined])),
  }
}

function byKey(folder: Folder): Variables {
  const keys = givenAdministrator(process.env) ?? readCredentials(folder)
  if (keys === undefined) {
    throw new Failure(
      "the administrator's key is not in the data folder: set ROOT_AWS_ACCESS_KEY_ID and ROOT_AWS_SECRET_ACCESS_KEY as they were when the server was started",
    )
  }
  return { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey, AWS_PROFILE: undefined }
}

function byProfile(folder: Folder): Variables {
  if (readCredentials(folder) === undefined) {
    throw new Failure(`there is no \`${folder.credentials}\` to name: the administrator's key was given, not drawn`)
  }
  return {
    AWS_SHARED_CREDENTIALS_FILE: folder.credentials,
    AWS_PROFILE: PROFILE,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
  }
}
