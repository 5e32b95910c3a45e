/**
 * Management policies: what is not allowed or forbidden but set, and inherited by operators. The law never reads them.
 * ORG orgs_manage_policies_inheritance_mgmt.
 */

import type { ManagementPolicyType } from '@sallyport/estate'

/** The one key at the top of each type's document. */
export const TOP_KEYS = {
  AISERVICES_OPT_OUT_POLICY: 'services',
  BACKUP_POLICY: 'plans',
  BEDROCK_POLICY: 'bedrock',
  CHATBOT_POLICY: 'chatbot',
  DECLARATIVE_POLICY_EC2: 'ec2_attributes',
  GUARDDUTY_POLICY: 'guardduty',
  INSPECTOR_POLICY: 'inspector',
  NETWORK_SECURITY_DIRECTOR_POLICY: 'network_security_director',
  S3_POLICY: 's3_attributes',
  SECURITYHUB_CSPM_POLICY: 'securityhub_cspm',
  SECURITYHUB_POLICY: 'securityhub',
  TAG_POLICY: 'tags',
  UPGRADE_ROLLOUT_POLICY: 'upgrade_rollout',
} as const satisfies Record<ManagementPolicyType, string>

const ALLOWED = '@@operators_allowed_for_child_policies'
const OPERATORS: ReadonlySet<string> = new Set(['@@all', '@@append', '@@assign', '@@none', '@@remove'])

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type Branch = Readonly<Record<string, Json>>

/** The document, or `undefined` where it is not one of this type. */
export function readManagementPolicy(text: string, type: ManagementPolicyType): Branch | undefined {
  const value = parsed(text)
  if (!isBranch(value)) return undefined
  const keys = Object.keys(value).filter((key) => key !== ALLOWED)
  if (keys.length === 0 || keys.some((key) => key !== TOP_KEYS[type])) return undefined
  return isSound(value) && fits(value, type) ? value : undefined
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json // what JSON is
  } catch {
    return undefined
  }
}

function isBranch(value: Json | undefined): value is Branch {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Below every key is another, or operators with their values. */
function isSound(branch: Branch): boolean {
  return Object.entries(branch).every(([key, value]) => {
    if (key === ALLOWED) return Array.isArray(value) && value.every((one) => OPERATORS.has(String(one)))
    if (key === '@@assign') return !isBranch(value) && value !== null
    if (key === '@@append' || key === '@@remove') return Array.isArray(value) || typeof value === 'string'
    return !key.startsWith('@@') && isBranch(value) && isSound(value)
  })
}

const TAG_KEYS: ReadonlySet<string> = new Set([
  'tag_key',
  'tag_value',
  'enforced_for',
  'report_required_tag_for',
  'operators_allowed_for_child_policies',
])

/** What two types are known to hold; what the others may hold is AWS's to add to. */
function fits(value: Branch, type: ManagementPolicyType): boolean {
  const below = Object.values(branches(value[TOP_KEYS[type]]))
  if (type === 'TAG_POLICY') return below.every((tag) => Object.keys(branches(tag)).every((key) => TAG_KEYS.has(key)))
  if (type !== 'AISERVICES_OPT_OUT_POLICY') return true
  return below.every((service) => {
    const { '@@assign': choice = 'optOut', ...rest } = branchOf(branches(service)['opt_out_policy'])
    return (choice === 'optIn' || choice === 'optOut') && Object.keys(rest).every((key) => key === ALLOWED)
  })
}

function branchOf(value: Json | undefined): Branch {
  return isBranch(value) ? value : {}
}

/** What is below, without operators. */
function branches(value: Json | undefined): Branch {
  return Object.fromEntries(Object.entries(branchOf(value)).filter(([key]) => !key.startsWith('@@')))
}

/** A place in the effective policy while it is put together. */
interface Node {
  value?: Json
  /** What those further down may do to it; anything, where nobody said. */
  allowed?: ReadonlySet<string>
  readonly below: Map<string, Node>
}

/** The policies of each level from the root down, as one; `undefined` where they say nothing. */
export function effective(levels: readonly (readonly Branch[])[]): Json | undefined {
  const root: Node = { below: new Map() }
  for (const level of levels) {
    for (const policy of level) apply(root, policy)
    // what a level allows binds those below it, and not its own policies
    for (const policy of level) restrict(root, policy)
  }
  return shown(root)
}

function apply(node: Node, policy: Branch): void {
  for (const [key, value] of Object.entries(policy)) {
    if (key.startsWith('@@')) operate(node, key, value)
    else if (isBranch(value)) {
      const next = node.below.get(key) ?? (may(node, '@@assign') ? { below: new Map() } : undefined)
      if (next === undefined) continue
      node.below.set(key, next)
      apply(next, value)
    }
  }
}

function operate(node: Node, operator: string, value: Json): void {
  if (operator === ALLOWED || !may(node, operator)) return
  const before = node.value === undefined ? [] : [node.value].flat()
  const given = [value].flat()
  if (operator === '@@assign') node.value = value
  if (operator === '@@append') node.value = [...before, ...given.filter((one) => !before.includes(one))]
  if (operator === '@@remove') node.value = before.filter((one) => !given.includes(one))
}

function may({ allowed }: Node, operator: string): boolean {
  return allowed === undefined || allowed.has('@@all') || allowed.has(operator)
}

function restrict(node: Node, policy: Branch): void {
  const given = policy[ALLOWED]
  if (Array.isArray(given)) node.allowed = new Set(given.map(String))
  for (const [key, value] of Object.entries(policy)) {
    const next = node.below.get(key)
    if (next !== undefined && isBranch(value)) restrict(next, value)
  }
}

function shown({ value, below }: Node): Json | undefined {
  if (below.size === 0) return value
  const entries = [...below].flatMap(([key, node]) => {
    const one = shown(node)
    return one === undefined ? [] : [[key, one] as const]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
