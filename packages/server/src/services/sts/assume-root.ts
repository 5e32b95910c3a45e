/** A member account's root user, for one task and a quarter of an hour. UG id_root-user-privileged-task. */

import { administers, organizationOf, rootArn, sessionOf, type SessionFacts } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { DIRECTORY, ORGANIZATION } from '../../directory.ts'
import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { credentials, lasting } from './credentials.ts'

const LONGEST = 900
/** Where the policies lie that say what a task may do. */
const TASK = /^arn:aws:iam::aws:policy\/root-task\/\w+$/

/** sts:AssumeRoot. For the management account, or the account to which it delegated this, where it manages root sessions centrally. */
export const assumeRoot = operation('sts:AssumeRoot', {
  needs: () => [ORGANIZATION, DIRECTORY],
  asks: ({ TargetPrincipal, TaskPolicyArn }) => ({
    resource: rootArn(targetOf(TargetPrincipal) ?? TargetPrincipal),
    context: { 'sts:TaskPolicyArn': TaskPolicyArn.arn },
  }),
  refusals: ['AccessDenied', 'ValidationError'],
  readOnly: true,
  run({ TargetPrincipal, TaskPolicyArn, DurationSeconds = LONGEST, MinimumSessionTokenSize }, call) {
    const account = targetOf(TargetPrincipal)
    if (account === undefined) throw new Refusal('ValidationError', `${TargetPrincipal} is invalid`)
    const { arn: task = '' } = TaskPolicyArn
    if (!TASK.test(task) || call.estate.catalogue.policy(task) === undefined) {
      throw new Refusal('ValidationError', `The specified policy ${task} does not exist or is not attachable.`)
    }
    refuseStranger(call, account)
    const before = sessionOf(call.principal)
    const facts: SessionFacts = {
      name: account,
      ...lasting(call, DurationSeconds),
      policyArns: [task],
      tags: [],
      transitive: [],
      ...(before?.sourceIdentity === undefined ? {} : { sourceIdentity: before.sourceIdentity }),
      chained: before !== undefined,
    }
    const who = { type: 'Root', account, identity: account } as const
    const opened = call.sessions.open(call.random, who, facts, MinimumSessionTokenSize)
    return { output: { ...credentials(opened), SourceIdentity: facts.sourceIdentity } }
  },
})

/** An account's id, or the ARN of its root user. */
function targetOf(target: string): string | undefined {
  const [, id] = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(target) ?? []
  return id !== undefined && (target === id || target === rootArn(id)) ? id : undefined
}

/** The target is an active member other than the management account, which nobody enters so. */
function refuseStranger({ estate, account, principal }: Call, target: string): void {
  const organization = organizationOf(estate.organization)
  const member = estate.organization.all('member').get(target)
  const managed = organization?.rootFeatures?.includes('RootSessions') === true
  const overseer = administers(estate.organization, account.id, 'iam.amazonaws.com')
  const open = member?.status === 'ACTIVE' && target !== organization?.managementAccount
  if (managed && overseer && open && principal.type !== 'Root') return
  throw new Refusal('AccessDenied', `Not authorized to assume the root user of account ${target}`)
}
