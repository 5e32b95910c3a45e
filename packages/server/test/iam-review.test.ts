import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  GenerateCredentialReportCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetAccountAuthorizationDetailsCommand,
  GetCredentialReportCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  GenerateOrganizationsAccessReportCommand,
  GetOrganizationsAccessReportCommand,
  IAMClient,
  ListPoliciesGrantingServiceAccessCommand,
  paginateGetAccountAuthorizationDetails,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
  AttachUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreatePolicyCommand as CreatePolicyInOrganization,
  DescribeOrganizationCommand,
  EnablePolicyTypeCommand,
  ListRootsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations'
import { client as clientFor, MANAGEMENT, STAGING, startServer, type TestServer } from './harness.ts'
import { enter, expectRefusal, iamOf, newUser, pagesOf } from './people.ts'

let server: TestServer
let iam: IAMClient

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
})
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const arnOf = (kind: string, name: string): string => `arn:aws:iam::${MANAGEMENT}:${kind}/${name}`
const allowing = (...Action: readonly string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } })

describe('the credential report', () => {
  test('is refused before it was asked for, lasts four hours, and is then made anew', async () => {
    const own = await startServer()
    const client = iamOf(own)
    await expectRefusal(client.send(new GetCredentialReportCommand()), 'CredentialReportNotPresent', 'Unknown')
    const begun = await client.send(new GenerateCredentialReportCommand())
    expect(begun).toMatchObject({ State: 'STARTED', Description: expect.stringContaining('No report exists') })
    expect((await client.send(new GenerateCredentialReportCommand())).State).toBe('COMPLETE')
    expect(await client.send(new GetCredentialReportCommand())).toMatchObject({ ReportFormat: 'text/csv' })
    own.clock.move(4 * 3_600_000 + 1000)
    await expectRefusal(client.send(new GetCredentialReportCommand()), 'CredentialReportExpired', 'Unknown')
    expect((await client.send(new GenerateCredentialReportCommand())).State).toBe('STARTED')
    expect((await client.send(new GetCredentialReportCommand())).ReportFormat).toBe('text/csv')
    await own.close()
  })

  test('has a row for the root user, and tells of passwords and keys that were used or were not', async () => {
    const own = await startServer()
    const client = iamOf(own)
    const idle = await newUser(own, 'idle')
    const used = await newUser(own, 'Used', ['iam:GetUser'])
    await client.send(new CreateLoginProfileCommand({ UserName: 'idle', Password: 'Correct0!Horse' }))
    await client.send(new CreateAccessKeyCommand({ UserName: 'idle' }))
    await iamOf(own, used)
      .send(new GetAccountAuthorizationDetailsCommand())
      .catch(() => {})
    await client.send(new GenerateCredentialReportCommand())
    const { Content } = await client.send(new GetCredentialReportCommand())
    const [header = '', ...lines] = Buffer.from(Content ?? [])
      .toString()
      .split('\n')
    const names = header.split(',')
    const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at] ?? '', cell])))
    expect(names).toHaveLength(22)
    expect(rows.map(({ user }) => user)).toEqual(['<root_account>', 'administrator', 'idle', 'Used'])
    expect(rows[0]).toMatchObject({ arn: `arn:aws:iam::${MANAGEMENT}:root`, password_enabled: 'not_supported' })
    expect(rows[2]).toMatchObject({
      password_enabled: 'true',
      password_last_used: 'no_information',
      password_next_rotation: 'N/A',
      mfa_active: 'false',
      access_key_1_active: 'true',
      access_key_1_last_used_date: 'N/A',
      access_key_2_active: 'true',
      cert_1_active: 'false',
    })
    expect(rows[3]).toMatchObject({
      password_enabled: 'false',
      password_last_changed: 'N/A',
      access_key_1_last_used_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      access_key_1_last_used_region: 'us-east-1',
      access_key_1_last_used_service: 'iam',
      access_key_2_last_rotated: 'N/A',
    })
    expect(idle).toBeDefined()
    await own.close()
  })
})

