/** Quotas as an operator sets them, `iam.RolesPerAccount=5`: in the place of AWS's defaults, for every account. */

import type { QuotaName, QuotaSettings } from '@sallyport/server'
import { Usage } from './failure.ts'
import { nearest } from './organization/nearest.ts'

/** What `--quota` gives, each time that it is given; the server's table is asked when the verb runs. */
export function quota(text: string, before: ReadonlyMap<string, number> = new Map()): ReadonlyMap<string, number> {
  const [, name, value] = /^([^=]+)=(\d{1,9})$/.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new Usage(`\`${text}\` is no quota for \`--quota\`: give it as iam.RolesPerAccount=5`)
  }
  return new Map([...before, [name, Number(value)]])
}

/** Names with `.` or `:`, whatever their case. */
export async function quotaSettings(given: ReadonlyMap<string, number>): Promise<QuotaSettings> {
  const { isQuotaName, QUOTAS } = await import('@sallyport/server')
  const known = Object.keys(QUOTAS)
  const entries = [...given].map(([text, value]): [QuotaName, number] => {
    const wanted = text.replace('.', ':').toLowerCase()
    const name = known.find((one) => one.toLowerCase() === wanted) ?? ''
    if (isQuotaName(name)) return [name, value]
    throw new Usage(`there is no quota \`${text}\`: ${helpWith(wanted, known)}`)
  })
  return Object.fromEntries(entries)
}

function helpWith(wanted: string, known: readonly string[]): string {
  const meant = nearest(wanted, known)
  return meant === undefined ? `there are ${known.map(spelled).join(', ')}` : `did you mean ${spelled(meant)}`
}

function spelled(name: string): string {
  return `\`${name.replace(':', '.')}\``
}
