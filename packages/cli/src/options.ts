/** Readers of options that several verbs have. */

import { Option } from 'commander'
import { Usage } from './failure.ts'
import { DEFAULT_FOLDER } from './folder.ts'
import { storeUrl } from './state.ts'

const DATA = 'SALLYPORT_DATA'

export function dataOption(): Option {
  return new Option('--data <folder>', 'the data folder of the server').default(DEFAULT_FOLDER).env(DATA)
}

/** As `dataOption`, where it matters whether it was given. */
export function dataIfGiven(): Option {
  return new Option('--data <folder>', `the data folder of the server (default: "${DEFAULT_FOLDER}")`).env(DATA)
}

export function storeOption(): Option {
  return new Option(
    '--store <url>',
    'a PostgreSQL for the state, as postgres://user@host/name (default: the data folder)',
  )
    .argParser(storeUrl)
    .env('SALLYPORT_STORE')
}

export function keyFileOption(): Option {
  return new Option('--key-file <file>', 'the master key (default: beside the data folder)')
}

export function port(option: string): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d{1,5}$/.test(text) && number <= 65_535) return number
    throw new Usage(`\`${text}\` is no port for \`${option}\`: give a number from 0 to 65535`)
  }
}

/** An integer within bounds, both of them allowed. */
export function integer(option: string, from: number, to: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^-?\d{1,16}$/.test(text) && number >= from && number <= to) return number
    throw new Usage(`\`${text}\` is no number for \`${option}\`: give an integer from ${from} to ${to}`)
  }
}

/** A whole number, of `least` at the smallest. */
export function count(option: string, least = 1): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d{1,9}$/.test(text) && number >= least) return number
    throw new Usage(`\`${text}\` is no number for \`${option}\`: give ${least} or more`)
  }
}

/** Less than this has no room for a signature. */
const HEAD = 1024

export function bytes(option: string): (text: string) => number {
  return count(option, HEAD)
}

const DAY = 86_400

/** Seconds, which may have a fraction. */
export function seconds(option: string): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d{1,5}(\.\d{1,3})?$/.test(text) && number > 0 && number <= DAY) return number
    throw new Usage(`\`${text}\` is no time for \`${option}\`: give seconds, ${DAY} at the most`)
  }
}

export function region(text: string): string {
  if (/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(text)) return text
  throw new Usage(`\`${text}\` is no region: give one such as \`eu-central-1\``)
}
