import {
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetMFADeviceCommand,
  ListMFADevicesCommand,
  ListMFADeviceTagsCommand,
  ListVirtualMFADevicesCommand,
  paginateListMFADevices,
  paginateListMFADeviceTags,
  paginateListVirtualMFADevices,
  ResyncMFADeviceCommand,
  TagMFADeviceCommand,
  UntagMFADeviceCommand,
  type IAMClient,
} from '@aws-sdk/client-iam'
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import QRCode from 'qrcode'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeAt, giveDevice, later, newDevice, wrongCode, type Device } from './codes.ts'
import { client, MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'
import { expectRefusal, iamOf, newUser, pagesOf } from './people.ts'

let server: TestServer
let iam: IAMClient

beforeAll(async () => {
  server = await startServer()
  iam = iamOf(server)
})
/** Whatever codes a test before used up, those of this minute are fresh. */
beforeEach(() => later(server, 60 * 60_000))
afterAll(async () => {
  expect(server.bugs).toEqual([])
  await server.close()
})

const now = (off = 0) => server.clock.now() + off * 1000

function enable(user: string, serial: string, codes: readonly [string, string], as: IAMClient = iam) {
  const [AuthenticationCode1, AuthenticationCode2] = codes
  const input = { UserName: user, SerialNumber: serial, AuthenticationCode1, AuthenticationCode2 }
  return as.send(new EnableMFADeviceCommand(input))
}

function resync(user: string, serial: string, codes: readonly [string, string]) {
  const [AuthenticationCode1, AuthenticationCode2] = codes
  const input = { UserName: user, SerialNumber: serial, AuthenticationCode1, AuthenticationCode2 }
  return iam.send(new ResyncMFADeviceCommand(input))
}

/** Two codes in a row, the second of this many seconds from now. */
const two = (seed: string, off = 0) => [codeAt(seed, now(off - 30)), codeAt(seed, now(off))] as const

async function prove(keys: Keys, { serial }: Pick<Device, 'serial'>, code: string): Promise<Keys> {
  const command = new GetSessionTokenCommand({ SerialNumber: serial, TokenCode: code })
  const { Credentials: given } = await client(STSClient, server, keys).send(command)
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = given ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

test('the tests make codes as RFC 6238 does', () => {
  const seed = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  expect([59_000, 1_111_111_109_000, 20_000_000_000_000].map((time) => codeAt(seed, time))).toEqual([
    '287082',
    '081804',
    '353130',
  ])
})

describe('iam:CreateVirtualMFADevice', () => {
  test('answers an ARN, a seed of 64 letters, a picture and the tags', async () => {
    const input = { VirtualMFADeviceName: 'first', Path: '/team/', Tags: [{ Key: 'team', Value: 'a' }] }
    const { VirtualMFADevice: made } = await iam.send(new CreateVirtualMFADeviceCommand(input))
    expect(made?.SerialNumber).toBe(`arn:aws:iam::${MANAGEMENT}:mfa/team/first`)
    expect(Buffer.from(made?.Base32StringSeed ?? []).toString()).toMatch(/^[A-Z2-7]{64}$/)
    const secret = `secret=${Buffer.from(made?.Base32StringSeed ?? []).toString()}&issuer=Amazon%20Web%20Services`
    const picture = await QRCode.toBuffer(`otpauth://totp/Amazon%20Web%20Services:first@${MANAGEMENT}?${secret}`)
    expect(Buffer.from(made?.QRCodePNG ?? [])).toEqual(picture)
    expect(made?.Tags).toEqual(input.Tags)
    expect(made?.EnableDate).toBeUndefined()
  })

  test('keeps no seed in clear', () => {
    const rows = [...(server.world.account(MANAGEMENT)?.all('mfaDevice').values() ?? [])]
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter((row) => /"[A-Z2-7]{64}"/.test(JSON.stringify(row)))).toEqual([])
  })

  const REFUSED: readonly [string, ConstructorParameters<typeof CreateVirtualMFADeviceCommand>[0], string, RegExp][] = [
    [
      'the same name and path',
      { VirtualMFADeviceName: 'FIRST', Path: '/team/' },
      'EntityAlreadyExists',
      /^MFADevice entity at the same path and name already exists\.$/,
    ],
    ['a name with a space', { VirtualMFADeviceName: 'a b' }, 'ValidationError', /virtualMFADeviceName/],
    ['a path without slashes', { VirtualMFADeviceName: 'a', Path: 'team' }, 'ValidationError', /path/],
    ['a tag of AWS', { VirtualMFADeviceName: 'a', Tags: [{ Key: 'aws:a', Value: '' }] }, 'InvalidInput', /System tags/],
  ]
  test.each(REFUSED)('refuses %s', async (_what, input, code, message) => {
    await expectRefusal(iam.send(new CreateVirtualMFADeviceCommand(input)), code, message)
  })
})

describe('iam:EnableMFADevice', () => {
  beforeAll(() => newUser(server, 'enabler'))

  const GOOD: readonly [string, number, string][] = [
    ['the last one and this one', 0, 'the usual case'],
    ['this one and the next', 30, 'a client that computes ahead'],
    ['two of eight minutes ago', -480, 'whoever waits too long gets a device out of step (API_EnableMFADevice)'],
  ]
  test.each(GOOD)('takes as codes %s', async (_what, off) => {
    const { serial, seed } = await newDevice(server, `good${off}`)
    await enable('enabler', serial, two(seed, off))
    const { MFADevices = [] } = await iam.send(new ListMFADevicesCommand({ UserName: 'enabler' }))
    expect(MFADevices.map(({ SerialNumber }) => SerialNumber)).toContain(serial)
  })

  const BAD: readonly [string, (seed: string) => readonly [string, string]][] = [
    ['in the wrong order', (seed) => [codeAt(seed, now()), codeAt(seed, now(-30))]],
    ['one twice', (seed) => [codeAt(seed, now()), codeAt(seed, now())]],
    ['not in a row', (seed) => [codeAt(seed, now(-60)), codeAt(seed, now())]],
    ['the second one wrong', (seed) => [codeAt(seed, now(-30)), wrongCode(seed, now())]],
    ['of an hour ago', (seed) => two(seed, -3600)],
  ]
  test.each(BAD)('refuses codes %s', async (what, codes) => {
    const { serial, seed } = await newDevice(server, `bad-${what.replaceAll(' ', '-')}`)
    const call = enable('enabler', serial, codes(seed))
    await expectRefusal(call, 'InvalidAuthenticationCode', 'Authentication code for device is not valid.', 403)
  })

  test('refuses a device that is in use, one that is not there, and a user who is not', async () => {
    const { serial, seed } = await newDevice(server, 'taken')
    await enable('enabler', serial, two(seed))
    await newUser(server, 'other')
    server.clock.move(60_000)
    await expectRefusal(enable('other', serial, two(seed)), 'EntityAlreadyExists', 'MFA Device is already in use.', 409)
    const none = `arn:aws:iam::${MANAGEMENT}:mfa/none`
    const text = `VirtualMFADevice with serial number ${none} doesn't exist.`
    await expectRefusal(enable('enabler', none, ['000000', '111111']), 'NoSuchEntity', text, 404)
    await expectRefusal(enable('nobody', serial, two(seed)), 'NoSuchEntity', /user with name nobody/, 404)
  })

  test('gives a user eight devices and no ninth', async () => {
    await newUser(server, 'many')
    for (let at = 1; at <= 8; at += 1) {
      const { serial, seed } = await newDevice(server, `many${at}`)
      await enable('many', serial, two(seed))
    }
    const { serial, seed } = await newDevice(server, 'many9')
    const ninth = enable('many', serial, two(seed))
    await expectRefusal(ninth, 'LimitExceeded', 'Cannot exceed quota for MFADevicesPerUser: 8', 409)
    const pages = await pagesOf(
      paginateListMFADevices({ client: iam, pageSize: 3 }, { UserName: 'many' }),
      (page) => page.MFADevices,
    )
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 2])
  })

  test('records a hardware token, whose codes open nothing', async () => {
    const keys = await newUser(server, 'hardware')
    await expectRefusal(enable('hardware', 'GAHT12345678', ['111111', '111111']), 'InvalidAuthenticationCode')
    await enable('hardware', 'GAHT12345678', ['123456', '654321'])
    const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: 'hardware' }))
    expect(MFADevices).toMatchObject([{ UserName: 'hardware', SerialNumber: 'GAHT12345678' }])
    await expectRefusal(
      prove(keys, { serial: 'GAHT12345678' }, '123456'),
      'AccessDenied',
      /invalid MFA one time pass code/,
    )
    await expectRefusal(resync('hardware', 'GAHT12345678', ['123456', '654321']), 'InvalidAuthenticationCode')
    await expectRefusal(enable('other', 'GAHT12345678', ['123456', '654321']), 'EntityAlreadyExists')
    await iam.send(new DeactivateMFADeviceCommand({ UserName: 'hardware', SerialNumber: 'GAHT12345678' }))
    await enable('other', 'GAHT12345678', ['123456', '654321'])
  })
})

