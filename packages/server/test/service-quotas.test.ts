/** Service Quotas: what is told, what is asked for, what the operator decides, and that it holds from then on. */

import { CreateAccountCommand, OrganizationsClient } from '@aws-sdk/client-organizations'
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import * as sq from '@aws-sdk/client-service-quotas'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { QuotaBook, QuotaDecision } from '../src/index.ts'
import { client, MANAGEMENT, PRODUCTION, startServer, THREE_ACCOUNTS, type Keys, type TestServer } from './harness.ts'
import { enter, expectRefusal, newUser, pagesOf, permit } from './people.ts'
import { send } from './raw.ts'

const ACCOUNTS = { ServiceCode: 'organizations', QuotaCode: 'L-E619E033' }
const FORMER = { ServiceCode: 'organizations', QuotaCode: 'L-29A0C5DF' }
const ROLES = { ServiceCode: 'iam', QuotaCode: 'L-FE177D64' }
const CONCURRENT = { ServiceCode: 'lambda', QuotaCode: 'L-B99A9384' }
const GROUPS = { ServiceCode: 'vpc', QuotaCode: 'L-E79EC296' }

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const quotas = (on = server, keys?: Keys, region?: string) => client(sq.ServiceQuotasClient, on, keys, region)
const value = async (of: typeof ROLES, keys?: Keys, region?: string) =>
  (await quotas(server, keys, region).send(new sq.GetServiceQuotaCommand(of))).Quota?.Value
const more = (of: typeof ROLES, DesiredValue: number, keys?: Keys, region?: string, on = server) =>
  quotas(on, keys, region).send(new sq.RequestServiceQuotaIncreaseCommand({ ...of, DesiredValue }))
const askedFor = async (RequestId = '', on = server) =>
  (await quotas(on).send(new sq.GetRequestedServiceQuotaChangeCommand({ RequestId }))).RequestedQuota

async function book(on = server): Promise<QuotaBook> {
  const answer = await send(on, { method: 'GET', path: '/_sallyport/quotas', service: 'sallyport' })
  return JSON.parse(answer.body) as QuotaBook // what the door says it gives
}

async function decide(id: string | undefined, decision: string, keys?: Keys) {
  const body = JSON.stringify({ id, decision } as QuotaDecision)
  return send(server, { path: '/_sallyport/quotas', service: 'sallyport', body, ...(keys && { keys }) })
}

describe('a quota is told', () => {
  test('with all of its members', async () => {
    const { Quota } = await quotas().send(new sq.GetServiceQuotaCommand(ROLES))
    expect(Quota).toEqual({
      ServiceCode: 'iam',
      ServiceName: 'AWS Identity and Access Management (IAM)',
      QuotaArn: `arn:aws:servicequotas:us-east-1:${MANAGEMENT}:iam/L-FE177D64`,
      QuotaCode: 'L-FE177D64',
      QuotaName: 'Roles per account',
      Value: 1000,
      Unit: 'None',
      Adjustable: true,
      GlobalQuota: true,
      QuotaAppliedAtLevel: 'ACCOUNT',
    })
    const standard = await quotas().send(new sq.GetAWSDefaultServiceQuotaCommand(ROLES))
    expect(standard.Quota).toEqual({ ...Quota, QuotaArn: 'arn:aws:servicequotas:us-east-1::iam/L-FE177D64' })
  })

  test('by the code that it had before too', async () => {
    const { Quota } = await quotas().send(new sq.GetServiceQuotaCommand(FORMER))
    expect([Quota?.QuotaCode, Quota?.QuotaName, Quota?.Value]).toEqual(['L-29A0C5DF', 'Maximum number of accounts', 10])
  })

  test('in us-east-1 alone where it holds for all regions', async () => {
    const codes = async (region: string) => {
      const { Services = [] } = await quotas(server, undefined, region).send(new sq.ListServicesCommand({}))
      return Services.map(({ ServiceCode }) => ServiceCode)
    }
    expect(await codes('us-east-1')).toEqual(['iam', 'lambda', 'organizations', 's3', 'vpc'])
    expect(await codes('eu-west-1')).toEqual(['lambda', 'vpc'])
    await expectRefusal(
      value(ROLES, undefined, 'eu-west-1'),
      'NoSuchResource',
      'The request failed because the specified service does not exist.',
      400,
    )
    await expectRefusal(more(ROLES, 2000, undefined, 'eu-west-1'), 'NoSuchResource')
  })

  test.each([
    [{ ServiceCode: 'IAM', QuotaCode: 'L-FE177D64' }, 'NoSuchResource', 'service codes have a case'],
    [{ ServiceCode: 'iam', QuotaCode: 'L-00000000' }, 'NoSuchResource', 'no such quota'],
    [{ ...ROLES, ContextId: 'x' }, 'NoSuchResource', 'no quota here counts for a resource'],
    [{ ServiceCode: 'iam', QuotaCode: '!' }, 'Validation', 'the model says what a code is'],
  ])('or is not there: %j', async (input, code, _why) => {
    await expectRefusal(quotas().send(new sq.GetServiceQuotaCommand(input)), code, /./, 400)
  })

  test('among those of its service, page by page', async () => {
    const own = await pagesOf(
      sq.paginateListServiceQuotas({ client: quotas(), pageSize: 5 }, { ServiceCode: 'iam' }),
      (page) => page.Quotas?.map(({ QuotaCode }) => QuotaCode),
    )
    const standard = await pagesOf(
      sq.paginateListAWSDefaultServiceQuotas({ client: quotas(), pageSize: 5 }, { ServiceCode: 'iam' }),
      (page) => page.Quotas?.map(({ QuotaCode }) => QuotaCode),
    )
    expect(own.map(({ length }) => length)).toEqual([5, 5, 1])
    expect(standard).toEqual(own)
    const services = await pagesOf(
      sq.paginateListServices({ client: quotas(), pageSize: 3 }, {}),
      (page) => page.Services,
    )
    expect(services.map(({ length }) => length)).toEqual([3, 2])
    const one = await quotas().send(new sq.ListServiceQuotasCommand(ROLES))
    expect(one.Quotas?.map(({ QuotaName }) => QuotaName)).toEqual(['Roles per account'])
    const none = await quotas().send(
      new sq.ListServiceQuotasCommand({ ServiceCode: 'iam', QuotaAppliedAtLevel: 'RESOURCE' }),
    )
    expect(none.Quotas).toEqual([])
    await expectRefusal(
      quotas().send(new sq.ListServiceQuotasCommand({ ServiceCode: 'iam', NextToken: 'abc' })),
      'InvalidPaginationToken',
    )
    await expectRefusal(quotas().send(new sq.ListServiceQuotasCommand({ ServiceCode: 'nobody' })), 'NoSuchResource')
  })
})

