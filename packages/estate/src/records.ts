/** What IAM keeps for other services: certificates, keys and passwords that open no door of its own. */

import type { Tag } from './account.ts'

/** A TLS certificate for load balancers. Its private key was looked at, and is not kept: nothing here would use it. */
export interface ServerCertificate {
  readonly kind: 'serverCertificate'
  readonly name: string
  readonly path: string
  /** ASCA… */
  readonly id: string
  readonly createdAt: number
  readonly expiresAt: number
  /** PEM. */
  readonly body: string
  readonly chain?: string
  readonly tags: readonly Tag[]
}

interface UserRecord {
  readonly id: string
  /** The owner's unique id. */
  readonly userId: string
  readonly status: 'Active' | 'Inactive'
  readonly createdAt: number
}

/** An X.509 certificate that signs SOAP requests. */
export interface SigningCertificate extends UserRecord {
  readonly body: string
}

/** An SSH key for CodeCommit. */
export interface SshPublicKey extends UserRecord {
  /** OpenSSH's form, one line. */
  readonly body: string
  readonly fingerprint: string
}

/** A name and password, or a secret, of one service alone. */
export interface ServiceCredential extends UserRecord {
  readonly service: string
  readonly name: string
  readonly expiresAt?: number
}
