/** What Lambda's operations share: functions by name or ARN, and what the law is asked about them. */

import { regionKey, type AccountId, type LambdaFunction } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put, type Change } from '../../store/store.ts'
import { placeOf } from '../../store/ordered-keys.ts'
import { page, type PageAsk } from '../paging.ts'
import { resourceTags } from '../tags.ts'

/** A function's row: what the estate knows, and what only Lambda has to tell. */
export interface StoredFunction extends LambdaFunction {
  /** The deployment package. */
  readonly blob: string
  readonly ephemeralStorage: number
  readonly tracing: 'Active' | 'PassThrough'
  readonly logging: Logging
  /** Present in the rows of published versions: a number, as text. */
  readonly version?: string
  /** What follows is of the function as a whole: how many versions were ever published of it, … */
  readonly published?: number
  readonly aliases?: readonly Alias[]
  /** Of the function's policy and of each of its qualifiers', by the qualifier, `''` for none. */
  readonly policyRevisions?: Readonly<Record<string, string>>
  /** How events that nobody waits for are handled, by the qualifier. */
  readonly asynchronous?: Readonly<Record<string, AsynchronousConfig>>
  readonly reserved?: number
  readonly recursiveLoop?: 'Allow' | 'Terminate'
  readonly runtimeUpdates?: Readonly<Record<string, 'Auto' | 'FunctionUpdate'>>
}

export interface Alias {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly revisionId: string
  /** Another version that takes a share of the calls. */
  readonly other?: { readonly version: string; readonly weight: number }
}

export interface AsynchronousConfig {
  readonly updatedAt: number
  readonly retries?: number
  /** Seconds. */
  readonly age?: number
}

export interface Logging {
  readonly format: 'JSON' | 'Text'
  readonly group: string
  readonly applicationLevel?: string
  readonly systemLevel?: string
}

export interface Named {
  readonly account: AccountId
  readonly name: string
  /** `$LATEST`, or a version or alias. */
  readonly qualifier: string | undefined
}

const NAME =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$/
const NAME_LENGTH = 64

