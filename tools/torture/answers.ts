/** As much of AWS's XML as the torture reads: elements without children, by name, and lists page by page. */

import { query } from '../bench/sign.ts'
import type { Lane } from './lane.ts'

/** The role that every member account is born with. */
export const ENTRY = 'OrganizationAccountAccessRole'

/** What stands in each element of that name. */
export function named(xml: string, element: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</`, 'g'))].map(([, text = '']) => text)
}

interface Listing {
  readonly Action: string
  /** The element that names one. */
  readonly item: string
}

/** Every name in a list of IAM's. */
export async function listed(lane: Lane, account: string, { Action, item }: Listing): Promise<readonly string[]> {
  const found: string[] = []
  for (let marker: string | undefined, more = true; more; more = marker !== undefined) {
    const form = { Action, MaxItems: '1000', ...(marker === undefined ? {} : { Marker: marker }) }
    const { status, text } = await lane.ask(account, query('iam', form))
    if (status !== 200) throw new Error(`${Action} was answered ${status}: ${text}`)
    found.push(...named(text, item))
    marker = named(text, 'Marker')[0]
  }
  return found
}
