/** Address ranges as EC2 takes them: canonical, or malformed. `10.0.0.5/24` is kept as `10.0.0.0/24`. */

import { isIPv4, isIPv6 } from 'node:net'
import { Refusal } from '../../refusal.ts'

export function rangeV4(text: string): string {
  const [, address = '', size = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? []
  const bits = Number(size)
  if (!isIPv4(address) || size === '' || bits > 32) throw malformed(text)
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const first = number - (number % 2 ** (32 - bits))
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${bits}`
}

export function rangeV6(text: string): string {
  const [, address = '', size = ''] = /^([\da-fA-F:.]+)\/(\d{1,3})$/.exec(text) ?? []
  const bits = Number(size)
  if (!isIPv6(address) || size === '' || bits > 128) throw malformed(text)
  const rest = 128n - BigInt(bits)
  const first = (numberOf(address) >> rest) << rest
  const groups = Array.from({ length: 8 }, (_, at) => ((first >> BigInt(112 - at * 16)) & 0xffffn).toString(16))
  return `${canonical(groups.join(':'))}/${bits}`
}

/** URLs have IPv6 addresses in their shortest form. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

function numberOf(address: string): bigint {
  const [head = '', tail] = canonical(address).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...middle, ...right].reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n)
}

function malformed(text: string): Refusal {
  return new Refusal('InvalidParameterValue', `CIDR block ${text} is malformed`)
}
