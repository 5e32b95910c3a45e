/** The tables of docs/performance.md, each between the comments that bear its name. */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

const PAGE = new URL('../../docs/performance.md', import.meta.url)

/** When, on what and how a table was measured. */
export function measuredWith(how: string): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim()
  const day = new Date().toISOString().slice(0, 10)
  return `Measured on ${day} at ${commit} with Node ${process.version}, ${cpus()[0]?.model.trim() ?? ''}, ${how}.`
}

/** Puts `text` where the page says `<!-- name -->` … `<!-- /name -->`. */
export function write(name: string, text: string): void {
  const before = readFileSync(PAGE, 'utf8')
  const [head, tail] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [before.indexOf(head), before.indexOf(tail)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for \`${name}\``)
  writeFileSync(PAGE, `${before.slice(0, from)}${head}\n\n${text}\n\n${before.slice(to)}`)
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(row)].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