describe('an increase', () => {
  test('waits, is approved, and holds: the 11th account comes', async () => {
    const organizations = client(OrganizationsClient, server)
    const create = (n: number) =>
      organizations.send(new CreateAccountCommand({ AccountName: `a${n}`, Email: `a${n}@example.com` }))
    for (let n = 5; n <= 10; n += 1) await create(n)
    await expectRefusal(create(11), 'ConstraintViolation', 'You have exceeded the allowed number of AWS accounts.')

    const { RequestedQuota: asked } = await more(FORMER, 10_000)
    expect(asked).toMatchObject({
      Id: expect.stringMatching(/^[0-9a-f]{32}[A-Za-z0-9]{8}$/),
      ...FORMER,
      ServiceName: 'AWS Organizations',
      QuotaName: 'Maximum number of accounts',
      DesiredValue: 10_000,
      Status: 'PENDING',
      Requester: JSON.stringify({ accountId: MANAGEMENT, callerArn: `arn:aws:iam::${MANAGEMENT}:user/administrator` }),
      QuotaArn: `arn:aws:servicequotas:us-east-1:${MANAGEMENT}:organizations/L-29A0C5DF`,
      GlobalQuota: true,
      Unit: 'None',
      QuotaRequestedAtLevel: 'ACCOUNT',
    })
    expect(asked).not.toHaveProperty('CaseId')
    await expectRefusal(
      more(ACCOUNTS, 20),
      'ResourceAlreadyExists',
      'Only one open service quota increase request is allowed per quota.',
      400,
    )
    server.clock.move(60_000)
    expect(await askedFor(asked?.Id)).toMatchObject({
      Status: 'CASE_OPENED',
      CaseId: expect.stringMatching(/^\d{15}$/),
    })
    await expectRefusal(create(11), 'ConstraintViolation')

    expect((await book()).requests).toMatchObject([
      { id: asked?.Id, account: MANAGEMENT, quota: 'organizations:Accounts', value: 10, desired: 10_000, most: 10_000 },
    ])
    const { status, body } = await decide(asked?.Id, 'APPROVED')
    expect([status, JSON.parse(body)]).toEqual([200, { id: asked?.Id, decision: 'APPROVED' }])
    expect((await askedFor(asked?.Id))?.Status).toBe('APPROVED')
    expect(await value(ACCOUNTS)).toBe(10_000)
    expect((await book()).requests).toEqual([])
    await create(11)
    expect((await decide(asked?.Id, 'DENIED')).status).toBe(400)
  })

  test('is denied, and may be asked for again', async () => {
    const { RequestedQuota: asked } = await more(ROLES, 2000)
    expect((await decide(asked?.Id, 'DENIED')).status).toBe(200)
    expect([(await askedFor(asked?.Id))?.Status, await value(ROLES)]).toEqual(['DENIED', 1000])
    const again = await more(ROLES, 10_001)
    const beyond = await decide(again.RequestedQuota?.Id, 'APPROVED')
    expect([beyond.status, beyond.body]).toEqual([400, expect.stringContaining('no more than 10000')])
    expect((await decide(again.RequestedQuota?.Id, 'DENIED')).status).toBe(200)
  })

  test.each([
    [ROLES, 1000, 'IllegalArgument', 'You must provide a quota value greater than the current quota value', 'the same'],
    [ROLES, 999, 'IllegalArgument', 'You must provide a quota value greater than the current quota value', 'less'],
    [
      { ServiceCode: 'iam', QuotaCode: 'L-F55AF5E4' },
      6000,
      'IllegalArgument',
      /not adjustable/,
      'users are 5000 for all',
    ],
    [{ ServiceCode: 'iam', QuotaCode: 'L-384571C4' }, 20, 'IllegalArgument', /not adjustable/, '10 is the highest'],
    [{ ServiceCode: 'iam', QuotaCode: 'L-00000000' }, 20, 'NoSuchResource', /does not exist/, 'no such quota'],
    [ROLES, 10 ** 11, 'Validation', /less than or equal to 10000000000/, 'the model bounds it'],
  ])('of %j to %d is refused: %s', async (of, desired, code, text, _why) => {
    await expectRefusal(more(of, desired), code, text, 400)
  })

  test('of accounts is the management account’s to ask for', async () => {
    const member = await enter(server, PRODUCTION)
    await expectRefusal(more(ACCOUNTS, 20, member), 'DependencyAccessDenied', /./, 400)
    const { RequestedQuota: asked } = await more(ROLES, 1500, member)
    expect((await decide(asked?.Id, 'APPROVED')).status).toBe(200)
    expect([await value(ROLES, member), await value(ROLES)]).toEqual([1500, 1000])
  })

  test('holds in its region where the quota counts by region', async () => {
    const { RequestedQuota: asked } = await more(GROUPS, 3000, undefined, 'eu-west-1')
    await expectRefusal(askedFor(asked?.Id), 'NoSuchResource')
    expect((await decide(asked?.Id, 'APPROVED')).status).toBe(200)
    expect([await value(GROUPS, undefined, 'eu-west-1'), await value(GROUPS)]).toEqual([3000, 2500])
  })

  test('counts where the service itself counts', async () => {
    const { RequestedQuota: asked } = await more(CONCURRENT, 5000, undefined, 'eu-west-1')
    expect((await decide(asked?.Id, 'APPROVED')).status).toBe(200)
    const limit = async (region: string) => {
      const told = await client(LambdaClient, server, undefined, region).send(new GetAccountSettingsCommand({}))
      return told.AccountLimit?.ConcurrentExecutions
    }
    expect([await limit('eu-west-1'), await limit('us-east-1')]).toEqual([5000, 1000])
  })

  test('is in the history, the newest first', async () => {
    const { RequestedQuotas: all = [] } = await quotas().send(new sq.ListRequestedServiceQuotaChangeHistoryCommand({}))
    const statuses = all.map(({ QuotaCode, DesiredValue, Status }) => [QuotaCode, DesiredValue, Status])
    expect(statuses.at(-1)).toEqual(['L-29A0C5DF', 10_000, 'APPROVED'])
    expect(statuses.slice(0, 2).every(([code]) => code === 'L-FE177D64')).toBe(true)
    const denied = await quotas().send(
      new sq.ListRequestedServiceQuotaChangeHistoryCommand({ ServiceCode: 'iam', Status: 'DENIED' }),
    )
    expect(denied.RequestedQuotas).toHaveLength(2)
    const pages = await pagesOf(
      sq.paginateListRequestedServiceQuotaChangeHistoryByQuota({ client: quotas(), pageSize: 1 }, ROLES),
      (page) => page.RequestedQuotas,
    )
    expect(pages.map(({ length }) => length)).toEqual([1, 1])
    const everyPage = await pagesOf(
      sq.paginateListRequestedServiceQuotaChangeHistory({ client: quotas(), pageSize: 2 }, {}),
      (page) => page.RequestedQuotas,
    )
    expect(everyPage.flat()).toHaveLength(all.length)
    await expectRefusal(
      quotas().send(new sq.ListRequestedServiceQuotaChangeHistoryByQuotaCommand({ ...ROLES, QuotaCode: 'L-0' })),
      'NoSuchResource',
    )
  })

  test('without a case stays pending', async () => {
    const { RequestedQuota: asked } = await quotas().send(
      new sq.RequestServiceQuotaIncreaseCommand({ ...ROLES, DesiredValue: 1100, SupportCaseAllowed: false }),
    )
    server.clock.move(600_000)
    const later = await askedFor(asked?.Id)
    expect([later?.Status, later?.CaseId]).toEqual(['PENDING', undefined])
    expect((await decide(asked?.Id, 'DENIED')).status).toBe(200)
  })
})

