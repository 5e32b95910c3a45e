/** Attributes of instances, and the settings that have operations of their own: with what they do, not only as they read. */

import type * as ec2 from '@aws-sdk/client-ec2'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cloudOf, DENIED, launched, userWith } from './cloud.ts'
import { startServer, type TestServer } from './harness.ts'
import { expectRefusal } from './people.ts'

let server: TestServer
let cloud: ec2.EC2
beforeAll(async () => {
  server = await startServer()
  cloud = cloudOf(server)
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

type Name = ec2.InstanceAttributeName

async function read(InstanceId: string, Attribute: Name): Promise<unknown> {
  const { $metadata: _, InstanceId: _id, ...shown } = await cloud.describeInstanceAttribute({ InstanceId, Attribute })
  return Object.values(shown)[0]
}

async function stopped(more: Partial<ec2.RunInstancesCommandInput> = {}): Promise<string> {
  const id = await launched(server, more)
  await cloud.stopInstances({ InstanceIds: [id] })
  server.clock.move(10_000)
  return id
}

describe('an attribute', () => {
  const FIRST: readonly [Name, unknown][] = [
    ['instanceType', { Value: 't3.micro' }],
    ['userData', { Value: 'aGk=' }],
    ['disableApiTermination', { Value: false }],
    ['disableApiStop', { Value: false }],
    ['instanceInitiatedShutdownBehavior', { Value: 'terminate' }],
    ['rootDeviceName', { Value: '/dev/xvda' }],
    ['blockDeviceMapping', [expect.objectContaining({ DeviceName: '/dev/xvda' })]],
    ['sourceDestCheck', { Value: true }],
    ['groupSet', [{ GroupId: expect.stringMatching(/^sg-/), GroupName: 'default' }]],
    ['ebsOptimized', { Value: true }],
    ['enaSupport', { Value: true }],
    ['enclaveOptions', { Enabled: false }],
  ]
  test('is read as it was launched', async () => {
    const id = await launched(server, {
      UserData: 'aGk=',
      InstanceInitiatedShutdownBehavior: 'terminate',
      EbsOptimized: true,
    })
    for (const [name, value] of FIRST) expect(await read(id, name), name).toEqual(value)
  })

  const CHANGES: readonly [Partial<ec2.ModifyInstanceAttributeCommandInput>, Name, unknown][] = [
    [{ DisableApiTermination: { Value: true } }, 'disableApiTermination', { Value: true }],
    [{ Attribute: 'disableApiTermination', Value: 'false' }, 'disableApiTermination', { Value: false }],
    [{ DisableApiStop: { Value: false } }, 'disableApiStop', { Value: false }],
    [{ SourceDestCheck: { Value: false } }, 'sourceDestCheck', { Value: false }],
    [
      { InstanceInitiatedShutdownBehavior: { Value: 'terminate' } },
      'instanceInitiatedShutdownBehavior',
      { Value: 'terminate' },
    ],
    [{ InstanceType: { Value: 'm5.large' } }, 'instanceType', { Value: 'm5.large' }],
    [{ EbsOptimized: { Value: true } }, 'ebsOptimized', { Value: true }],
    [{ UserData: { Value: Buffer.from('new') } }, 'userData', { Value: 'bmV3' }],
  ]
  test('is changed, one a call', async () => {
    const InstanceId = await stopped()
    for (const [change, name, value] of CHANGES) {
      await cloud.modifyInstanceAttribute({ InstanceId, ...change })
      expect(await read(InstanceId, name), JSON.stringify(change)).toEqual(value)
    }
    const { GroupId = '' } = await cloud.createSecurityGroup({ GroupName: 'moved', Description: 'x' })
    await cloud.modifyInstanceAttribute({ InstanceId, Groups: [GroupId] })
    expect(await read(InstanceId, 'groupSet')).toEqual([{ GroupId, GroupName: 'moved' }])
  })

  const REFUSED: readonly [Partial<ec2.ModifyInstanceAttributeCommandInput>, string, string | RegExp, string][] = [
    [{}, 'InvalidParameterCombination', 'No attributes specified.', 'none'],
    [
      { DisableApiStop: { Value: true }, SourceDestCheck: { Value: true } },
      'InvalidParameterCombination',
      'Fields for multiple attribute types specified',
      'two',
    ],
    [
      { InstanceType: { Value: 'm5.large' } },
      'IncorrectInstanceState',
      /is not in the 'stopped' state\.$/,
      'while it runs',
    ],
    [{ UserData: { Value: Buffer.from('x') } }, 'IncorrectInstanceState', /'stopped'/, 'while it runs'],
    [{ Groups: ['sg-00000000000000000'] }, 'InvalidGroup.NotFound', /does not exist$/, 'a group that is not there'],
    [
      { InstanceInitiatedShutdownBehavior: { Value: 'sleep' } },
      'InvalidParameterValue',
      /stop, terminate$/,
      'no such behaviour',
    ],
    [{ Attribute: 'disableApiStop', Value: 'perhaps' }, 'InvalidParameterValue', /true or false$/, 'no boolean'],
    [{ InstanceId: 'i-00000000000000000' }, 'InvalidParameterCombination', /./, 'nothing of nobody'],
    [
      { InstanceId: 'i-00000000000000000', DisableApiStop: { Value: true } },
      'InvalidInstanceID.NotFound',
      /./,
      'of nobody',
    ],
    [{ DryRun: true, DisableApiStop: { Value: true } }, 'DryRunOperation', /./, 'only asked'],
  ]
  test('is refused where it makes no sense', async () => {
    const InstanceId = await launched(server)
    for (const [change, code, message, why] of REFUSED) {
      const call = cloud.modifyInstanceAttribute({ InstanceId, ...change })
      await expectRefusal(call, code, message).catch((error: unknown) => expect.fail(`${why}: ${String(error)}`))
    }
    const other = await stopped()
    await expectRefusal(
      cloud.modifyInstanceAttribute({ InstanceId: other, InstanceType: { Value: 't99.huge' } }),
      'InvalidInstanceAttributeValue',
      "Invalid value 't99.huge' for InstanceType.",
    )
    await expectRefusal(
      cloud.modifyInstanceAttribute({ InstanceId: other, InstanceType: { Value: 't4g.micro' } }),
      'InvalidParameterCombination',
      /architecture/,
    )
  })

  test('protects from what it forbids, and all others that are named with it', async () => {
    const kept = await launched(server, { DisableApiTermination: true })
    const other = await launched(server)
    await expectRefusal(
      cloud.terminateInstances({ InstanceIds: [other, kept] }),
      'OperationNotPermitted',
      `The instance '${kept}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      400,
    )
    const { Reservations = [] } = await cloud.describeInstances({ InstanceIds: [other] })
    expect(Reservations[0]?.Instances?.[0]?.State?.Name).toBe('running')
    await cloud.modifyInstanceAttribute({ InstanceId: kept, DisableApiTermination: { Value: false } })
    await cloud.modifyInstanceAttribute({ InstanceId: kept, DisableApiStop: { Value: true } })
    for (const call of [
      () => cloud.stopInstances({ InstanceIds: [kept] }),
      () => cloud.terminateInstances({ InstanceIds: [kept] }),
    ]) {
      await expectRefusal(call(), 'OperationNotPermitted', /'disableApiStop'/)
    }
    await cloud.modifyInstanceAttribute({ InstanceId: kept, DisableApiStop: { Value: false } })
    await expect(cloud.terminateInstances({ InstanceIds: [kept, other] })).resolves.toBeDefined()
  })

  test('is known to the law by its name and its value', async () => {
    const InstanceId = await launched(server)
    const keys = await userWith(server, 'unprotect', {
      Effect: 'Allow',
      Action: 'ec2:ModifyInstanceAttribute',
      Resource: 'arn:aws:ec2:*:*:instance/*',
      Condition: {
        StringEquals: { 'ec2:Attribute': 'DisableApiTermination', 'ec2:Attribute/DisableApiTermination': 'true' },
      },
    })
    const protect = (Value: boolean) =>
      cloudOf(server, keys).modifyInstanceAttribute({ InstanceId, DisableApiTermination: { Value } })
    await expect(protect(true)).resolves.toBeDefined()
    await expect(protect(false)).rejects.toMatchObject(DENIED)
    await expect(
      cloudOf(server, keys).modifyInstanceAttribute({ InstanceId, SourceDestCheck: { Value: false } }),
    ).rejects.toMatchObject(DENIED)
    await expect(
      cloudOf(server, keys).describeInstanceAttribute({ InstanceId, Attribute: 'userData' }),
    ).rejects.toMatchObject(DENIED)
  })
})

describe('the metadata service’s options', () => {
  async function options(id: string): Promise<ec2.InstanceMetadataOptionsResponse | undefined> {
    const { Reservations } = await cloud.describeInstances({ InstanceIds: [id] })
    return Reservations?.[0]?.Instances?.[0]?.MetadataOptions
  }

  test('are the image’s own where nothing is said', async () => {
    expect(await options(await launched(server))).toEqual({
      State: 'applied',
      HttpTokens: 'required',
      HttpPutResponseHopLimit: 2,
      HttpEndpoint: 'enabled',
      HttpProtocolIpv6: 'disabled',
      InstanceMetadataTags: 'disabled',
    })
    const { Images = [] } = await cloud.describeImages({ Filters: [{ Name: 'name', Values: ['amzn2*x86_64*'] }] })
    const old = await launched(server, { ImageId: Images[0]?.ImageId })
    expect(await options(old)).toMatchObject({ HttpTokens: 'optional', HttpPutResponseHopLimit: 1 })
  })

  test('are changed one by one, within bounds, and the law sees to what', async () => {
    const InstanceId = await launched(server)
    const answer = await cloud.modifyInstanceMetadataOptions({ InstanceId, InstanceMetadataTags: 'enabled' })
    expect(answer.InstanceMetadataOptions).toMatchObject({ InstanceMetadataTags: 'enabled', HttpTokens: 'required' })
    await expectRefusal(
      cloud.modifyInstanceMetadataOptions({ InstanceId, HttpPutResponseHopLimit: 65 }),
      'InvalidParameterValue',
      /between 1 and 64/,
    )
    const keys = await userWith(
      server,
      'strict',
      { Effect: 'Allow', Action: 'ec2:ModifyInstanceMetadataOptions', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'ec2:ModifyInstanceMetadataOptions',
        Resource: '*',
        Condition: { StringEquals: { 'ec2:Attribute/HttpTokens': 'optional' } },
      },
    )
    const set = (HttpTokens: 'optional' | 'required') =>
      cloudOf(server, keys).modifyInstanceMetadataOptions({ InstanceId, HttpTokens })
    await expect(set('optional')).rejects.toMatchObject(DENIED)
    await expect(set('required')).resolves.toBeDefined()
    await cloud.terminateInstances({ InstanceIds: [InstanceId] })
    await expectRefusal(set('required'), 'IncorrectInstanceState')
  })
})

describe('credits, monitoring and firmware', () => {
  test('are what the type and the launch say', async () => {
    const [t3, t2, m5] = [
      await launched(server),
      await launched(server, { InstanceType: 't2.micro' }),
      await launched(server, { InstanceType: 'm5.large', Monitoring: { Enabled: true } }),
    ]
    const credits = async (...InstanceIds: string[]) =>
      (await cloud.describeInstanceCreditSpecifications({ InstanceIds })).InstanceCreditSpecifications
    expect(await credits(t3, t2)).toEqual([
      { InstanceId: t3, CpuCredits: 'unlimited' },
      { InstanceId: t2, CpuCredits: 'standard' },
    ])
    await expectRefusal(credits(m5), 'UnsupportedOperation')
    const asked = [t3, m5, 'i-00000000000000000'].map((InstanceId) => ({ InstanceId, CpuCredits: 'standard' }))
    const changed = await cloud.modifyInstanceCreditSpecification({ InstanceCreditSpecifications: asked })
    expect(changed.SuccessfulInstanceCreditSpecifications).toEqual([{ InstanceId: t3 }])
    expect(changed.UnsuccessfulInstanceCreditSpecifications?.map(({ Error: error }) => error?.Code)).toEqual([
      'InstanceCreditSpecification.NotSupported',
      'InvalidInstanceID.NotFound',
    ])
    expect(await credits(t3)).toEqual([{ InstanceId: t3, CpuCredits: 'standard' }])
    const { InstanceMonitorings } = await cloud.monitorInstances({ InstanceIds: [t3] })
    expect(InstanceMonitorings).toEqual([{ InstanceId: t3, Monitoring: { State: 'pending' } }])
    const watched = await cloud.describeInstances({ Filters: [{ Name: 'monitoring-state', Values: ['enabled'] }] })
    expect(
      watched.Reservations?.flatMap(({ Instances = [] }) => Instances.map((one) => one.InstanceId)).toSorted(),
    ).toEqual([t3, m5].toSorted())
    await expect(cloud.unmonitorInstances({ InstanceIds: [t3] })).resolves.toMatchObject({
      InstanceMonitorings: [{ Monitoring: { State: 'disabling' } }],
    })
    await expectRefusal(cloud.getInstanceUefiData({ InstanceId: t3 }), 'UnsupportedOperation')
    await expectRefusal(cloud.getInstanceUefiData({ InstanceId: 'i-00000000000000000' }), 'InvalidInstanceID.NotFound')
    await expectRefusal(
      cloud.getInstanceUefiData({ InstanceId: 'ami-00000000000000000' }),
      'InvalidInstanceID.NotFound',
    )
  })
})

describe('an interface’s attribute', () => {
  test('is the instance’s, read and changed one a call', async () => {
    const id = await launched(server)
    const { Reservations } = await cloud.describeInstances({ InstanceIds: [id] })
    const NetworkInterfaceId = Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId
    const { GroupId = '' } = await cloud.createSecurityGroup({ GroupName: 'of the card', Description: 'x' })
    await cloud.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Groups: [GroupId] })
    await cloud.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, SourceDestCheck: { Value: false } })
    await cloud.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Description: { Value: 'first' } })
    const shown = async (Attribute: ec2.NetworkInterfaceAttribute) =>
      cloud.describeNetworkInterfaceAttribute({ NetworkInterfaceId, Attribute })
    expect(await shown('groupSet')).toMatchObject({ Groups: [{ GroupId, GroupName: 'of the card' }] })
    expect(await shown('sourceDestCheck')).toMatchObject({ SourceDestCheck: { Value: false } })
    expect(await shown('description')).toMatchObject({ Description: { Value: 'first' } })
    expect(await read(id, 'groupSet')).toEqual([{ GroupId, GroupName: 'of the card' }])
    const six = Array.from({ length: 6 }, (_, at) => ({ GroupName: `six ${at}`, Description: 'x' }))
    const ids = await Promise.all(six.map(async (one) => (await cloud.createSecurityGroup(one)).GroupId ?? ''))
    const REFUSED: readonly [Partial<ec2.ModifyNetworkInterfaceAttributeCommandInput>, string, string][] = [
      [{}, 'InvalidParameterCombination', 'none'],
      [{ Groups: [GroupId], Description: { Value: '' } }, 'InvalidParameterCombination', 'two'],
      [{ Groups: ['sg-00000000000000000'] }, 'InvalidGroup.NotFound', 'a group that is not there'],
      [{ Groups: ids }, 'SecurityGroupsPerInterfaceLimitExceeded', 'six groups'],
      [{ NetworkInterfaceId: 'eni-00000000', Groups: [GroupId] }, 'InvalidNetworkInterfaceID.NotFound', 'of nobody'],
      [{ NetworkInterfaceId: 'x', Groups: [GroupId] }, 'InvalidNetworkInterfaceId.Malformed', 'no id'],
      [{ DryRun: true, Groups: [GroupId] }, 'DryRunOperation', 'only asked'],
    ]
    for (const [change, code, why] of REFUSED) {
      await expect(cloud.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, ...change }), why).rejects.toMatchObject(
        { name: code },
      )
    }
    const keys = await userWith(server, 'cards', {
      Effect: 'Allow',
      Action: 'ec2:ModifyNetworkInterfaceAttribute',
      Resource: ['arn:aws:ec2:*:*:network-interface/*', `arn:aws:ec2:*:*:security-group/${GroupId}`],
    })
    const mine = cloudOf(server, keys)
    await expect(
      mine.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Groups: ids.slice(0, 1) }),
    ).rejects.toMatchObject(DENIED)
    await expect(mine.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Groups: [GroupId] })).resolves.toBeDefined()
  })
})