describe('a user who has a device', () => {
  test('must have used it to add another or to remove one; others need not', async () => {
    const keys = await newUser(server, 'self', ['iam:*'])
    const self = iamOf(server, keys)
    const device = await newDevice(server, 'self')
    await enable('self', device.serial, two(device.seed), self)
    const more = await newDevice(server, 'more')
    const text = /^To complete this action, please ensure that you are authenticated with an MFA device that is enabled/
    await expectRefusal(enable('self', more.serial, two(more.seed), self), 'AccessDenied', text, 403)
    const remove = { UserName: 'self', SerialNumber: device.serial }
    await expectRefusal(self.send(new DeactivateMFADeviceCommand(remove)), 'AccessDenied', text, 403)
    server.clock.move(30_000)
    const proved = iamOf(server, await prove(keys, device, codeAt(device.seed, now())))
    await enable('self', more.serial, two(more.seed), proved)
    await proved.send(new DeactivateMFADeviceCommand({ SerialNumber: device.serial }))
    const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: 'self' }))
    expect(MFADevices).toMatchObject([{ SerialNumber: more.serial }])
  })
})

describe('iam:ResyncMFADevice', () => {
  test('learns how far the device’s clock is off', async () => {
    const keys = await newUser(server, 'slow')
    const device = await giveDevice(server, 'slow')
    server.clock.move(10 * 60_000)
    const late = () => codeAt(device.seed, now(-240))
    await expectRefusal(prove(keys, device, late()), 'AccessDenied')
    await resync('slow', device.serial, two(device.seed, -270))
    server.clock.move(30_000)
    await expect(prove(keys, device, late())).resolves.toMatchObject({ sessionToken: expect.any(String) })
  })

  test('refuses wrong codes, codes that were taken, and a device of somebody else', async () => {
    await newUser(server, 'resync')
    const { serial, seed } = await giveDevice(server, 'resync')
    await expectRefusal(resync('resync', serial, ['000000', '000001']), 'InvalidAuthenticationCode')
    await expectRefusal(resync('resync', serial, two(seed, -30)), 'InvalidAuthenticationCode')
    await expectRefusal(resync('enabler', serial, two(seed)), 'NoSuchEntity', 'MFA Device invalid for user.', 404)
  })
})

