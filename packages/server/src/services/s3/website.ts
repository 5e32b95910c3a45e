/** A bucket as a website: its configuration is kept and told again. */

import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { malformedXml, setting } from './setting.ts'
import { invalidArgument } from './shared.ts'

const RULES_AT_MOST = 50

type Website = Input<'s3:PutBucketWebsite'>['WebsiteConfiguration']
type Rule = NonNullable<Website['RoutingRules']>[number]

export const website = setting({
  sub: 'website',
  get: 's3:GetBucketWebsite',
  put: 's3:PutBucketWebsite',
  remove: 's3:DeleteBucketWebsite',
  reads: 's3:GetBucketWebsite',
  writes: 's3:PutBucketWebsite',
  removes: 's3:DeleteBucketWebsite',
  refusals: ['InvalidArgument', 'InvalidRequest', 'MalformedXML'],
  fresh: {
    code: 'NoSuchWebsiteConfiguration',
    message: 'The specified bucket does not have a website configuration',
  },
  given({ WebsiteConfiguration: given }) {
    const { RedirectAllRequestsTo: all } = given
    if (all === undefined) checkPages(given)
    else checkRedirectAll(given, all)
    return given
  },
  show: (kept: Website) => kept,
})

function checkPages({ IndexDocument, ErrorDocument, RoutingRules = [] }: Website): void {
  if (IndexDocument === undefined) {
    const text = 'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty'
    throw invalidArgument(text, 'IndexDocument', 'null')
  }
  const { Suffix = '' } = IndexDocument
  if (Suffix === '' || Suffix.includes('/')) {
    throw invalidArgument('The IndexDocument Suffix is not well formed', 'IndexDocument', Suffix)
  }
  if (ErrorDocument?.Key === '') throw invalidArgument('The ErrorDocument Key is not well formed', 'ErrorDocument', '')
  if (RoutingRules.length > RULES_AT_MOST) {
    throw invalid(
      `${RoutingRules.length} routing rules provided, the number of routing rules in a website configuration is limited to ${RULES_AT_MOST}.`,
    )
  }
  for (const rule of RoutingRules) checkRule(rule)
}

function checkRedirectAll(given: Website, { HostName = '', Protocol }: NonNullable<Website['RedirectAllRequestsTo']>) {
  const { IndexDocument, ErrorDocument, RoutingRules } = given
  if (IndexDocument !== undefined || ErrorDocument !== undefined || RoutingRules !== undefined) {
    const text = 'RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.'
    throw invalidArgument(text, 'RedirectAllRequestsTo', 'not null')
  }
  if (HostName === '') throw malformedXml()
  checkProtocol(Protocol)
}

function checkRule({ Redirect, Condition }: Rule): void {
  const { HostName, HttpRedirectCode: code, Protocol, ReplaceKeyPrefixWith, ReplaceKeyWith } = Redirect
  const says = [HostName, code, Protocol, ReplaceKeyPrefixWith, ReplaceKeyWith].some((one) => one !== undefined)
  if (!says) throw malformedXml()
  if (Condition !== undefined && Object.keys(Condition).length === 0) throw malformedXml()
  if (ReplaceKeyPrefixWith !== undefined && ReplaceKeyWith !== undefined) {
    throw invalid('You can only define ReplaceKeyPrefix or ReplaceKey but not both.')
  }
  if (code !== undefined && !/^3(?!00)\d\d$/.test(code)) {
    throw invalid(`The provided HTTP redirect code (${code}) is not valid. Valid codes are 3XX except 300.`)
  }
  const error = Condition?.HttpErrorCodeReturnedEquals
  if (error !== undefined && !/^[45]\d\d$/.test(error)) {
    throw invalid(`The provided HTTP error code (${error}) is not valid. Valid codes are 4XX or 5XX.`)
  }
  checkProtocol(Protocol)
}

function checkProtocol(protocol: string | undefined): void {
  if (protocol === undefined || protocol === 'http' || protocol === 'https') return
  throw invalid(
    'Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.',
  )
}

function invalid(message: string): Refusal {
  return new Refusal('InvalidRequest', message)
}