describe('where increases are approved by themselves', () => {
  let open: TestServer
  beforeAll(async () => {
    open = await startServer({ approveQuotas: true })
  })
  afterAll(() => open.close())

  test('one is granted at once, up to AWS’s highest', async () => {
    const { RequestedQuota: asked } = await more(ROLES, 10_000, undefined, undefined, open)
    expect(asked?.Status).toBe('PENDING')
    expect((await askedFor(asked?.Id, open))?.Status).toBe('APPROVED')
    const beyond = await more({ ServiceCode: 'iam', QuotaCode: 'L-0DA4ABF3' }, 26, undefined, undefined, open)
    expect((await askedFor(beyond.RequestedQuota?.Id, open))?.Status).toBe('PENDING')
    expect((await book(open)).requests.map(({ quota }) => quota)).toEqual(['iam:PoliciesPerRole'])
  })
})

describe('tags of a quota', () => {
  const ResourceARN = `arn:aws:servicequotas:us-east-1:${MANAGEMENT}:iam/L-FE177D64`
  const tagsOf = async () =>
    (await quotas().send(new sq.ListTagsForResourceCommand({ ResourceARN }))).Tags?.map(({ Key, Value }) => [
      Key,
      Value,
    ])
  const tag = (Tags: sq.Tag[], arn = ResourceARN) =>
    quotas().send(new sq.TagResourceCommand({ ResourceARN: arn, Tags }))

  test('are put on and taken off', async () => {
    await tag([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ])
    await tag([{ Key: 'a', Value: '3' }])
    expect(await tagsOf()).toEqual([
      ['b', '2'],
      ['a', '3'],
    ])
    await quotas().send(new sq.UntagResourceCommand({ ResourceARN, TagKeys: ['a', 'none'] }))
    expect(await tagsOf()).toEqual([['b', '2']])
    await quotas().send(new sq.UntagResourceCommand({ ResourceARN, TagKeys: ['b'] }))
    expect(await tagsOf()).toEqual([])
  })

  test('are refused where they cannot be', async () => {
    const many = Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' }))
    await expectRefusal(tag(many), 'TooManyTags', /./, 400)
    await expectRefusal(tag([{ Key: 'aws:x', Value: '' }]), 'IllegalArgument')
    await expectRefusal(tag([{ Key: 'x', Value: '' }], ResourceARN.replace(MANAGEMENT, PRODUCTION)), 'NoSuchResource')
    await expectRefusal(tag([{ Key: 'x', Value: '' }], ResourceARN.replace('L-FE177D64', 'L-0')), 'NoSuchResource')
  })
})

