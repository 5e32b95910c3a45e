/** A fixed share of a core for a process, by the control groups of Linux, of either generation. */

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'

/** Microseconds. Short, so that whoever is held back does not wait long. */
const PERIOD = 20_000

const FIRST = '/sys/fs/cgroup/cpu'
const SECOND = '/sys/fs/cgroup'

/** Why nobody can be limited here; `undefined` where they can. */
export function hindrance(): string | undefined {
  if (process.getuid?.() !== 0) return 'control groups want root'
  try {
    const { folder, set } = groupAt('sallyport-probe')
    set(0.5)
    rmdirSync(folder)
    return undefined
  } catch (error) {
    return `no control group can be made here (${String(error)})`
  }
}

/** Gives the process, and what it starts from now on, so much of one core. The answer takes the limit away, once it is gone. */
export function limit(pid: number, share: number): () => void {
  const { folder, set } = groupAt(`sallyport-${pid}`)
  set(share)
  writeFileSync(`${folder}/cgroup.procs`, String(pid))
  return () => rmdirSync(folder)
}

function groupAt(name: string): { folder: string; set(share: number): void } {
  const isFirst = existsSync(`${FIRST}/cpu.cfs_quota_us`) || existsSync(`${FIRST}/tasks`)
  const folder = `${isFirst ? FIRST : SECOND}/${name}`
  if (!isFirst && !readFileSync(`${SECOND}/cgroup.subtree_control`, 'utf8').split(/\s/).includes('cpu'))
    writeFileSync(`${SECOND}/cgroup.subtree_control`, '+cpu')
  mkdirSync(folder)
  return {
    folder,
    set(share) {
      const quota = String(Math.round(PERIOD * share))
      if (!isFirst) return writeFileSync(`${folder}/cpu.max`, `${quota} ${PERIOD}`)
      writeFileSync(`${folder}/cpu.cfs_period_us`, String(PERIOD))
      writeFileSync(`${folder}/cpu.cfs_quota_us`, quota)
    },
  }
}
