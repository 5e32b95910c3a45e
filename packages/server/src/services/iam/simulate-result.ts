/** A decision as the simulator tells it: which statements spoke and where they stand, and what each kind of policy said. */

import type { PolicySourceType } from '@aws-sdk/client-iam'
import type { Decision, Finding, Position, StatementRef } from '@sallyport/policy'
import type { Source } from './simulate-source.ts'

const VERDICTS = {
  Allow: 'allowed',
  ExplicitDeny: 'explicitDeny',
  ImplicitDeny: 'implicitDeny',
} as const satisfies Record<Finding['effect'], string>

/** How a result calls the kinds of policy that it tells of (API_SimulatePrincipalPolicy, examples). */
const KINDS = {
  resource: 'Resource Policy',
  trust: 'Resource Policy',
  identity: 'IAM Policy',
  boundary: 'Permissions Boundary Policy',
} as const

type Verdict = (typeof VERDICTS)[Finding['effect']]

export type Sources = ReadonlyMap<StatementRef['policy'], Source>

export function verdictOf({ effect, reason }: Decision): Verdict {
  if (effect === 'Allow') return VERDICTS.Allow
  return reason.code === 'ExplicitDeny' ? VERDICTS.ExplicitDeny : VERDICTS.ImplicitDeny
}

/**
 * The statements that decided, of the resource's policy and of the caller's own. Where one kind of policy denies, its
 * Allows are left out; those of the other kind are not. Boundaries and SCPs are told of by their verdict alone.
 */
export function matchedBy({ findings }: Decision, sources: Sources) {
  return findings.flatMap(({ layer, spoke }) => {
    if (layer !== 'resource' && layer !== 'trust' && layer !== 'identity') return []
    const denying = spoke.filter((ref) => statementAt(ref)?.effect === 'Deny')
    return (denying.length > 0 ? denying : spoke).flatMap((ref) => {
      const source = sources.get(ref.policy)
      return source === undefined ? [] : [show(source, ref.index, KINDS[layer])]
    })
  })
}

/** What each kind of policy said, where two accounts had to agree. */
export function detailsOf({ findings, request }: Decision): Readonly<Record<string, Verdict>> {
  const { caller, resourceAccount } = request
  if (!('account' in caller) || caller.account === resourceAccount) return {}
  return Object.fromEntries(
    findings.flatMap(({ layer, effect }) => {
      const told = layer === 'resource' || layer === 'trust' || layer === 'identity' || layer === 'boundary'
      return told ? [[KINDS[layer], VERDICTS[effect]]] : []
    }),
  )
}

/** Whether the boundary allows it; nothing where there is none. */
export function boundaryDetail({ findings }: Decision) {
  const boundary = findings.find(({ layer }) => layer === 'boundary')
  return boundary && { AllowedByPermissionsBoundary: boundary.effect === 'Allow' }
}

/** Whether every level of the organisation allows it; nothing where no SCP bears on the caller. */
export function organizationsDetail({ findings }: Decision) {
  const levels = findings.filter(({ layer }) => layer === 'scp')
  return levels.length === 0 ? undefined : { AllowedByOrganizations: levels.every(({ effect }) => effect === 'Allow') }
}

function show(source: Source, index: number, type: string) {
  const { start, end } = placeOf(source, index)
  return {
    SourcePolicyId: source.id,
    SourcePolicyType: type as PolicySourceType, // IAM sends words that its model does not list
    StartPosition: start && { Line: start.line, Column: start.column },
    EndPosition: end && { Line: end.line, Column: end.column },
  }
}

/**
 * Where a statement stands as IAM counts, recorded against it: from where its reader stood before the statement, which is
 * behind the `[` or the statement before it, to behind its `}`. A statement without a list begins behind its own `{`.
 */
export function placeOf(
  { text, attached }: Pick<Source, 'text' | 'attached'>,
  index: number,
): { start: Position | undefined; end: Position | undefined } {
  const { statements } = attached.policy.document
  const { start, end } = statements[index] ?? {}
  const before = statements[index - 1]?.end
  return { start: before ?? (start && opening(text, start)), end }
}

function opening(text: string, { line, column }: Position): Position {
  const lines = text.split('\n')
  const head = [...lines.slice(0, line - 1), (lines[line - 1] ?? '').slice(0, column - 1)].join('\n').trimEnd()
  if (!head.endsWith('[')) return { line, column: column + 1 }
  const above = head.split('\n')
  return { line: above.length, column: (above.at(-1) ?? '').length + 1 }
}

function statementAt({ policy, index }: StatementRef) {
  return policy.policy.document.statements[index]
}
