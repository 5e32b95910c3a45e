/** What all of S3's listings have in common: their limits, their prefixes, and how they spell names. */

import { invalidArgument } from './shared.ts'

/** Keys, uploads or parts of one page. */
export const PAGE_AT_MOST = 1000

interface Paged {
  readonly EncodingType?: string
}

export function refuseEncodingType({ EncodingType }: Paged): void {
  if (EncodingType === undefined || EncodingType === 'url') return
  throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', EncodingType)
}

/** How many a page may have: what was asked for, or S3's own bound. `name` is the argument's. */
export function pageSize(asked: number | undefined, name: string): number {
  if (asked === undefined) return PAGE_AT_MOST
  if (asked < 0 || asked > 2_147_483_647) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, String(asked))
  }
  return Math.min(asked, PAGE_AT_MOST)
}

/** A name as the client wants it: some characters cannot stand in XML, so clients ask for URL encoding, a space as `+`. */
export function spell({ EncodingType }: Paged, text: string): string {
  if (EncodingType !== 'url') return text
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, mark)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
}

function mark(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
