/**
 * Access points: doors to a bucket with policies of their own. Where one stands in for a bucket, both must let the caller
 * in: the point is asked first, about ARNs of its own, then the bucket (S3 User Guide access-points-policies).
 */

import { regionKey, restriction, withStatements, type AccessPoint, type AccountId } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import type { Asking, Operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import type { Interpreted } from '../../service.ts'

const ARN = /^arn:aws[a-z-]*:s3:([a-z0-9-]+):(\d{12}):accesspoint\/([a-z0-9-]+)$/
const ALIAS = /^[a-z0-9-]+-s3alias$/

/** What may be done through an access point (S3 User Guide access-points-service-api-support). */
const SUPPORTED: ReadonlySet<string> = new Set(
  [
    'AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjects',
    'DeleteObjectTagging GetBucketAcl GetBucketCors GetBucketLocation GetBucketNotificationConfiguration GetBucketPolicy',
    'GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging HeadBucket',
    'HeadObject ListMultipartUploads ListObjects ListObjectsV2 ListObjectVersions ListParts PutObject PutObjectAcl',
    'PutObjectLegalHold PutObjectRetention PutObjectTagging RestoreObject UploadPart UploadPartCopy',
  ].flatMap((names) => names.split(' ').map((name) => `s3:${name}`)),
)

export async function throughAccessPoint(
  { name }: Operation,
  input: Readonly<Record<string, unknown>>,
  call: Call,
): Promise<Interpreted | undefined> {
  const given = input['Bucket']
  const place = typeof given === 'string' ? placeOf(given, call) : undefined
  if (place === undefined) return undefined
  await call.bring([place.account])
  const point = call.estate.account(place.account)?.all('accessPoint').get(regionKey(place.region, place.name))
  if (point === undefined) {
    throw new Refusal('NoSuchAccessPoint', 'The specified accesspoint does not exist', { AccessPointName: place.name })
  }
  if (!SUPPORTED.has(name)) {
    throw new Refusal('MethodNotAllowed', 'The specified method is not allowed against this resource.')
  }
  // Nothing here comes from inside a network that is somebody's own.
  if (point.vpc !== undefined) throw new Refusal('denied')
  return { input: { ...input, Bucket: point.bucket }, through: { accessPoint: { account: place.account, point } } }
}

interface Place {
  readonly account: AccountId
  readonly region: string
  readonly name: string
}

/** Where the point is that stands there; `undefined` for a bucket's name. */
function placeOf(given: string, { directory }: Call): Place | undefined {
  const [, region, account, name] = ARN.exec(given) ?? []
  if (region !== undefined && account !== undefined && name !== undefined) return { account, region, name }
  return ALIAS.test(given) ? directory.all('accessPointAlias').get(given) : undefined
}

export function pointArn(account: AccountId, { region, name }: Pick<AccessPoint, 'region' | 'name'>): string {
  return `arn:aws:s3:${region}:${account}:accesspoint/${name}`
}

/** The condition keys of a call that comes through a point. */
export function pointKeys({ accessPoint }: Pick<Call, 'accessPoint'>): Readonly<Record<string, string>> {
  if (accessPoint === undefined) return {}
  const { account, point } = accessPoint
  return {
    's3:AccessPointNetworkOrigin': point.vpc === undefined ? 'Internet' : 'VPC',
    's3:DataAccessPointAccount': account,
    's3:DataAccessPointArn': pointArn(account, point),
  }
}

/** A question about a bucket or what is in it. */
interface Question {
  readonly name: string
  readonly resource: string
  readonly action?: string
  readonly context?: Asking['context']
}

/** The same question, asked of the point. */
export function beforeIt(call: Call, { name, resource, action, context }: Question): { readonly before?: Asking } {
  const { accessPoint } = call
  if (accessPoint === undefined) return {}
  const { account, point } = accessPoint
  const arn = pointArn(account, point)
  const inside = resource.slice(`arn:aws:s3:::${name}`.length)
  const document = pointPolicy(account, point)
  const before: Asking = {
    ...(action === undefined ? {} : { action }),
    resource: inside === '' ? arn : `${arn}/object${inside}`,
    account,
    ...(document === undefined ? {} : { resourcePolicy: { document, kind: 'resource', name: point.name } }),
    context: { 's3:ResourceAccount': account, ...pointKeys(call), ...context },
  }
  return { before }
}

/** The point's policy as it is enforced: a public one is restricted as a bucket's is. */
function pointPolicy(account: AccountId, { policy, publicAccessBlock }: AccessPoint): string | undefined {
  if (policy === undefined || !publicAccessBlock.restrictPublicBuckets) return policy?.document
  return withStatements(policy.document, restriction(policy.document, account))
}
