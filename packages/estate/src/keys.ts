/**
 * The key under which each kind of thing lies in its partition. IAM names are unique without regard to case, so their
 * keys are in lower case; things of a region carry it in front.
 */

export const SELF = 'self'

export function nameKey(name: string): string {
  return name.toLowerCase()
}

export function regionKey(region: string, name: string): string {
  return `${region}/${name}`
}
