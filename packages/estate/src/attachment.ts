/**
 * Where policies hang, from the form in which each policy listed all its targets. Estates that were stored before
 * attachments had rows of their own are brought over with it.
 */

import type { Attachment } from './organization.ts'

/** What a policy of the former form had and has no longer. */
export interface ListsTargets {
  readonly id: string
  readonly targets: readonly string[]
}

/** A row for each node that anything hangs on, its policies in the order of `policies`; and those without their targets. */
export function attachmentsFrom<P extends ListsTargets>(
  policies: readonly P[],
): { readonly attachments: readonly Attachment[]; readonly policies: readonly Omit<P, 'targets'>[] } {
  const hanging = new Map<string, string[]>()
  for (const { id, targets } of policies) {
    for (const target of new Set(targets)) hanging.set(target, [...(hanging.get(target) ?? []), id])
  }
  return {
    attachments: [...hanging].map(([target, ids]) => ({ target, policies: ids })),
    policies: policies.map(withoutTargets),
  }
}

function withoutTargets<P extends ListsTargets>(policy: P): Omit<P, 'targets'> {
  const { targets: _, ...rest } = policy
  return rest
}
