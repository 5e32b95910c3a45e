/** What a process and its descendants have used, by /proc. */

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds in one tick of /proc/…/stat: a hundred ticks a second, on every Linux there is. */
const TICK = 10_000

interface Stat {
  readonly pid: number
  readonly parent: number
  /** In microseconds: its own time, and that of children it has buried. */
  readonly cpu: number
}

/** Microseconds of CPU so far. */
export function cpuOf(pid: number): number {
  return family(pid).reduce((sum, { cpu }) => sum + cpu, 0)
}

/** MiB, of one process, with what it shares. */
export function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) / 1024
}

/** MiB, of all of them, with what is shared counted once. */
export function memoryOf(pid: number): number {
  const sizes = family(pid).map((one) => {
    const text = read(`/proc/${one.pid}/smaps_rollup`) ?? ''
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
  })
  return sizes.reduce((sum, size) => sum + size, 0) / 1024
}

/** Holds them, and all that they will start, to one core. */
export function pin(pid: number, core: number): void {
  for (const one of family(pid)) {
    try {
      execFileSync('taskset', ['-acp', String(core), String(one.pid)], { stdio: 'ignore' })
    } catch {
      // gone since we looked
    }
  }
}

export function family(pid: number): readonly Stat[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statOf(name) : []))
  const found = all.filter((one) => one.pid === pid)
  for (const elder of found) found.push(...all.filter(({ parent }) => parent === elder.pid))
  return found
}

function statOf(name: string): readonly Stat[] {
  const text = read(`/proc/${name}/stat`)
  if (text === undefined) return []
  // the name of the program may have blanks and brackets in it: what follows the last bracket has none
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return [{ pid: Number(name), parent: Number(fields[1]), cpu: ticks * TICK }]
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
