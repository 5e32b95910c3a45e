/**
 * What functions' processes use, looked at while they run. A process that leaves its parent is taken over by the first one
 * of its namespace, so all that a function started is found below the process that we started.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** How often, in milliseconds. */
const EVERY = 100

/** What is watched: a process and all below it, with what they may use. */
export interface Watched {
  readonly pid: number
  /** MiB. */
  readonly memory: number
  /** A folder that must not grow past `storage` MiB, where nothing else bounds it. */
  readonly temporary?: { readonly folder: string; readonly storage: number } | undefined
  /** Told what they use, in MiB. */
  used(mib: number): void
  over(what: 'memory' | 'storage'): void
}

const MIB = 1024 * 1024

export class Processes {
  readonly #watched = new Set<Watched>()
  #timer: NodeJS.Timeout | undefined

  watch(it: Watched): () => void {
    this.#watched.add(it)
    this.#timer ??= setInterval(() => this.#look(), EVERY).unref()
    return () => {
      this.#watched.delete(it)
      if (this.#watched.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #look(): void {
    const children = childrenByParent()
    for (const it of this.#watched) {
      const { own, shown } = memoryOf(treeOf(it.pid, children))
      it.used(Math.ceil(shown / MIB))
      if (own > it.memory * MIB) it.over('memory')
      else if (it.temporary !== undefined && sizeOf(it.temporary.folder) > it.temporary.storage * MIB)
        it.over('storage')
    }
  }
}

/** The process and all below it. Where the system tells nothing of processes, the process alone. */
export function familyOf(pid: number): readonly number[] {
  return treeOf(pid, childrenByParent())
}

/** MiB that a process and all below it use. */
export function usedBy(pid: number): number {
  return Math.ceil(memoryOf(familyOf(pid)).shown / MIB)
}

function treeOf(pid: number, children: ReadonlyMap<number, readonly number[]>): readonly number[] {
  return [pid, ...(children.get(pid) ?? []).flatMap((child) => treeOf(child, children))]
}

function childrenByParent(): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>()
  for (const name of numbered('/proc')) {
    // After the name, which may hold anything, in parentheses: the state, then the parent.
    const parent = Number(/^.*\) \S (\d+)/s.exec(read(`/proc/${name}/stat`))?.[1] ?? 0)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [Number(name)])
    else siblings.push(Number(name))
  }
  return children
}

/** Bytes: `own` is what nobody else shares, which is what the limit is about; `shown` has the pages of files too. */
function memoryOf(pids: readonly number[]): { readonly own: number; readonly shown: number } {
  let own = 0
  let files = 0
  for (const pid of pids) {
    const status = read(`/proc/${pid}/status`)
    own += kib(status, 'RssAnon') + kib(status, 'RssShmem')
    files += kib(status, 'RssFile')
  }
  return { own, shown: own + files }
}

function kib(status: string, name: string): number {
  return Number(new RegExp(String.raw`^${name}:\s+(\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024
}

function numbered(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

/** A process may end while it is looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

function sizeOf(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size, 0)
  } catch {
    return 0
  }
}
