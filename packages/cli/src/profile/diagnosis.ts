/** What is said of a profile: where it leads, how long it lasts, and what is wrong, each with the command that would mend it. */

import { quote } from '../shell.ts'

export interface Finding {
  readonly code: string
  readonly says: string
  /** To be typed next. */
  readonly next?: string
}

export interface Diagnosis {
  readonly profile: string
  /** From the profile to where its credentials come from, in words. */
  readonly chain: readonly string[]
  readonly leadsTo?: { readonly arn?: string; readonly account: string; readonly accountName?: string }
  readonly lasts?: { readonly seconds: number; readonly most: number; readonly chained: boolean }
  readonly findings: readonly Finding[]
  /** What is worth knowing and not wrong. */
  readonly notes: readonly string[]
  /** Whom its calls come from, as a question to the law names them; absent where that is not known here. */
  readonly principal?: string
  /** Its credentials are a role's: what they assume lasts an hour at the most. */
  readonly isRole: boolean
}

export const HOUR = 3600

export function setting(profile: string, name: string, value: string | number): string {
  return `aws configure set ${name} ${quote(String(value))} --profile ${quote(profile)}`
}