describe('service last accessed details', () => {
  const report = async (Arn: string, Granularity: 'SERVICE_LEVEL' | 'ACTION_LEVEL' = 'SERVICE_LEVEL') => {
    const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity }))
    return iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }))
  }

  test('list what a user may use, and when it was tried, denied or not', async () => {
    const kim = await newUser(server, 'kim', ['iam:Get*', 's3:ListAllMyBuckets'])
    const before = await report(arnOf('user', 'kim'))
    expect(before).toMatchObject({ JobStatus: 'COMPLETED', JobType: 'SERVICE_LEVEL', IsTruncated: false })
    expect(before.ServicesLastAccessed?.map((one) => [one.ServiceNamespace, one.LastAuthenticated])).toEqual([
      ['iam', undefined],
      ['s3', undefined],
    ])
    await iamOf(server, kim).send(new GetAccountAuthorizationDetailsCommand())
    const [iamUse, s3Use] = (await report(arnOf('user', 'kim'), 'ACTION_LEVEL')).ServicesLastAccessed ?? []
    expect(iamUse).toMatchObject({
      ServiceName: 'AWS Identity and Access Management (IAM)',
      LastAuthenticatedEntity: arnOf('user', 'kim'),
      LastAuthenticatedRegion: 'us-east-1',
      TotalAuthenticatedEntities: 1,
    })
    const action = iamUse?.TrackedActionsLastAccessed?.find(
      (one) => one.ActionName === 'GetAccountAuthorizationDetails',
    )
    expect(action?.LastAccessedEntity).toBe(arnOf('user', 'kim'))
    expect(s3Use?.TrackedActionsLastAccessed).toEqual([{ ActionName: 'ListAllMyBuckets' }])
  })

  test('of a group and a policy name those who could have', async () => {
    await iam.send(new CreateGroupCommand({ GroupName: 'readers' }))
    await iam.send(
      new PutGroupPolicyCommand({ GroupName: 'readers', PolicyName: 'p', PolicyDocument: allowing('iam:ListUsers') }),
    )
    await newUser(server, 'lee')
    await iam.send(new AddUserToGroupCommand({ GroupName: 'readers', UserName: 'lee' }))
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'all', PolicyDocument: allowing('s3:*', 'sts:*') }),
    )
    await iam.send(new AttachUserPolicyCommand({ UserName: 'lee', PolicyArn: Policy?.Arn }))
    for (const [Arn, ServiceNamespace] of [
      [arnOf('group', 'readers'), 'iam'],
      [arnOf('policy', 'all'), 's3'],
    ] as const) {
      const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn }))
      const asked = new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace })
      const { EntityDetailsList } = await iam.send(asked)
      expect(EntityDetailsList?.map(({ EntityInfo }) => EntityInfo)).toMatchObject([
        { Arn: arnOf('user', 'lee'), Name: 'lee', Type: 'USER', Path: '/' },
      ])
    }
  })

  test('refuse an identity and a job that are not there', async () => {
    const generate = (Arn: string) => iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn }))
    await expectRefusal(generate(arnOf('user', 'nobody')), 'NoSuchEntity', 'The user with name nobody cannot be found.')
    await expectRefusal(
      generate(arnOf('policy', 'none')),
      'NoSuchEntity',
      `Policy ${arnOf('policy', 'none')} was not found.`,
    )
    const JobId = '00000000-0000-4000-8000-000000000000'
    await expectRefusal(
      iam.send(new GetServiceLastAccessedDetailsCommand({ JobId })),
      'NoSuchEntity',
      `Job with id ${JobId} cannot be found.`,
    )
  })

  test('a Deny bound to nothing takes a service away, one with a condition does not', async () => {
    const deny = (Condition: object) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['s3:*', 'sts:*'], Resource: '*' },
          { Effect: 'Deny', Action: 's3:*', Resource: '*', ...Condition },
        ],
      })
    await newUser(server, 'max')
    const services = async (PolicyDocument: string) => {
      await iam.send(new PutUserPolicyCommand({ UserName: 'max', PolicyName: 'permitted', PolicyDocument }))
      return (await report(arnOf('user', 'max'))).ServicesLastAccessed?.map((one) => one.ServiceNamespace)
    }
    expect(await services(deny({}))).toEqual(['sts'])
    expect(await services(deny({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }))).toEqual(['s3', 'sts'])
  })
})

describe('policies that grant access to a service', () => {
  test('are told by service, inline ones with their holder', async () => {
    await newUser(server, 'ann', ['s3:GetObject'])
    const Arn = arnOf('user', 'ann')
    const ask = (...ServiceNamespaces: string[]) =>
      iam.send(new ListPoliciesGrantingServiceAccessCommand({ Arn, ServiceNamespaces }))
    const { PoliciesGrantingServiceAccess } = await ask('s3', 'ec2')
    expect(PoliciesGrantingServiceAccess).toMatchObject([
      { ServiceNamespace: 'ec2' },
      { ServiceNamespace: 's3', Policies: [{ PolicyType: 'INLINE', EntityType: 'USER', EntityName: 'ann' }] },
    ])
    await expectRefusal(ask('nothing'), 'InvalidInput', 'Invalid Service Namespace: nothing')
  })
})

