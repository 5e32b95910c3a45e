/** What a simulation is given besides policies: who calls, on what, in which circumstances. Nothing else is known. */

import { parseArn, type Caller, type Context } from '@sallyport/policy'
import type { Input } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { entityArn, givenAs, type Source } from './simulate-source.ts'

/** What both simulators are given. */
export type Given = Omit<Input<'iam:SimulateCustomPolicy'>, 'PolicyInputList' | 'OrderedOrganizationPolicyInputList'>

export interface Scenario {
  readonly caller: Caller & { readonly account: string }
  /** `*` where none were named. */
  readonly resources: readonly string[]
  /** Whether resources were named: the answer tells of each of them then. */
  readonly named: boolean
  readonly context: Context
  readonly resourcePolicy?: Source
  /** Of resources whose ARN names no account. */
  readonly resourceOwner: string
}

/** `self` is who calls where no `CallerArn` is given. */
export function scenarioOf(input: Given, self: { readonly arn?: string; readonly account: string }): Scenario {
  const { ResourceArns = ['*'], ResourcePolicy, ResourceOwner, ContextEntries = [], ActionNames } = input
  const resources = ResourceArns.length === 0 ? ['*'] : ResourceArns
  for (const action of ActionNames) checkAction(action)
  for (const resource of resources) checkResource(resource)
  checkHandling(input.ResourceHandlingOption, resources)
  const arn = input.CallerArn ?? self.arn
  const caller = arn === undefined ? nobody(self.account) : callerAt(arn)
  const resourceOwner = ResourceOwner === undefined ? caller.account : ownerAt(ResourceOwner)
  return {
    caller,
    resources,
    named: !resources.includes('*'),
    context: contextOf(ContextEntries),
    resourceOwner,
    ...(ResourcePolicy === undefined ? {} : { resourcePolicy: resourcePolicy(ResourcePolicy, input, arn) }),
  }
}

/** Whose policy decides on the resource; an ARN that names an account says so itself. */
export function ownerOf(resource: string, { resourceOwner, resourcePolicy, caller }: Scenario): string {
  // Without the resource's own policy only the caller's side is simulated: there is no other side to ask.
  if (resourcePolicy === undefined) return caller.account
  const account = parseArn(resource)?.account
  return account === undefined || account === '' ? resourceOwner : account
}

/** What a role's trust policy says is asked of it alone: trust policies are no resource policies to the parser. */
export function isTrust(action: string): boolean {
  return /^sts:(?:AssumeRole|TagSession|SetSourceIdentity)/i.test(action)
}

function resourcePolicy(
  text: string,
  { ActionNames, ResourceArns = ['*'] }: Given,
  caller: string | undefined,
): Source {
  if (caller === undefined) throw new Refusal('InvalidInput', 'Invalid caller - Caller cannot be null or empty.')
  if (entityArn(caller).kind !== 'user') {
    throw new Refusal('InvalidInput', 'Invalid caller - Caller must be an IAM user in this context.')
  }
  if (ResourceArns.includes('*')) throw notAnArn('*')
  return givenAs(text, 'ResourcePolicy', ActionNames.every(isTrust) ? 'trust' : 'resource')
}

function checkAction(action: string): void {
  if (/^[a-z0-9-]+:[a-z0-9]+$/i.test(action)) return
  throw new Refusal('InvalidInput', `Invalid Input Actions: [${action}] are not in a valid format.`)
}

function checkResource(resource: string): void {
  if (resource !== '*' && parseArn(resource) === undefined) throw notAnArn(resource)
}

function notAnArn(resource: string): Refusal {
  return new Refusal('InvalidInput', `ResourceNames are not in a valid ARN format: ${resource}.`)
}

const LAUNCH = ['instance', 'image', 'security-group', 'network-interface']

/** The kinds of resource that each option wants to see. API_SimulatePrincipalPolicy. */
const HANDLING: ReadonlyMap<string, readonly string[]> = new Map([
  ['EC2-VPC-InstanceStore', LAUNCH],
  ['EC2-VPC-InstanceStore-Subnet', [...LAUNCH, 'subnet']],
  ['EC2-VPC-EBS', [...LAUNCH, 'volume']],
  ['EC2-VPC-EBS-Subnet', [...LAUNCH, 'subnet', 'volume']],
])

function checkHandling(option: string | undefined, resources: readonly string[]): void {
  if (option === undefined) return
  const wanted = HANDLING.get(option)
  if (wanted === undefined) throw new Refusal('InvalidInput', `Invalid Resource Handling Option: ${option}`)
  const kinds = resources.map((arn) => /^arn:[^:]*:ec2:[^:]*:[^:]*:([^/]+)\//.exec(arn)?.[1])
  const missing = wanted.filter((kind) => !kinds.includes(kind))
  if (missing.length === 0) return
  throw new Refusal('InvalidInput', `Resource Handling Option ${option} requires resources of: ${missing.join(', ')}.`)
}

function ownerAt(arn: string): string {
  const [, owner] = /^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(arn) ?? []
  if (owner === undefined) throw new Refusal('InvalidInput', `'${arn}' is not a valid as a Resource Owner.`)
  return owner
}

/** A role calls as itself here, and not as one of its sessions: the simulator knows no sessions. */
function callerAt(arn: string): Scenario['caller'] {
  const { owner: account, kind, name } = entityArn(arn)
  if (kind !== 'role') return { type: 'User', arn, account }
  return { type: 'AssumedRole', arn, account, role: arn, serviceLinked: name.startsWith('aws-service-role/') }
}

/** The caller of a simulation that names none. No policy can name it either. */
function nobody(account: string): Scenario['caller'] {
  return { type: 'User', arn: `arn:aws:iam::${account}:user/`, account }
}

function contextOf(entries: NonNullable<Given['ContextEntries']>): Context {
  const context = new Map<string, string | readonly string[]>()
  for (const { ContextKeyName: name = '', ContextKeyValues: values = [], ContextKeyType: type = 'string' } of entries) {
    const [only = ''] = values
    if (!type.endsWith('List') && values.length !== 1) {
      throw new Refusal('InvalidInput', `Context key ${name} of type ${type} must have exactly one value.`)
    }
    context.set(name.toLowerCase(), type.endsWith('List') ? values : only)
  }
  return context
}
