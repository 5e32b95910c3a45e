/** A section of the user's config file: its text, and its place in the file, of which nothing else is touched. */

import { chmodSync, mkdirSync, readlinkSync, realpathSync, rmSync, renameSync, statSync, type Stats } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Failure, isSystemError, Usage } from '../failure.ts'
import { syncFolder, writeSynced } from '../files.ts'
import { profileNamed, textOf } from './files.ts'
import { readIni, type Section } from './ini.ts'

export type Lines = readonly (readonly [name: string, value: string])[]

export function headerOf(profile: string): string {
  if (profile === 'default') return '[default]'
  return `[profile ${/\s/.test(profile) ? `"${profile}"` : profile}]`
}

export function sectionText(profile: string, lines: Lines): string {
  return [headerOf(profile), ...lines.map(([name, value]) => `${name} = ${value}`)].join('\n') + '\n'
}

export interface Written {
  readonly done: 'added' | 'replaced' | 'there already'
  readonly text: string
}

/** `text` with the section in it. `before` is read byte by byte, and goes back as it was. */
export function withSection(before: string, profile: string, lines: Lines, replacing: boolean): Written {
  const mark = /\r\n/.test(before) ? '\r\n' : '\n'
  const text = Buffer.from(sectionText(profile, lines).replaceAll('\n', mark)).toString('latin1')
  const { sections } = readIni(before)
  const [there, ...again] = sections.filter(({ header }) => profileNamed(fromBytes(header)) === profile)
  if (there === undefined) return { done: 'added', text: before + gap(before, mark) + text }
  if (again.length > 0) throw new Failure(`${headerOf(profile)} stands in the file more than once: leave one of them`)
  if (isSame(there, lines)) return { done: 'there already', text: before }
  if (!replacing) {
    throw new Failure(
      `${headerOf(profile)} is in the file already and says something else: \`--replace\` puts this in its place`,
    )
  }
  const all = before.split(/(?<=\n|\r(?!\n))/)
  return { done: 'replaced', text: [...all.slice(0, there.from), text, ...all.slice(there.to)].join('') }
}

/** An empty line between what is there and what comes. */
function gap(before: string, mark: string): string {
  if (before === '') return ''
  if (!/[\r\n]$/.test(before)) return mark + mark
  return before
    .split(/\r\n|\r|\n/)
    .at(-2)
    ?.trim() === ''
    ? ''
    : mark
}

function isSame({ values }: Section, lines: Lines): boolean {
  return values.size === lines.length && lines.every(([name, value]) => fromBytes(values.get(name) ?? '') === value)
}

function fromBytes(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}

export function writeSection(file: string, profile: string, lines: Lines, replacing: boolean): Written['done'] {
  const place = targetOf(file)
  const stats = statsOf(place)
  if (stats !== undefined && !stats.isFile())
    throw new Usage(`\`${file}\` is no file that can be written: AWS_CONFIG_FILE names another`)
  const { done, text } = withSection(textOf(place, 'latin1') ?? '', profile, lines, replacing)
  if (done === 'there already') return done
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 })
    put(place, text, (stats?.mode ?? 0o600) & 0o7777)
  } catch (error) {
    if (isSystemError(error)) throw new Failure(`\`${file}\` cannot be written: ${error.message}`)
    throw error
  }
  return done
}

/** Readers see the old file or the new one. Its mode is what it was, whatever new files of this user have. */
function put(place: string, text: string, mode: number): void {
  const aside = `${place}.${process.pid}`
  try {
    writeSynced(aside, Buffer.from(text, 'latin1'), mode)
    chmodSync(aside, mode)
    renameSync(aside, place)
  } catch (error) {
    rmSync(aside, { force: true })
    throw error
  }
  syncFolder(dirname(place))
}

/** The file itself where a link stands for it, even one that leads to nothing yet. */
function targetOf(file: string): string {
  try {
    return realpathSync(file)
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error
  }
  try {
    return resolve(dirname(file), readlinkSync(file))
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'EINVAL', 'ENOTDIR')) return resolve(file)
    throw error
  }
}

function statsOf(file: string): Stats | undefined {
  try {
    return statSync(file)
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
