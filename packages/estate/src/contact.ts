/** Whom an account's owner can be reached by, as plain data: what Account Management keeps. */

/** The primary contact, as it was given. */
export type PrimaryContact = Readonly<Record<string, string>>

export type ContactType = 'BILLING' | 'OPERATIONS' | 'SECURITY'

/** Its key is its type. */
export interface AlternateContact {
  readonly type: ContactType
  readonly name: string
  readonly title: string
  readonly email: string
  readonly phone: string
}
