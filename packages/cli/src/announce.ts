/** What `up` prints once it is ready: where, who, and what to type next. */

import type { Founded } from '@sallyport/server'
import type { AccountRow } from './accounts.ts'
import type { Folder, Note } from './folder.ts'
import { bold, columns, cyan, dim, say } from './say.ts'
import { quote } from './shell.ts'

export interface Announcement {
  readonly note: Note
  readonly folder: Folder
  readonly founded: Founded
  readonly accounts: readonly AccountRow[]
  /** Where the administrator's secret is: given now, in the credentials file, or with whoever gave it before. */
  readonly source: 'environment' | 'file' | 'unknown'
  /** What `--data` must say to the other verbs, where it must say anything. */
  readonly dataArgument?: string
}

const SHOWN = 20

export function announce(announcement: Announcement, json: boolean): void {
  say(json ? JSON.stringify(forScripts(announcement)) : forPeople(announcement))
}

function forScripts(announcement: Announcement): object {
  const { note, folder, founded, accounts, source } = announcement
  const { endpoint, proxy, ca, region, pid } = note
  const { account, userName, accessKeyId } = founded.administrator
  const credentials = source === 'file' ? { credentials: folder.credentials } : {}
  const administrator = { account, userName, accessKeyId, ...credentials }
  return {
    endpoint,
    ...(proxy && { proxy }),
    ...(ca && { ca }),
    region,
    pid,
    data: folder.path,
    administrator,
    accounts,
    next: nextCommands(announcement),
  }
}

function forPeople(announcement: Announcement): string {
  const { note, accounts } = announcement
  const facts = [
    ['endpoint', note.endpoint],
    ...(note.proxy === undefined ? [] : [['proxy', note.proxy]]),
    ...(note.ca === undefined ? [] : [['authority', note.ca]]),
    ['credentials', whereCredentials(announcement)],
  ]
  const rows = accounts
    .slice(0, SHOWN)
    .map(({ id, name, path = '', management }) => [id, name, path, management === true ? 'management' : ''])
  const more = accounts.length - SHOWN
  return [
    bold('sallyport is ready'),
    '',
    ...columns(facts).map((line) => `  ${line}`),
    '',
    bold('accounts'),
    ...columns(rows).map((line) => `  ${line}`),
    ...(more > 0 ? [dim(`  … and ${more} more: aws organizations list-accounts`)] : []),
    '',
    `${bold('next')}${dim(', in another terminal')}`,
    ...nextCommands(announcement).map((line) => `  ${cyan(line)}`),
  ].join('\n')
}

function whereCredentials({ source, folder, founded }: Announcement): string {
  const { accessKeyId } = founded.administrator
  if (source === 'environment') return `${accessKeyId}, from ROOT_AWS_ACCESS_KEY_ID`
  if (source === 'file') return folder.credentials
  return `${accessKeyId}, as given before; its secret is not kept here (ROOT_AWS_ACCESS_KEY_ID and ROOT_AWS_SECRET_ACCESS_KEY set a new key)`
}

function nextCommands({ dataArgument, accounts }: Announcement): readonly string[] {
  const data = dataArgument === undefined ? '' : ` --data ${quote(dataArgument)}`
  const member = accounts.find(({ management }) => management !== true)
  const third =
    member === undefined
      ? 'aws organizations create-organization'
      : `aws sts assume-role --role-session-name me --role-arn arn:aws:iam::${member.id}:role/OrganizationAccountAccessRole`
  return [`eval "$(npx sallyport env${data})"`, 'aws sts get-caller-identity', third]
}