describe('iam:DeactivateMFADevice', () => {
  test('leaves a virtual device to be deleted or given again, and its codes used', async () => {
    await newUser(server, 'former')
    const { serial, seed } = await giveDevice(server, 'former')
    const inUse = iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: serial }))
    await expectRefusal(inUse, 'DeleteConflict', 'MFA VirtualDevice in use. Must deactivate first.', 409)
    const user = iam.send(new DeactivateMFADeviceCommand({ UserName: 'enabler', SerialNumber: serial }))
    await expectRefusal(user, 'NoSuchEntity', 'MFA Device invalid for user.', 404)
    await iam.send(new DeactivateMFADeviceCommand({ UserName: 'former', SerialNumber: serial }))
    await expectRefusal(enable('former', serial, two(seed, -30)), 'InvalidAuthenticationCode')
    server.clock.move(30_000)
    await enable('former', serial, two(seed))
    await iam.send(new DeactivateMFADeviceCommand({ UserName: 'former', SerialNumber: serial }))
    await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: serial }))
    const again = iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: serial }))
    await expectRefusal(again, 'NoSuchEntity', `VirtualMFADevice with serial number ${serial} doesn't exist.`, 404)
  })
})

describe('listing', () => {
  test('iam:ListVirtualMFADevices tells by assignment, with users, and neither seeds nor tags', async () => {
    await newUser(server, 'listed')
    const { serial } = await giveDevice(server, 'listed')
    const list = async (AssignmentStatus?: 'Assigned' | 'Unassigned' | 'Any') => {
      const command = new ListVirtualMFADevicesCommand(AssignmentStatus === undefined ? {} : { AssignmentStatus })
      return (await iam.send(command)).VirtualMFADevices ?? []
    }
    const [all, any, assigned, unassigned] = [
      await list(),
      await list('Any'),
      await list('Assigned'),
      await list('Unassigned'),
    ]
    expect(any).toEqual(all)
    expect(assigned.length + unassigned.length).toBe(all.length)
    expect(unassigned.every(({ User, EnableDate }) => User === undefined && EnableDate === undefined)).toBe(true)
    const one = assigned.find(({ SerialNumber }) => SerialNumber === serial)
    expect(one).toMatchObject({ User: { UserName: 'listed' }, EnableDate: expect.any(Date) })
    expect(all.filter((device) => device.Base32StringSeed !== undefined || device.Tags !== undefined)).toEqual([])
    const pages = await pagesOf(
      paginateListVirtualMFADevices({ client: iam, pageSize: 7 }, {}),
      (page) => page.VirtualMFADevices,
    )
    expect(pages.flat()).toEqual(all)
    expect(pages[0]).toHaveLength(7)
  })

  test('without a name, iam:ListMFADevices and iam:GetMFADevice are about the caller', async () => {
    const keys = await newUser(server, 'own', ['iam:*'])
    const { serial } = await giveDevice(server, 'own')
    const proved = iamOf(server, keys)
    expect((await proved.send(new ListMFADevicesCommand({}))).MFADevices).toMatchObject([{ SerialNumber: serial }])
    const { $metadata: _, ...got } = await proved.send(new GetMFADeviceCommand({ SerialNumber: serial }))
    expect(got).toEqual({ SerialNumber: serial, UserName: 'own', EnableDate: expect.any(Date) })
    const other = iam.send(new GetMFADeviceCommand({ SerialNumber: serial, UserName: 'enabler' }))
    await expectRefusal(other, 'NoSuchEntity', 'MFA Device invalid for user.')
    const nobody = iam.send(new ListMFADevicesCommand({ UserName: 'nobody' }))
    await expectRefusal(nobody, 'NoSuchEntity', 'The user with name nobody cannot be found.')
  })
})

