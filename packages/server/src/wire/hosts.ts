/** Which service a host name means, for requests that are not signed and for clients behind a proxy. */
import { MODELS } from './models.ts'
import { isS3Host } from './s3-routes.ts'

const BASES = ['amazonaws.com', 'amazonaws.com.cn', 'api.aws', 'localhost']

const BY_LABEL: ReadonlyMap<string, string> = new Map(
  Object.entries(MODELS).flatMap(([service, { hosts }]) => hosts.map((label) => [label, service] as const)),
)

/** An account's id stands before it. */
const S3_CONTROL = /^(?:\d{12}\.)?s3-control(?:-fips)?(?:\.dualstack)?\.[a-z0-9-]+\./

/** The service of `sts.us-east-1.amazonaws.com`, `portal.sso.eu-west-1.amazonaws.com`, `bucket.s3.amazonaws.com`, … */
export function hostService(host: string, domains: readonly string[] = []): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  if (S3_CONTROL.test(name)) return 's3control'
  if (isS3Host(name)) return 's3'
  const base = [...BASES, ...domains].find((one) => name.endsWith(`.${one}`))
  if (base === undefined) return undefined
  const labels = name.slice(0, -base.length - 1).split('.')
  const [first = ''] = labels
  // `queue` once stood after the region, and FIPS endpoints say so after the service.
  const found = BY_LABEL.get(first) ?? BY_LABEL.get(first.replace(/-fips$/, '')) ?? BY_LABEL.get(labels.at(-1) ?? '')
  // Below our own names anything that is no service is a bucket.
  return found ?? (base.includes('amazonaws') || base === 'api.aws' ? undefined : 's3')
}