/** A function as callers name it: by name, by partial ARN or by ARN. `own` is the account that a bare name means. */
export function nameOf(
  given: string,
  { own, region, qualifier }: { readonly own: AccountId; readonly region: string; readonly qualifier?: string },
): Named {
  const [, inRegion, account = own, name, after] = NAME.exec(given) ?? []
  if (name === undefined) throw new Refusal('InvalidParameterValueException', `Invalid function name: ${given}`)
  if (name.length > NAME_LENGTH) throw tooMuch(given, 'functionName', 'have length', NAME_LENGTH)
  if (inRegion !== undefined && inRegion !== region) {
    throw new Refusal(
      'ResourceNotFoundException',
      `Functions from '${inRegion}' are not reachable in this region ('${region}')`,
    )
  }
  if (after !== undefined && qualifier !== undefined && after !== qualifier) {
    throw new Refusal(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
  }
  return { account, name, qualifier: qualifier ?? after }
}

interface OfFunction {
  readonly FunctionName: string
  readonly Qualifier?: string
}

export function named(call: Call, { FunctionName, Qualifier }: OfFunction): Named {
  const { region, account } = call
  return nameOf(FunctionName, { own: account.id, region, ...(Qualifier === undefined ? {} : { qualifier: Qualifier }) })
}

/** The account that an ARN names, where it names one. */
export function accountNamed(given: string): readonly AccountId[] {
  const account = NAME.exec(given)?.[2]
  return account === undefined ? [] : [account]
}

export function look(call: Call, { account, name }: Named): StoredFunction | undefined {
  const row = call.estate.account(account)?.all('function').get(regionKey(call.region, name))
  return row as StoredFunction | undefined // Lambda's operations alone write functions, as `StoredFunction`
}

/** The function itself, whatever the qualifier. */
export function find(call: Call, it: Named): StoredFunction {
  const found = look(call, it)
  if (found !== undefined) return found
  throw noFunction(call, it)
}

export function noFunction(call: Call, it: Named): Refusal {
  return new Refusal('ResourceNotFoundException', `Function not found: ${qualifiedArn(call, it)}`)
}

interface Resolved {
  readonly row: StoredFunction
  readonly version: string
  /** The function itself. */
  readonly latest: StoredFunction
}

/** What the qualifier names of a function: its code and settings, and which version they are. */
export function resolve(call: Call, it: Named): Resolved {
  const latest = find(call, it)
  const { qualifier = '$LATEST' } = it
  const version = latest.aliases?.find(({ name }) => name === qualifier)?.version ?? qualifier
  if (version === '$LATEST') return { row: latest, version, latest }
  const row = versionOf(call, it, version)
  if (row === undefined) throw noFunction(call, it)
  return { row, version, latest }
}

export function versionOf(call: Call, { account, name }: Named, version: string): StoredFunction | undefined {
  const row = call.estate
    .account(account)
    ?.all('functionVersion')
    .get(versionKey(call.region, name, version))
  return row as StoredFunction | undefined // as with `look`
}

/** All that was published of a function and is still there, in order. */
export function versionsOf(call: Call, { account, name }: Named): readonly StoredFunction[] {
  const kept = call.estate.account(account)
  const start = `${regionKey(call.region, name)}:`
  const keys = kept?.inOrder('functionVersion') ?? []
  const own = keys.slice(placeOf(keys, start), placeOf(keys, `${start}\uffff`))
  return own.flatMap((key) => (kept?.all('functionVersion').get(key) as StoredFunction | undefined) ?? []) // as with `look`
}

/** The region's functions, or all that was published of them. */
export function functionsOf(
  { estate, region }: Call,
  account: AccountId,
  kind: 'function' | 'functionVersion' = 'function',
): readonly StoredFunction[] {
  const rows = [...(estate.account(account)?.all(kind).values() ?? [])]
  return rows.filter((row) => row.region === region) as StoredFunction[] // as with `look`
}

/** The change that writes the function. */
export function written(call: Call, { account, name }: Named, row: StoredFunction): Change {
  return put(account, 'function', regionKey(call.region, name), row)
}

/** What runs of it runs on, and takes no more events. */
export function forget(call: Call, { account, name }: Named): void {
  call.functions?.forget(account, call.region, name)
}

/** Keys of versions are in the order of their numbers. */
export function versionKey(region: string, name: string, version: string): string {
  return `${regionKey(region, name)}:${version.padStart(10, '0')}`
}

export function qualifiedArn(call: Pick<Call, 'region'>, it: Named): string {
  return arnOf(call, it) + (it.qualifier === undefined ? '' : `:${it.qualifier}`)
}

export function policyOf(row: StoredFunction, qualifier: string | undefined): StoredFunction['policy'] {
  return qualifier === undefined ? row.policy : row.qualifiedPolicies?.[qualifier]
}

/** The policy of what is named, where there is one. */
export function policyAt(call: Call, it: Named): StoredFunction['policy'] {
  const found = look(call, it)
  return found && policyOf(found, it.qualifier)
}

export function arnOf({ region }: Pick<Call, 'region'>, { account, name }: Pick<Named, 'account' | 'name'>): string {
  return `arn:aws:lambda:${region}:${account}:function:${name}`
}

/** A question about a function, be it there or not. */
export function about(call: Call, it: Named, context: Asking['context'] = {}): Asking {
  const found = look(call, it)
  const { tags = [] } = found ?? {}
  const policy = found && policyOf(found, it.qualifier)
  return {
    resource: qualifiedArn(call, it),
    account: it.account,
    ...(policy === undefined
      ? {}
      : { resourcePolicy: { document: policy.document, kind: 'resource' as const, name: it.name } }),
    context: { ...resourceTags(tags), ...context },
  }
}

/** What the model's own bounds do not say. */
export function tooMuch(
  value: string | number,
  path: string,
  phrase: 'have length' | 'have value',
  most: number,
): Refusal {
  const words = `Value '${value}' at '${path}' failed to satisfy constraint: Member must ${phrase} less than or equal to ${most}`
  return new Refusal('invalid', `1 validation error detected: ${words}`)
}

export function invalid(message: string): Refusal {
  return new Refusal('InvalidParameterValueException', message)
}

/** The writer must have seen the function as it is now. */
export function refuseRevision(asked: string | undefined, { revisionId }: Pick<StoredFunction, 'revisionId'>): void {
  if (asked === undefined || asked === revisionId) return
  throw new Refusal(
    'PreconditionFailedException',
    'The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to retrieve the latest RevisionId',
  )
}

const PAGE = 50

interface Listing<T> extends Pick<PageAsk<T>, 'listing' | 'keyOf'> {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

/** Fifty at a time, whoever asks for more. */
export function pageOf<T>(call: Call, items: readonly T[], { Marker, MaxItems = PAGE, ...ask }: Listing<T>) {
  const found = page(call.keyring, items, { ...ask, marker: Marker, size: Math.min(MaxItems, PAGE) })
  if (found === undefined) throw invalid('Invalid Marker')
  return found
}
