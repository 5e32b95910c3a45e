/** What S3 refuses in lifecycle rules, in its words. API_PutBucketLifecycleConfiguration; S3 User Guide intro-lifecycle-rules. */

import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { malformedXml } from './setting.ts'

type Configuration = NonNullable<Input<'s3:PutBucketLifecycleConfiguration'>['LifecycleConfiguration']>
export type Rule = NonNullable<Configuration['Rules']>[number]
type Transition = NonNullable<Rule['Transitions']>[number]

const RULES_AT_MOST = 1000
const ID_AT_MOST = 255
const CLASSES = ['GLACIER', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'DEEP_ARCHIVE', 'GLACIER_IR']
/** Objects stay this long before they move to an infrequent access class. */
const INFREQUENT: Readonly<Record<string, number>> = { STANDARD_IA: 30, ONEZONE_IA: 30 }

export function checkRules(rules: readonly Rule[]): void {
  if (rules.length === 0 || rules.length > RULES_AT_MOST) throw malformedXml()
  for (const rule of rules) checkRule(rule)
  const ids = rules.flatMap(({ ID }) => (ID === undefined || ID === '' ? [] : [ID]))
  if (new Set(ids).size < ids.length) {
    throw invalid('Rule ID must be unique. Found same ID for more than one rule')
  }
}

function checkRule(rule: Rule): void {
  const { ID = '', Status } = rule
  if (Status !== 'Enabled' && Status !== 'Disabled') throw malformedXml()
  if (ID.length > ID_AT_MOST) throw invalid(`ID length should not exceed allowed limit of ${ID_AT_MOST}`)
  checkFilter(rule)
  checkActions(rule)
  checkExpiration(rule)
  checkTransitions(rule)
  checkNoncurrent(rule)
  const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation
  if (rule.AbortIncompleteMultipartUpload !== undefined) {
    positive(days, "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")
  }
}

function checkActions({ Expiration, Transitions = [], ...rest }: Rule): void {
  const { NoncurrentVersionTransitions = [], NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rest
  const some =
    Expiration !== undefined ||
    NoncurrentVersionExpiration !== undefined ||
    AbortIncompleteMultipartUpload !== undefined ||
    Transitions.length + NoncurrentVersionTransitions.length > 0
  if (!some) throw badRequest('At least one action needs to be specified in a rule')
}

/** A filter has one predicate, or `And` with two at the least. A rule has a filter or, as of old, a prefix. */
function checkFilter({ Filter, Prefix, Expiration, AbortIncompleteMultipartUpload: abort }: Rule): void {
  if ((Filter === undefined) === (Prefix === undefined)) throw malformedXml()
  if (Filter === undefined) return
  if (Object.keys(Filter).length > 1) throw malformedXml()
  const { And, Tag } = Filter
  const tags = And?.Tags ?? (Tag === undefined ? [] : [Tag])
  if (And !== undefined) {
    const { Tags = [], ...others } = And
    if (Tags.length + Object.keys(others).length < 2) throw malformedXml()
  }
  checkSizes(And ?? Filter)
  if (tags.some(({ Key = '', Value = '' }) => Key === '' || Key.length > 128 || Value.length > 256)) {
    throw invalid('The TagKey you have provided is invalid')
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) throw badRequest('Duplicate Tag Keys are not allowed.')
  if (abort !== undefined && tags.length > 0) {
    throw badRequest('AbortIncompleteMultipartUpload cannot be specified with Tags.')
  }
  if (Expiration?.ExpiredObjectDeleteMarker !== undefined && tags.length > 0) {
    throw badRequest('ExpiredObjectDeleteMarker cannot be specified with Tags.')
  }
}

interface Sizes {
  readonly ObjectSizeGreaterThan?: number
  readonly ObjectSizeLessThan?: number
}

function checkSizes({ ObjectSizeGreaterThan: over, ObjectSizeLessThan: under }: Sizes): void {
  if ((over ?? 0) < 0 || (under ?? 1) < 1) throw malformedXml()
  if (over === undefined || under === undefined || under > over) return
  throw badRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
}

function checkExpiration({ Expiration }: Rule): void {
  if (Expiration === undefined) return
  const { Date: date, Days } = Expiration
  if (Object.keys(Expiration).length !== 1) throw malformedXml()
  if (Days !== undefined) positive(Days, "'Days' for Expiration action must be a positive integer")
  if (date !== undefined) refuseHours(date)
}

function checkTransitions({ Transitions = [], Expiration, Filter, Prefix }: Rule): void {
  for (const { Date: date, Days, StorageClass } of Transitions) {
    if ((date === undefined) === (Days === undefined)) throw malformedXml()
    checkClass(StorageClass, Days, 'Days')
    if (date !== undefined) refuseHours(date)
  }
  refuseTwice(Transitions)
  const where = `'(prefix=${Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? ''})'`
  const dated = [...Transitions, ...(Expiration === undefined ? [] : [Expiration])]
  if (dated.some((one) => one.Date !== undefined) && dated.some((one) => one.Days !== undefined)) {
    const text = `Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter ${where}`
    throw badRequest(text)
  }
  for (const name of ['Days', 'Date'] as const) {
    const end = Expiration?.[name]
    if (end !== undefined && Transitions.some((one) => Number(one[name]) >= Number(end))) {
      const text = `'${name}' in the Expiration action for filter ${where} must be ${name === 'Days' ? 'greater' : 'later'} than '${name}' in the Transition action`
      throw invalid(text)
    }
  }
}

function checkNoncurrent({ NoncurrentVersionTransitions: moves = [], NoncurrentVersionExpiration: end }: Rule): void {
  for (const { NoncurrentDays, NewerNoncurrentVersions, StorageClass } of moves) {
    checkClass(StorageClass, NoncurrentDays, 'NoncurrentDays')
    checkNewer(NewerNoncurrentVersions)
  }
  refuseTwice(moves)
  if (end === undefined) return
  const text = "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer"
  positive(end.NoncurrentDays, text)
  checkNewer(end.NewerNoncurrentVersions)
  if (moves.some(({ NoncurrentDays = 0 }) => NoncurrentDays >= (end.NoncurrentDays ?? 0))) {
    throw invalid(
      "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action",
    )
  }
}

function checkClass(storageClass: string | undefined, days: number | undefined, name: string): void {
  if (storageClass === undefined || !CLASSES.includes(storageClass)) throw malformedXml()
  const least = INFREQUENT[storageClass] ?? 0
  if (days === undefined) return
  if (days < 0) throw invalid(`'${name}' in Transition action must be nonnegative`)
  if (days >= least) return
  throw invalid(
    `'${name}' in Transition action must be greater than or equal to ${least} for storageClass '${storageClass}'`,
  )
}

function checkNewer(versions: number | undefined): void {
  if (versions === undefined || (versions >= 1 && versions <= 100)) return
  throw invalid("'NewerNoncurrentVersions' must be a positive integer of 100 at the most")
}

function refuseTwice(moves: readonly Pick<Transition, 'StorageClass'>[]): void {
  if (new Set(moves.map(({ StorageClass }) => StorageClass)).size === moves.length) return
  throw badRequest('StorageClass must be unique within the transitions of a rule')
}

function positive(days: number | undefined, message: string): void {
  if (days === undefined || days < 1) throw invalid(message)
}

function refuseHours(date: Date): void {
  if (date.getTime() % 86_400_000 !== 0) throw invalid("'Date' must be at midnight GMT")
}

function invalid(message: string): Refusal {
  return new Refusal('InvalidArgument', message)
}

function badRequest(message: string): Refusal {
  return new Refusal('InvalidRequest', message)
}
