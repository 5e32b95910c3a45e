/** How IAM wants a Resource of an identity policy spelled, and what it says otherwise. */

import type { Report } from './finding.ts'

const PARTITIONS = new Set([
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
])
const IAM_PATHS = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
]

export function checkResource({
  resource,
  path,
}: {
  readonly resource: string
  readonly path: string
}): readonly Report[] {
  const sentence = resource === '*' ? undefined : complaint(resource)
  return sentence === undefined ? [] : [{ code: 'InvalidResource', path, subject: sentence }]
}

function complaint(resource: string): string | undefined {
  const [scheme, partition, service, region, account, ...rest] = resource.split(':')
  if (partition === undefined) return `Resource ${resource} must be in ARN format or "*".`
  if (!PARTITIONS.has(partition) && !isPattern(partition)) {
    return `Partition "${partition}" is not valid for resource "${padded(resource)}".`
  }
  if (scheme !== 'arn') return `Resource ${resource} must be in ARN format or "*".`
  if (service === undefined || isPattern(service)) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.'
  }
  if (region !== undefined && region !== '' && region !== '*') {
    if (service === 'iam') return `IAM resource ${resource} cannot contain region information.`
    // Access points have a region and an account, buckets have neither.
    if (service === 's3' && account === '') return `Resource ${resource} can not contain region information.`
  }
  return service === 'iam' && rest.length > 0 ? iamPath(rest.join(':')) : undefined
}

/** The root user is no part of AWS's own sentence, yet sts:AssumeRoot is about it. */
function iamPath(path: string): string | undefined {
  if (path.startsWith('*') || path === 'root' || IAM_PATHS.some((start) => path.startsWith(start))) return undefined
  return `IAM resource path must either be "*" or start with ${IAM_PATHS.join(', ')}.`
}

/** AWS fills in what was not written before it complains. */
function padded(resource: string): string {
  const [, partition, ...given] = resource.split(':')
  const [service = '*', region = '*', account = '*', ...rest] = given
  const path = rest.length === 0 ? '*' : rest.join(':')
  return ['arn', partition, service === '' && given.length === 1 ? '*' : service, region, account, path].join(':')
}

function isPattern(text: string): boolean {
  return text.includes('*') || text.includes('?')
}
