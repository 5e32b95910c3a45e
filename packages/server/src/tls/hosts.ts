/** The host names that Sallyport may speak for: those of AWS's own families, and this machine's. */

/** A client that thinks it talks to AWS asks for a name under one of these. */
const FAMILIES = ['.amazonaws.com', '.api.aws', '.awsapps.com', '.aws.amazon.com'] as const

/** What the certificate for clients that name no host covers; the others get one for the very name that they ask for. */
export const OWN_NAMES: readonly string[] = ['localhost', '*.localhost', ...FAMILIES.map((family) => `*${family}`)]
export const OWN_ADDRESSES: readonly string[] = ['127.0.0.1', '::1']

/** Is it a host name at all? Names come from whoever connects, and end up in certificates. */
export function isHostName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
}

/** Is it a name under one of AWS's families? */
export function isAwsHost(name: string): boolean {
  return isHostName(name) && FAMILIES.some((family) => name.toLowerCase().endsWith(family))
}
