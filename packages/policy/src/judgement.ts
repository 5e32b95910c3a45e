/** A decision as it is handed out. What each statement said is worked out only when somebody asks. */

import { findingsOf } from './findings.ts'
import type { Bearing } from './layers.ts'
import type { Decision, Finding, Reason } from './reason.ts'
import type { Request } from './request.ts'

export class Judgement implements Decision {
  readonly effect: Decision['effect']
  readonly reason: Reason
  readonly request: Request
  readonly #bearing: Bearing
  #findings: readonly Finding[] | undefined

  constructor(request: Request, bearing: Bearing, reason: Reason) {
    this.effect = reason.code === 'Allowed' || reason.code === 'AlwaysAllowed' ? 'Allow' : 'Deny'
    this.reason = reason
    this.request = request
    this.#bearing = bearing
  }

  get findings(): readonly Finding[] {
    this.#findings ??= findingsOf(this.request, this.#bearing)
    return this.#findings
  }

  /** A getter of a class is not written out by itself. */
  toJSON(): Decision {
    const { effect, reason, request, findings } = this
    return { effect, reason, request, findings }
  }
}