describe('account authorization details', () => {
  test('tell everything, page by page, or the kinds that were asked for', async () => {
    const pages = (kind: 'UserDetailList' | 'Policies') =>
      pagesOf(
        paginateGetAccountAuthorizationDetails({ client: iam, pageSize: 3 }, {}),
        (page) => page[kind] as object[],
      )
    const [users, policies] = [await pages('UserDetailList'), await pages('Policies')]
    expect(users.length).toBeGreaterThan(1)
    expect(users.flat()).toContainEqual(
      expect.objectContaining({
        UserName: 'lee',
        GroupList: ['readers'],
        AttachedManagedPolicies: [{ PolicyName: 'all', PolicyArn: arnOf('policy', 'all') }],
      }),
    )
    expect(policies.flat()).toContainEqual(
      expect.objectContaining({
        PolicyName: 'all',
        AttachmentCount: 1,
        PolicyVersionList: [expect.objectContaining({ VersionId: 'v1', IsDefaultVersion: true })],
      }),
    )
    const roles = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }))
    expect(roles.UserDetailList).toEqual([])
    expect(roles.RoleDetailList?.length).toBeGreaterThan(0)
  })
})

describe('an organizations access report', () => {
  test('tells what SCPs allow an entity and what of it was used, in any order', async () => {
    const own = await startServer()
    const [client, organizations] = [iamOf(own), clientFor(OrganizationsClient, own)]
    const { Organization } = await organizations.send(new DescribeOrganizationCommand({}))
    const { Roots } = await organizations.send(new ListRootsCommand({}))
    const EntityPath = `${Organization?.Id}/${Roots?.[0]?.Id}`
    const generate = async (input: object) =>
      (await client.send(new GenerateOrganizationsAccessReportCommand({ EntityPath, ...input }))).JobId
    const report = async (JobId: string | undefined, input: object = {}) =>
      client.send(new GetOrganizationsAccessReportCommand({ JobId, ...input }))
    expect(await report(await generate({}))).toMatchObject({
      JobStatus: 'FAILED',
      ErrorDetails: { Code: 'PolicyTypeNotEnabled' },
    })
    await organizations.send(
      new EnablePolicyTypeCommand({ RootId: Roots?.[0]?.Id, PolicyType: 'SERVICE_CONTROL_POLICY' }),
    )
    await own.world.usage.flush()
    const JobId = await generate({})
    const newest = await report(JobId, { SortKey: 'LAST_AUTHENTICATED_TIME_DESCENDING', MaxItems: 2 })
    expect(newest).toMatchObject({ JobStatus: 'COMPLETED', IsTruncated: true })
    expect(newest.AccessDetails?.map((one) => one.ServiceNamespace).toSorted()).toEqual(['iam', 'organizations'])
    expect(newest.AccessDetails?.[0]).toMatchObject({
      EntityPath: `${EntityPath}/${MANAGEMENT}`,
      Region: 'us-east-1',
      TotalAuthenticatedEntities: 1,
    })
    expect((newest.NumberOfServicesAccessible ?? 0) - (newest.NumberOfServicesNotAccessed ?? 0)).toBe(2)
    const last = await report(JobId, { SortKey: 'SERVICE_NAMESPACE_DESCENDING', MaxItems: 1 })
    expect(last.AccessDetails?.[0]?.ServiceNamespace).toMatch(/^x/)
    const Content = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
    })
    const made = new CreatePolicyInOrganization({ Name: 'a', Description: '', Content, Type: 'SERVICE_CONTROL_POLICY' })
    const { Policy } = await organizations.send(made)
    const ofPolicy = await report(await generate({ OrganizationsPolicyId: Policy?.PolicySummary?.Id }))
    expect(ofPolicy.AccessDetails?.map((one) => one.ServiceNamespace)).toEqual(['s3'])
    expect(await report(await generate({ EntityPath: `${EntityPath}/ou-none-aaaaaaaa` }))).toMatchObject({
      JobStatus: 'FAILED',
      ErrorDetails: { Code: 'InvalidEntityPath' },
    })
    const keys = await enter(own, STAGING)
    await expectRefusal(
      iamOf(own, keys).send(new GenerateOrganizationsAccessReportCommand({ EntityPath })),
      'AccessDenied',
      'You must use the management account of an organization for this operation.',
    )
    await own.close()
  })
})
