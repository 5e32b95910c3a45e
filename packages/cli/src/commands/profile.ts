/** `sallyport profile`: profiles of AWS's clients for roles of this organisation. */

import { Argument, Command } from 'commander'
import { query, tag } from '../demo/calls.ts'
import { Failure, Usage } from '../failure.ts'
import { DEFAULT_FOLDER, folderAt, readNote } from '../folder.ts'
import { dataIfGiven, integer, region as regionNamed } from '../options.ts'
import { originOf } from '../profile/chain.ts'
import { readProfiles, type Profiles } from '../profile/files.ts'
import { Inquiry, type AccountFacts } from '../profile/inquiry.ts'
import { accountMeant, pathed, roleMeant } from '../profile/meant.ts'
import { headerOf, sectionText, writeSection, type Lines } from '../profile/section.ts'
import { EXTERNAL_ID, PROFILE_NAME, ROLE, SESSION_NAME } from '../profile/values.ts'
import { say, warn } from '../say.ts'
import type { Whereabouts } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  sallyport profile add staging --account Staging --role StagingAccess              prints the section
  sallyport profile add staging --account Staging --role StagingAccess --from dev --mfa --write
  aws --profile staging sts get-caller-identity

\`--write\` adds it to ~/.aws/config, or to the file that AWS_CONFIG_FILE names, and leaves the rest of the file as it is
`

interface Options extends Whereabouts {
  readonly account: string
  readonly role: string
  readonly from: string
  readonly mfa?: true
  readonly externalId?: string
  readonly sessionName?: string
  readonly duration?: number
  readonly region?: string
  readonly write?: true
  readonly replace?: true
}

export function profile(): Command {
  return new Command('profile')
    .description("make a profile of the AWS CLI's for a role of the organisation")
    .addArgument(new Argument('<deed>', 'what to do').choices(['add']))
    .argument('<name>', "the profile's name", matching(PROFILE_NAME, "a profile's name, without quotes and brackets"))
    .requiredOption('--account <account>', "the role's account: its number, name or alias")
    .requiredOption('--role <role>', "the role's name", matching(ROLE, "a role's name"))
    .option('--from <profile>', 'the profile that assumes the role', 'default')
    .option('--mfa', "ask for a code of the device of that profile's user")
    .option('--external-id <id>', 'what the role asks strangers for', matching(EXTERNAL_ID, 'an external id'))
    .option('--session-name <name>', "the session's name", matching(SESSION_NAME, "a session's name"))
    .option('--duration <seconds>', 'how long a session lasts (default: an hour)', integer('--duration', 900, 43_200))
    .option('--region <region>', "the region of its calls (default: the server's)", regionNamed)
    .option('--write', 'write it into the config file of the AWS CLI')
    .option('--replace', 'with `--write`: put it in the place of a section of that name')
    .option('--endpoint <url>', 'the server; else the one of the data folder, else AWS_ENDPOINT_URL')
    .addOption(dataIfGiven())
    .addHelpText('after', EXAMPLES)
    .action(async (_deed: string, name: string, options: Options) => add(name, options))
}

function matching(form: RegExp, what: string): (text: string) => string {
  return (text) => {
    if (form.test(text)) return text
    throw new Usage(`\`${text}\` is not ${what}`)
  }
}

async function add(name: string, options: Options): Promise<void> {
  if (options.replace === true && options.write !== true) throw new Usage('`--replace` is for `--write`')
  const inquiry = new Inquiry(options, '`profile add`')
  const files = readProfiles(process.env)
  for (const { file, line, says } of files.faults) warn(`${file}:${line}: ${says}: the AWS CLI does not read the file`)
  const account = await accountMeant(inquiry, options.account)
  const role = await roleIn(inquiry, account, options.role)
  warnOfSource(files, name, options)
  const lines: Lines = [
    ['role_arn', `arn:aws:iam::${account.id}:role/${role}`],
    ['source_profile', options.from],
    ...(options.mfa === true ? [['mfa_serial', await serialOf(inquiry, files, options.from)] as const] : []),
    ...given('external_id', options.externalId),
    ...given('role_session_name', options.sessionName),
    ...given('duration_seconds', options.duration),
    ['region', options.region ?? inquiry.target.region],
    ['endpoint_url', inquiry.target.endpoint],
    ...given('ca_bundle', bundleOf(options, inquiry)),
  ]
  if (options.write !== true) return say(sectionText(name, lines).trimEnd())
  const done = writeSection(files.config, name, lines, options.replace === true)
  say(`${headerOf(name)} ${done === 'there already' ? 'is there already' : `was ${done}`}: ${files.config}`)
}

function given(name: string, value: string | number | undefined): Lines {
  return value === undefined ? [] : [[name, String(value)]]
}

/** The role with its path, as it is there; as it was given, with a warning, where it is not. */
async function roleIn(inquiry: Inquiry, { id, name }: AccountFacts, asked: string): Promise<string> {
  const plain = asked.replace(/^\//, '')
  const roles = await inquiry.roles(id)
  if (roles === undefined) {
    warn(`nobody can look into ${name} (${id}): whether the role \`${plain}\` is there is not known`)
    return plain
  }
  const found = roleMeant(roles, plain)
  if (found.kind === 'found') return plain
  if (found.kind === 'path' && !plain.includes('/')) return pathed(found.role)
  const help = found.kind === 'absent' ? '' : `: did you mean \`${pathed(found.role)}\``
  warn(`there is no role \`${plain}\` in ${name} (${id})${help}`)
  return plain
}

function warnOfSource({ profiles, config }: Profiles, name: string, { from }: Options): void {
  if (from === name) {
    const own = profiles.get(name)
    if (own === undefined || originOf(own, true).kind !== 'keys')
      throw new Usage(`\`${name}\` cannot assume its role from itself: name another profile with \`--from\``)
  } else if (!profiles.has(from)) {
    warn(`there is no profile \`${from}\` to assume the role: \`aws configure --profile ${from}\` makes it (${config})`)
  }
}

/** The device of the user at the source; the one that AWS's console would name like the user, where there is none yet. */
async function serialOf(inquiry: Inquiry, { profiles }: Profiles, from: string): Promise<string> {
  const source = profiles.get(from)
  const origin = source === undefined ? undefined : originOf(source, true)
  if (origin?.kind !== 'keys') {
    throw new Failure(`whose device? \`--mfa\` needs a profile with a user's key: \`${from}\` has none`)
  }
  const who = await inquiry.call(query('sts:GetCallerIdentity'), origin.keys)
  const arn = tag(who.body, 'Arn')
  const [, account = '', user] = /^arn:[\w-]+:iam::(\d+):user\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  if (user === undefined) {
    throw new Failure(`whose device? \`${from}\` is ${arn === '' ? `refused with ${who.code}` : `${arn}, no user`}`)
  }
  const [serial] = (await inquiry.devices(account, user)) ?? []
  if (serial !== undefined) return serial
  warn(
    `${user} has no MFA device yet: \`aws iam create-virtual-mfa-device --virtual-mfa-device-name ${user}\` makes one`,
  )
  return `arn:aws:iam::${account}:mfa/${user}`
}

/** AWS's clients must know the authority of an endpoint that speaks TLS. */
function bundleOf({ endpoint, data }: Options, { target }: Inquiry): string | undefined {
  if (!target.endpoint.startsWith('https:')) return undefined
  const note = endpoint === undefined ? readNote(folderAt(data ?? DEFAULT_FOLDER)) : undefined
  return note?.ca ?? (process.env['AWS_CA_BUNDLE'] || undefined)
}