test('the law is asked of the quota', async () => {
  const keys = await newUser(server, 'asker')
  await expectRefusal(
    more(ROLES, 3000, keys),
    'AccessDenied',
    /servicequotas:RequestServiceQuotaIncrease on resource: arn:aws:servicequotas:us-east-1:\d+:iam\/L-FE177D64/,
    400,
  )
  await expectRefusal(value(ROLES, keys), 'AccessDenied')
  await expectRefusal(quotas(server, keys).send(new sq.ListServicesCommand({})), 'AccessDenied')
})

test('the door opens to whom the law allows it', async () => {
  const keys = await newUser(server, 'operator', ['sallyport:ListQuotaRequests'])
  const get = { method: 'GET', path: '/_sallyport/quotas', service: 'sallyport', keys }
  expect((await send(server, get)).status).toBe(200)
  expect((await decide('x', 'APPROVED', keys)).status).toBe(403)
  await permit(server, 'operator', ['sallyport:*'])
  expect((await decide('x', 'APPROVED', keys)).status).toBe(400)
  expect((await decide('x', 'MAYBE', keys)).status).toBe(400)
  expect((await send(server, { ...get, keys: await enter(server, PRODUCTION) })).status).toBe(403)
})

test('an organisation that is declared with more accounts has their quota', async () => {
  const accounts = Array.from({ length: 12 }, (_, n) => ({
    id: String(500000000000 + n),
    name: `Member ${n}`,
    email: `member${n}@example.com`,
  }))
  const large = await startServer({ declaration: { ...THREE_ACCOUNTS, root: { accounts, units: [] } } })
  try {
    const { Quota } = await quotas(large).send(new sq.GetServiceQuotaCommand(ACCOUNTS))
    expect(Quota?.Value).toBe(13)
  } finally {
    await large.close()
  }
})