describe('tags of virtual devices', () => {
  test('are put, listed in pages and taken away', async () => {
    const { serial: SerialNumber } = await newDevice(server, 'tagged')
    const Tags = ['a', 'b', 'c'].map((Key) => ({ Key, Value: Key }))
    await iam.send(new TagMFADeviceCommand({ SerialNumber, Tags }))
    const pages = await pagesOf(
      paginateListMFADeviceTags({ client: iam, pageSize: 2 }, { SerialNumber }),
      (page) => page.Tags,
    )
    expect(pages).toEqual([Tags.slice(0, 2), Tags.slice(2)])
    await iam.send(new UntagMFADeviceCommand({ SerialNumber, TagKeys: ['A', 'c'] }))
    expect((await iam.send(new ListMFADeviceTagsCommand({ SerialNumber }))).Tags).toEqual([{ Key: 'b', Value: 'b' }])
  })

  const Tags = [{ Key: 'a', Value: 'b' }]
  const CALLS: readonly [string, (serial: string) => Promise<unknown>][] = [
    ['TagMFADevice', (SerialNumber) => iam.send(new TagMFADeviceCommand({ SerialNumber, Tags }))],
    ['UntagMFADevice', (SerialNumber) => iam.send(new UntagMFADeviceCommand({ SerialNumber, TagKeys: ['a'] }))],
    ['ListMFADeviceTags', (SerialNumber) => iam.send(new ListMFADeviceTagsCommand({ SerialNumber }))],
  ]
  test.each(CALLS)('iam:%s refuses a device that is not there, and a hardware token', async (_name, call) => {
    await expectRefusal(call(`arn:aws:iam::${MANAGEMENT}:mfa/none`), 'NoSuchEntity', /doesn't exist/, 404)
    await expectRefusal(call('GAHT12345678'), 'NoSuchEntity', /doesn't exist/, 404)
  })
})
