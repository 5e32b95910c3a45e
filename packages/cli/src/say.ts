/** What people read: lines on a stream, with colours where it is a terminal and nobody has said NO_COLOR. */

import { styleText } from 'node:util'

export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}

export function warn(text: string): void {
  process.stderr.write(`sallyport: ${text}\n`)
}

/** `styleText` looks at the stream and at NO_COLOR by itself. */
export const bold = (text: string): string => styleText('bold', text)
export const dim = (text: string): string => styleText('dim', text)
export const green = (text: string): string => styleText('green', text)
export const red = (text: string): string => styleText('red', text)
export const cyan = (text: string): string => styleText('cyan', text)

/** Rows with their columns aligned, two spaces between them. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Words in lines of at most `width`: the first begun with `first`, all others with `rest`. */
export function wrap(text: string, width: number, first: string, rest: string): string {
  const lines: string[] = []
  let line = first
  for (const [at, word] of text.split(' ').entries()) {
    const longer = at === 0 ? first + word : `${line} ${word}`
    if (at === 0 || longer.length <= width) line = longer
    else {
      lines.push(line)
      line = rest + word
    }
  }
  return [...lines, line].join('\n')
}
