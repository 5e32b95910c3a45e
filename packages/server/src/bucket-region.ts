/**
 * Which region's endpoint a call for a bucket came to, and where the bucket is. One port serves all regions, so where no
 * host says it, the region that the call is signed for does; calls that say neither are at the right place.
 */

import type { Directory } from './directory.ts'
import { Refusal } from './refusal.ts'
import { s3Malformed, type Claim } from './wire/claim.ts'
import type { Named } from './wire/dispatch.ts'
import { hostName, type Message } from './wire/message.ts'

/** The endpoint that knows of every bucket, and makes buckets anywhere. */
const FIRST = 'us-east-1'
const REGIONAL = /^(?:.*\.)?s3(?:-fips)?(?:\.dualstack)?[.-]([a-z]{2}(?:-[a-z]+)+-\d)\./
/** The form of a region's name: there are more than S3's own list has. */
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d+$/
const GLOBAL = /^(.*\.)?s3\.amazonaws\.com$/

interface Land {
  readonly directory: Directory
  /** The server's own. */
  readonly region: string
}

type Place = Pick<Named, 'service' | 'labels' | 'operation'>

/**
 * Refuses a call for a bucket of another region, as AWS's endpoints do: 400 where the signature is for a region that is
 * not the endpoint's, 301 where it is and the bucket is not there (S3 User Guide VirtualHosting, UsingRouting). Clients
 * find the bucket's region in the answer and come again.
 */
export function refuseElsewhere(world: Land, named: Place, message: Message, claim: Claim | undefined): void {
  const home = regionOf(world.directory, named)
  const asked = named.operation?.name
  if (named.service === 's3' && claim !== undefined) refuseUnknown(claim, home ?? world.region)
  if (home === undefined || asked === undefined || asked === 'CreateBucket') return
  const signed = claim?.region === '' ? undefined : claim?.region
  const endpoint = endpointOf(message, home) ?? signed ?? home
  if (claim !== undefined && signed !== undefined && signed !== endpoint) {
    throw wrongRegion(claim, endpoint, home)
  }
  if (endpoint === home || (asked === 'GetBucketLocation' && endpoint === FIRST)) return
  throw redirect(named.labels['Bucket'] ?? '', message, home)
}

/** What HeadBucket's refusals say too, whatever they are: where the bucket is. */
export function headersOfRegion(directory: Directory, named: Place | undefined): Readonly<Record<string, string>> {
  if (named?.operation?.name !== 'HeadBucket') return {}
  const home = regionOf(directory, named)
  return home === undefined ? {} : inRegion(home)
}

/** What is no region, such as s3cmd's `US`: clients learn from the answer what it should have been. */
function refuseUnknown(claim: Claim, region: string): void {
  if (claim.region === '' || claim.region === region || REGION.test(claim.region)) return
  throw wrongRegion(claim, region, region)
}

function wrongRegion({ form, region }: Claim, expected: string, home: string): Refusal {
  const fault = `the region '${region}' is wrong; expecting '${expected}'`
  const { code, message } = s3Malformed(form, 'X-Amz-Credential', fault)
  return new Refusal(code, message, { Region: expected }, inRegion(home))
}

function regionOf(directory: Directory, { service, labels }: Place): string | undefined {
  const bucket = service === 's3' ? labels['Bucket'] : undefined
  return bucket === undefined ? undefined : directory.all('bucketName').get(bucket)?.region
}

function inRegion(home: string): Readonly<Record<string, string>> {
  return { 'x-amz-bucket-region': home }
}

/** The region of the host, where it has one. Below the global name, DNS takes each bucket to its own region. */
function endpointOf(message: Message, home: string): string | undefined {
  const host = hostName(message)
  const [, region] = REGIONAL.exec(host) ?? []
  if (region !== undefined) return region
  const global = GLOBAL.exec(host)
  if (global === null) return undefined
  return global[1] === undefined ? FIRST : home
}

/** The endpoint to take instead is AWS's name for it where AWS's names are used, else the one at which the call came in. */
function redirect(bucket: string, message: Message, home: string): Refusal {
  const host = hostName(message)
  const regional = `s3.${home}.amazonaws.com`
  const byHost = host.startsWith(`${bucket}.`) ? `${bucket}.${regional}` : regional
  const text =
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.'
  const Endpoint = host.endsWith('.amazonaws.com') ? byHost : (message.headers['host'] ?? '')
  return new Refusal('PermanentRedirect', text, { Endpoint, Bucket: bucket }, inRegion(home))
}
