/** `sallyport creds`: a role's session for `credential_process` of an AWS profile, by a real AssumeRole. */

import { Command } from 'commander'
import { administratorOf } from '../administrator.ts'
import { sendSigned, type Target } from '../client.ts'
import { awsEnvironment, type Keys } from '../credentials.ts'
import { json, query, readAnswer, tag, targeted, type Answer, type Ask } from '../demo/calls.ts'
import { Failure, Usage } from '../failure.ts'
import { dataIfGiven, integer } from '../options.ts'
import { say } from '../say.ts'
import { targetOf, type Whereabouts } from '../whereabouts.ts'

const EXAMPLES = `
examples:
  sallyport creds --role arn:aws:iam::111111111111:role/Reader
  sallyport creds --account Staging --role OrganizationAccountAccessRole

in ~/.aws/config:
  [profile staging]
  credential_process = sallyport creds --account Staging --role OrganizationAccountAccessRole

it calls as AWS_ACCESS_KEY_ID says, or as the administrator of the data folder where that is not set
`

interface Options extends Whereabouts {
  readonly role: string
  readonly account?: string
  readonly sessionName: string
  readonly duration?: number
  readonly externalId?: string
}

export function creds(): Command {
  return new Command('creds')
    .description("print a role's credentials as `credential_process` wants them")
    .requiredOption('--role <role>', "the role's ARN, or its name in `--account`")
    .option('--account <account>', 'the account of a role that is given by name: its number or name')
    .option('--session-name <name>', "the session's name", 'sallyport')
    .option('--duration <seconds>', 'how long the session lasts (default: an hour)', integer('--duration', 900, 43_200))
    .option('--external-id <id>', 'what the role asks strangers for')
    .option('--endpoint <url>', 'the server; else the one of the data folder, else AWS_ENDPOINT_URL')
    .addOption(dataIfGiven())
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options) => {
      const target = targetOf(options)
      const keys = awsEnvironment(process.env) ?? administratorOf(options, '`creds`')
      const role = await roleArn(target, keys, options)
      say(JSON.stringify(await assume(target, keys, { ...options, role }), null, 2))
    })
}

async function roleArn(target: Target, keys: Keys, { role, account }: Options): Promise<string> {
  const [, , , , of] = role.split(':')
  if (of !== undefined) {
    if (account === undefined) return role
    throw new Usage('`--account` is for a role that is given by its name: this one is an ARN')
  }
  if (account === undefined) throw new Usage(`in which account is \`${role}\`? name it with \`--account\``)
  const id = /^\d{12}$/.test(account) ? account : await accountNamed(target, keys, account)
  return `arn:aws:iam::${id}:role/${role.replace(/^\//, '')}`
}

/** Asked of Organizations, page by page: the caller must be allowed to. */
async function accountNamed(target: Target, keys: Keys, name: string): Promise<string> {
  for (let next: unknown = undefined; ;) {
    const page = next === undefined ? {} : { NextToken: next }
    const answer = await call(target, keys, targeted('organizations', 'AWSOrganizationsV20161128.ListAccounts', page))
    if (answer.code !== 'done')
      throw new Failure(`the number of \`${name}\` is not known, and Organizations did not tell: ${answer.message}`)
    const { Accounts, NextToken } = json(answer.body)
    const accounts = Array.isArray(Accounts) ? (Accounts as readonly { Id?: string; Name?: string }[]) : [] // as ListAccounts gives them
    const found = accounts.find((one) => one.Name?.toLowerCase() === name.toLowerCase())
    if (found?.Id !== undefined) return found.Id
    if (NextToken === undefined) throw new Failure(`there is no account \`${name}\``)
    next = NextToken
  }
}

async function assume(target: Target, keys: Keys, options: Options): Promise<object> {
  const { role, sessionName, duration, externalId } = options
  const asked = query('sts:AssumeRole', {
    RoleArn: role,
    RoleSessionName: sessionName,
    ...(duration === undefined ? {} : { DurationSeconds: String(duration) }),
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
  })
  const answer = await call(target, keys, asked)
  if (answer.code !== 'done') throw new Failure(`${answer.code}: ${answer.message}`)
  const part = (name: string): string => tag(answer.body, name)
  return {
    Version: 1,
    AccessKeyId: part('AccessKeyId'),
    SecretAccessKey: part('SecretAccessKey'),
    SessionToken: part('SessionToken'),
    Expiration: part('Expiration'),
    AccountId: part('Arn').split(':')[4],
  }
}

async function call(target: Target, keys: Keys, { service, sent }: Ask): Promise<Answer> {
  return readAnswer(await sendSigned(target, sent, { keys, service }))
}
