/** The codes that an MFA device shows: RFC 6238, written again for the tests. */

import { createHmac } from 'node:crypto'
import { CreateVirtualMFADeviceCommand, EnableMFADeviceCommand } from '@aws-sdk/client-iam'
import type { TestServer } from './harness.ts'
import { iamOf } from './people.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export function codeAt(seed: string, time: number): string {
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)))
  const mac = createHmac('sha1', bytesOf(seed)).update(step).digest()
  const at = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

function bytesOf(seed: string): Buffer {
  const bits = [...seed].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** A six-digit code that is none of a device's near this time. */
export function wrongCode(seed: string, time: number): string {
  const near = new Set([-60_000, -30_000, 0, 30_000, 60_000].map((off) => codeAt(seed, time + off)))
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.has(code)) ?? ''
}

export interface Device {
  readonly serial: string
  readonly seed: string
}

export async function newDevice(server: TestServer, name: string): Promise<Device> {
  const command = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name })
  const { VirtualMFADevice: made } = await iamOf(server).send(command)
  return { serial: made?.SerialNumber ?? '', seed: Buffer.from(made?.Base32StringSeed ?? []).toString() }
}

/** Some time later, early in a step: the test is done before the codes change. */
export function later({ clock }: TestServer, by: number): void {
  clock.move(by)
  clock.move(35_000 - (clock.now() % 30_000))
}

/** A device of the user's, enabled with the last two codes; the clock then moves to where the next code is good. */
export async function giveDevice(server: TestServer, user: string, name = user): Promise<Device> {
  const device = await newDevice(server, name)
  const now = server.clock.now()
  await iamOf(server).send(
    new EnableMFADeviceCommand({
      UserName: user,
      SerialNumber: device.serial,
      AuthenticationCode1: codeAt(device.seed, now - 30_000),
      AuthenticationCode2: codeAt(device.seed, now),
    }),
  )
  server.clock.move(30_000)
  return device
}
