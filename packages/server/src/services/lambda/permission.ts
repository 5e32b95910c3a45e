/** A function's own policy, a statement at a time: who of other accounts, and which services, may call it. */

import {
  accountsBound,
  accountsNamed,
  bindPrincipals,
  rootArn,
  showPrincipals,
  type BoundPolicy,
} from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import type { Change } from '../../store/store.ts'
import {
  about,
  accountNamed,
  invalid,
  named,
  policyAt,
  policyOf,
  qualifiedArn,
  resolve,
  written,
  type Named,
  type StoredFunction,
} from './shared.ts'

const POLICY_BYTES = 20_480
const NONE = 'The resource you requested does not exist.'

interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal: unknown
  readonly Action: string
  readonly Resource: string
  readonly Condition?: object
}

/** lambda:AddPermission. */
export const addPermission = operation('lambda:AddPermission', {
  needs: ({ FunctionName, Principal }) => [...accountNamed(FunctionName), ...accountsNamed(Principal)],
  asks: (input, call) =>
    about(call, named(call, input), {
      'lambda:Principal': input.Principal,
      ...(input.FunctionUrlAuthType && { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
    }),
  refusals: [
    'InvalidParameterValueException',
    'PolicyLengthExceededException',
    'PreconditionFailedException',
    'ResourceConflictException',
    'ResourceNotFoundException',
  ],
  run(input, call) {
    const { it, row } = target(call, input)
    refusePolicyRevision(input.RevisionId, row, it)
    const before = statementsOf(policyOf(row, it.qualifier))
    if (before.some(({ Sid }) => Sid === input.StatementId)) {
      throw new Refusal(
        'ResourceConflictException',
        `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      )
    }
    const shown = statementOf(input, qualifiedArn(call, it))
    const added = boundTo(call, policyText([shown]))
    const policy = withPrincipals([...before, ...statementsOf(added)], {
      ...policyOf(row, it.qualifier)?.principals,
      ...added.principals,
    })
    const size = Buffer.byteLength(policy.document)
    if (size > POLICY_BYTES) {
      const words = `The final policy size (${size}) is bigger than the limit (${POLICY_BYTES}).`
      throw new Refusal('PolicyLengthExceededException', words)
    }
    return { output: { Statement: JSON.stringify(shown) }, changes: [kept(call, { it, row }, policy)] }
  },
})

/** lambda:RemovePermission. */
export const removePermission = operation('lambda:RemovePermission', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks(input, call) {
    const it = named(call, input)
    const said = statementsOf(policyAt(call, it)).find(({ Sid }) => Sid === input.StatementId)
    return about(call, it, said === undefined ? {} : { 'lambda:Principal': principalShown(said.Principal) })
  },
  refusals: ['PreconditionFailedException', 'ResourceNotFoundException'],
  run(input, call) {
    const { it, row } = target(call, input)
    const policy = policyOf(row, it.qualifier)
    if (policy === undefined)
      throw new Refusal('ResourceNotFoundException', 'No policy is associated with the given resource.')
    refusePolicyRevision(input.RevisionId, row, it)
    const statements = statementsOf(policy)
    const left = statements.filter(({ Sid }) => Sid !== input.StatementId)
    if (left.length === statements.length)
      throw new Refusal('ResourceNotFoundException', `Statement ${input.StatementId} is not found in resource policy.`)
    const changed = left.length === 0 ? undefined : withPrincipals(left, policy.principals ?? {})
    return { output: {}, changes: [kept(call, { it, row }, changed)] }
  },
})

/** lambda:GetPolicy. Shows the users and roles that it names by their ARNs, as long as they are there. */
export const getPolicy = operation('lambda:GetPolicy', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  look: (input, call) => call.bring(accountsBound(policyAt(call, named(call, input)) ?? { document: '' })),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['ResourceNotFoundException'],
  run(input, call) {
    const { it, row } = target(call, input)
    const policy = policyOf(row, it.qualifier)
    if (policy === undefined) throw new Refusal('ResourceNotFoundException', NONE)
    const RevisionId = row.policyRevisions?.[it.qualifier ?? '']
    return { output: { Policy: showPrincipals(call.estate, policy), RevisionId } }
  },
})

interface Target {
  readonly it: Named
  /** The function itself. */
  readonly row: StoredFunction
}

/** What the policy hangs on: the function, a version or an alias that is there. */
function target(call: Call, input: { readonly FunctionName: string; readonly Qualifier?: string }): Target {
  const it = named(call, input)
  if (it.qualifier === '$LATEST') throw invalid('We currently do not support adding policies for $LATEST.')
  return { it, row: resolve(call, it).latest }
}

type Adding = Input<'lambda:AddPermission'>

function statementOf(input: Adding, resource: string): Statement {
  const Condition = conditionsOf(input)
  return {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: resource,
    ...(Object.keys(Condition).length > 0 && { Condition }),
  }
}

/** As AWS writes them: an account is its root, a service is told by its name. */
function principalOf(given: string): unknown {
  if (given === '*') return '*'
  if (/^\d{12}$/.test(given)) return { AWS: rootArn(given) }
  return given.startsWith('arn:') ? { AWS: given } : { Service: given }
}

/** As it was given when the statement was added. */
function principalShown(principal: unknown): string {
  if (typeof principal === 'string') return principal
  const [value] = Object.values(principal as object) // an object of one member: `principalOf` made it
  return /^arn:aws:iam::(\d{12}):root$/.exec(String(value))?.[1] ?? String(value)
}

function conditionsOf(input: Adding): object {
  const { SourceArn, SourceAccount, EventSourceToken, FunctionUrlAuthType, InvokedViaFunctionUrl, PrincipalOrgID } =
    input
  const equals = {
    ...(SourceAccount && { 'AWS:SourceAccount': SourceAccount }),
    ...(EventSourceToken && { 'lambda:EventSourceToken': EventSourceToken }),
    ...(FunctionUrlAuthType && { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType }),
    ...(PrincipalOrgID && { 'aws:PrincipalOrgID': PrincipalOrgID }),
  }
  return {
    ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
    ...(InvokedViaFunctionUrl !== undefined && {
      Bool: { 'lambda:InvokedViaFunctionUrl': String(InvokedViaFunctionUrl) },
    }),
    ...(SourceArn && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
  }
}

function boundTo(call: Call, text: string): BoundPolicy {
  const bound = bindPrincipals(call.estate, (id) => call.directory.all('account').has(id), text)
  if (bound.ok) return bound
  throw invalid('The provided principal was invalid. Please check the principal and try again.')
}

function statementsOf(policy: BoundPolicy | undefined): readonly Statement[] {
  if (policy === undefined) return []
  const document: { Statement: readonly Statement[] } = JSON.parse(policy.document) // written by `policyText`
  return document.Statement
}

function policyText(Statement: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement })
}

/** Of what is bound, what the statements still name. */
function withPrincipals(statements: readonly Statement[], principals: Readonly<Record<string, string>>): BoundPolicy {
  const document = policyText(statements)
  const still = Object.entries(principals).filter(([id]) => document.includes(`"${id}"`))
  return still.length === 0 ? { document } : { document, principals: Object.fromEntries(still) }
}

function refusePolicyRevision(asked: string | undefined, row: StoredFunction, { qualifier = '' }: Named): void {
  if (asked === undefined || asked === row.policyRevisions?.[qualifier]) return
  throw new Refusal(
    'PreconditionFailedException',
    'The RevisionId provided does not match the latest RevisionId. Call the GetPolicy API to retrieve the latest RevisionId',
  )
}

function kept(call: Call, { it, row }: Target, policy: BoundPolicy | undefined): Change {
  const { qualifier } = it
  const policyRevisions = { ...row.policyRevisions, [qualifier ?? '']: uuid(call.random) }
  const { policy: _1, qualifiedPolicies: others = {}, ...rest } = row
  const { [qualifier ?? '']: _2, ...left } = others
  const own = qualifier === undefined ? policy : row.policy
  const qualified = qualifier === undefined || policy === undefined ? left : { ...left, [qualifier]: policy }
  return written(call, it, {
    ...rest,
    policyRevisions,
    ...(own && { policy: own }),
    ...(Object.keys(qualified).length > 0 && { qualifiedPolicies: qualified }),
  })
}
