/** The door by which an operator decides on increases of quotas that accounts asked for: `/_sallyport/quotas`. */

import { organizationOf, type QuotaRequest } from '@sallyport/estate'
import { QuestionError } from './explain/question.ts'
import type { OwnDoor } from './http.ts'
import { isQuotaName, quotaOf, QUOTA_NAMES, QUOTAS, type Quota } from './quotas.ts'
import { decided, mostOf } from './services/service-quotas/decision.ts'
import { membersOf, signedDoor, type Errand } from './signed-door.ts'
import { Conflict } from './store/store.ts'
import type { World } from './world.ts'

export const QUOTAS_PATH = '/_sallyport/quotas'

export interface QuotaRequestRow {
  readonly id: string
  readonly account: string
  readonly region: string
  readonly quota: string
  readonly value: number
  readonly desired: number
  /** The highest that can be approved; absent where AWS names none. */
  readonly most?: number
  readonly askedAt: string
  readonly askedBy: string
}

export interface QuotaRow {
  readonly quota: string
  readonly code?: string
  readonly value: number
  readonly default: number
}

/** All that waits, and the quotas of the management account. */
export interface QuotaBook {
  readonly requests: readonly QuotaRequestRow[]
  readonly quotas: readonly QuotaRow[]
}

export interface QuotaDecision {
  readonly id: string
  readonly decision: 'APPROVED' | 'DENIED'
}

export function quotasDoor(world: World, onBug: (error: unknown) => void): OwnDoor {
  const list: Errand = { action: 'sallyport:ListQuotaRequests', answer: () => quotaBookOf(world) }
  const decide: Errand = {
    action: 'sallyport:DecideQuotaRequest',
    answer(message) {
      const { id, decision } = membersOf(message)
      if (typeof id !== 'string' || (decision !== 'APPROVED' && decision !== 'DENIED')) {
        throw new QuestionError('give `id`, and `decision`, which is `APPROVED` or `DENIED`')
      }
      return decideQuotaRequest(world, { id, decision })
    },
  }
  const methods = 'GET shows the requests, POST decides on one'
  return signedDoor(world, { path: QUOTAS_PATH, errands: { GET: list, POST: decide }, methods }, onBug)
}

export async function quotaBookOf(world: World): Promise<QuotaBook> {
  const open = [...world.directory.all('openQuotaRequest')]
  await world.bring(open.map(([, { account }]) => account))
  const requests = open.flatMap(([id, { account }]) => world.account(account)?.all('quotaRequest').get(id) ?? [])
  const rows = requests.toSorted((a, b) => a.createdAt - b.createdAt).map((one) => rowOf(world, one))
  const home =
    organizationOf(world.organization)?.managementAccount ?? world.directory.all('administrator').get('self')?.account
  const management = home === undefined ? undefined : await world.enter(home)
  const quotas = QUOTA_NAMES.map((quota): QuotaRow => {
    const { code, value: standard }: Quota = QUOTAS[quota]
    const value = quotaOf(world.quotas, management, { name: quota, region: world.region })
    return { quota, ...(code !== undefined && { code }), value, default: standard }
  })
  return { requests: rows, quotas }
}

/** The account's next call counts with what was decided. */
export async function decideQuotaRequest(world: World, { id, decision }: QuotaDecision): Promise<QuotaDecision> {
  for (;;) {
    await world.ground()
    const home = world.directory.all('openQuotaRequest').get(id)?.account
    const account = home === undefined ? undefined : await world.enter(home)
    const request = account?.all('quotaRequest').get(id)
    if (account === undefined || request === undefined || request.decision !== undefined) {
      throw new QuestionError(`no request \`${id}\` waits: \`sallyport quota requests\` lists those that do`)
    }
    const most = mostOf(request)
    if (decision === 'APPROVED' && request.desired > most) {
      throw new QuestionError(`AWS grants no more than ${most} of \`${request.quota}\`: deny it`)
    }
    try {
      await world.land.commit(decided(account, request, { decision, now: world.clock.now() }), [])
      return { id, decision }
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
}

function rowOf(world: World, { id, quota, region, desired, createdAt, requester }: QuotaRequest): QuotaRequestRow {
  const { account, arn } = requester
  const most = mostOf({ quota })
  const value = isQuotaName(quota) ? quotaOf(world.quotas, world.account(account), { name: quota, region }) : 0
  const askedAt = new Date(createdAt).toISOString()
  return { id, account, region, quota, value, desired, ...(most !== Infinity && { most }), askedAt, askedBy: arn }
}
