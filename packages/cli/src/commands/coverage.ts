/** `sallyport coverage`: which operations are built, of how many that there are. */

import type { CoverageRow } from '@sallyport/server'
import { Command, Option } from 'commander'
import { bold, columns, say, wrap } from '../say.ts'

const WIDTH = 100

export function coverage(): Command {
  return new Command('coverage')
    .description('list the AWS operations that are built')
    .addOption(new Option('--json', 'print JSON, with the names of those that are not built too').conflicts('markdown'))
    .option('--markdown', 'print a table for a page')
    .action(async ({ json, markdown }: { json?: true; markdown?: true }) => {
      const { coverage: measure } = await import('@sallyport/server')
      const rows = measure()
      if (json === true) say(JSON.stringify(rows))
      else say(markdown === true ? forPages(rows) : forPeople(rows))
    })
}

function forPeople(rows: readonly CoverageRow[]): string {
  const cells = rows.map(({ service, built, operations }) => [
    service,
    String(built.length).padStart(5),
    String(operations.length).padStart(5),
  ])
  const [head = '', ...lines] = columns([['service', 'built', '   of'], ...cells])
  const indent = ' '.repeat(head.length + 2)
  const full = lines.map((line, at) => {
    const names = rows[at]?.built.join(' ') ?? ''
    return names === '' ? line : wrap(names, WIDTH, `${line.padEnd(head.length)}  `, indent)
  })
  return [bold(`${head}  operations`), ...full, bold(total(rows, head.length))].join('\n')
}

function total(rows: readonly CoverageRow[], width: number): string {
  const sum = (of: (row: CoverageRow) => number): string =>
    String(rows.reduce((all, row) => all + of(row), 0)).padStart(5)
  const numbers = `${sum(({ built }) => built.length)}  ${sum(({ operations }) => operations.length)}`
  return `total${numbers.padStart(width - 'total'.length)}`
}

function forPages(rows: readonly CoverageRow[]): string {
  const lines = rows.map(
    ({ service, built, operations }) => `| ${service} | ${built.length} | ${operations.length} | ${built.join(' ')} |`,
  )
  return ['| service | built | of | operations |', '|---|--:|--:|---|', ...lines].join('\n')
}
