/** A bucket's rules for browsers of other origins, as they are put and told again; `cors-rule.ts` applies them. */

import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { malformedXml, setting } from './setting.ts'

const RULES_AT_MOST = 100
const METHODS = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE']

export type CorsRules = NonNullable<Input<'s3:PutBucketCors'>['CORSConfiguration']['CORSRules']>

export const cors = setting({
  sub: 'cors',
  get: 's3:GetBucketCors',
  put: 's3:PutBucketCors',
  remove: 's3:DeleteBucketCors',
  reads: 's3:GetBucketCORS',
  writes: 's3:PutBucketCORS',
  refusals: ['InvalidRequest', 'MalformedXML'],
  fresh: { code: 'NoSuchCORSConfiguration', message: 'The CORS configuration does not exist' },
  given({ CORSConfiguration: { CORSRules = [] } }) {
    if (CORSRules.length === 0) throw malformedXml()
    if (CORSRules.length > RULES_AT_MOST) {
      throw invalid(`The number of CORS rules should not exceed allowed limit of ${RULES_AT_MOST} rules.`)
    }
    for (const rule of CORSRules) checkRule(rule)
    return CORSRules
  },
  show: (CORSRules: CorsRules) => ({ CORSRules }),
})

function checkRule(rule: CorsRules[number]): void {
  const { AllowedMethods = [], AllowedOrigins = [], AllowedHeaders = [], ExposeHeaders = [], ID = '' } = rule
  if (AllowedMethods.length === 0 || AllowedOrigins.length === 0 || ID.length > 255) throw malformedXml()
  const method = AllowedMethods.find((one) => !METHODS.includes(one))
  if (method !== undefined) {
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`)
  }
  refuseWildcards('AllowedOrigin', AllowedOrigins)
  refuseWildcards('AllowedHeader', AllowedHeaders)
  const exposed = ExposeHeaders.find((one) => one.includes('*'))
  if (exposed === undefined) return
  throw invalid(`ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ExposeHeader.`)
}

function refuseWildcards(what: string, values: readonly string[]): void {
  const loose = values.find((value) => value.split('*').length > 2)
  if (loose !== undefined) throw invalid(`${what} "${loose}" can not have more than one wildcard.`)
}

function invalid(message: string): Refusal {
  return new Refusal('InvalidRequest', message)
}
