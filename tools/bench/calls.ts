/** Which calls are measured, in the order in which they are: those that make the state grow come last. */

import { open } from './line.ts'
import { TURN } from './load.ts'
import { bytesOf, query, send, type Keys, type Plain } from './sign.ts'

export interface Measured {
  /** `service:Operation`. */
  readonly name: string
  call(account: string): Plain
  /** What must be there before it. */
  setUp?(target: Target): Promise<void>
}

export interface Target {
  readonly port: number
  readonly keys: Keys
  readonly account: string
}

export const ROLE = 'bench'
const ROLES = 1000
const AT_ONCE = 8

export const CALLS: readonly Measured[] = [
  { name: 'sts:GetCallerIdentity', call: () => query('sts', { Action: 'GetCallerIdentity' }) },
  { name: 'sts:AssumeRole', call: (account) => assumeRole(`arn:aws:iam::${account}:role/${ROLE}`), setUp: makeRole },
  { name: 'iam:GetRole', call: () => query('iam', { Action: 'GetRole', RoleName: ROLE }), setUp: makeRole },
  {
    name: 'iam:ListRoles',
    call: () => query('iam', { Action: 'ListRoles', MaxItems: String(ROLES) }),
    setUp: async (target) => makeRoles(target, ROLES),
  },
  {
    name: 'iam:PutRolePolicy',
    call: () =>
      query('iam', {
        Action: 'PutRolePolicy',
        RoleName: ROLE,
        PolicyName: 'access',
        PolicyDocument: policy({
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:ListBucket'],
          Resource: `arn:aws:s3:::data-${TURN}/*`,
        }),
      }),
    setUp: makeRole,
  },
  { name: 'iam:CreateRole', call: (account) => createRole(account, `made-${TURN}`) },
]

export function assumeRole(arn: string): Plain {
  return query('sts', { Action: 'AssumeRole', RoleArn: arn, RoleSessionName: 'bench' })
}

export function createRole(account: string, name: string): Plain {
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }
  return query('iam', { Action: 'CreateRole', RoleName: name, AssumeRolePolicyDocument: policy(trust) })
}

/** One call that must work, or be told that what it makes is there. */
export async function insist({ port, keys }: Target, plain: Plain): Promise<void> {
  const { status, text } = await send(port, keys, plain)
  if (status !== 200 && !text.includes('EntityAlreadyExists')) throw new Error(`a call was answered ${status}: ${text}`)
}

async function makeRole(target: Target): Promise<void> {
  await insist(target, createRole(target.account, ROLE))
}

/** Up to so many, whatever is there. */
async function makeRoles({ port, keys, account }: Target, count: number): Promise<void> {
  const calls = Array.from({ length: count }, (_, at) => createRole(account, at === 0 ? ROLE : `filler-${at}`))
  const drive = async (): Promise<void> => {
    let line = await open(port)
    for (let plain = calls.pop(); plain !== undefined; plain = calls.pop()) {
      const { status, text, closes } = await line.ask(bytesOf(port, keys, plain))
      if (status !== 200 && status !== 409) throw new Error(`CreateRole answered ${status}: ${text}`)
      if (closes) line = await open(port)
    }
    line.close()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, drive))
}

function policy(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}
