/** The door by which `sallyport container-credentials` gets sessions of a task's role, as ECS does for a container: `/_sallyport/container`. */

import { identityNamed } from '@sallyport/estate'
import { accountAt, QuestionError } from './explain/question.ts'
import type { OwnDoor } from './http.ts'
import { openServiceSession } from './service-role.ts'
import { credentialsOf, type SessionCredentials } from './session-credentials.ts'
import { membersOf, signedDoor, type SignedDoor } from './signed-door.ts'
import type { World } from './world.ts'

export const CONTAINER_PATH = '/_sallyport/container'

const SECONDS = 6 * 3600
/** As ECS names its tasks, and their sessions after them. */
const TASK = /^[0-9a-f]{32}$/

export interface ContainerAnswer {
  /** The server's time. */
  readonly now: string
  readonly role: string
  /** The role's unique id: one that was made anew has another. */
  readonly roleId: string
  /** Where they were asked for. `untrusted`: the role lets ECS tasks not in. */
  readonly credentials?: SessionCredentials | 'untrusted'
}

export function containerDoor(world: World, onBug: (error: unknown) => void): OwnDoor {
  const errands: SignedDoor['errands'] = {
    POST: { action: 'sallyport:ActAsTask', answer: (message) => answer(world, membersOf(message)) },
  }
  return signedDoor(world, { path: CONTAINER_PATH, errands, methods: 'POST asks for a task' }, onBug)
}

async function answer(world: World, asked: Readonly<Record<string, unknown>>): Promise<ContainerAnswer> {
  const { role: arn, task, credentials } = asked
  if (typeof arn !== 'string' || typeof task !== 'string' || !TASK.test(task)) {
    throw new QuestionError('give `role`, which is an ARN, and `task`, which is 32 hexadecimal digits')
  }
  const [, id] = /^arn:aws:iam::(\d{12}):role\//.exec(arn) ?? []
  if (id === undefined) throw new QuestionError(`\`${arn}\` is no role: give its ARN`)
  const account = await accountAt(world, id)
  const role = identityNamed(account, arn)
  if (role?.kind !== 'role') throw new QuestionError(`there is no role \`${arn}\``)
  const seen = { now: new Date(world.clock.now()).toISOString(), role: arn, roleId: role.id }
  if (credentials !== true) return seen
  const opened = await openServiceSession(world, {
    service: 'ecs-tasks.amazonaws.com',
    account: id,
    role,
    source: `arn:aws:ecs:${world.region}:${id}:task/default/${task}`,
    name: task,
    seconds: SECONDS,
    region: world.region,
  })
  return { ...seen, credentials: opened === undefined ? 'untrusted' : credentialsOf(opened) }
}
