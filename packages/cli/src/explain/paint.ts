/** The tree of a decision in colours: what it came to, which layers stand in the way, and what would help. */

import { bold, cyan, dim, green, red } from '../say.ts'

type Paint = (line: string) => string

/** The first row that knows the line's beginning paints it. */
const PAINTS: readonly (readonly [RegExp, Paint])[] = [
  [/^DENIED/, (line) => bold(red(line))],
  [/^ALLOWED/, (line) => bold(green(line))],
  [/^ {2}to allow it:/, (line) => bold(cyan(line))],
  [/^ {2}(?:account|on the way)/, bold],
  [/^ {4}✗/, red],
  [/^ {4}✓/, green],
  [/^ {4}·/, dim],
  [/^ {8}spoke/, dim],
]

export function paint(tree: string): string {
  return tree.split('\n').map(painted).join('\n')
}

function painted(line: string): string {
  return PAINTS.find(([mark]) => mark.test(line))?.[1](line) ?? line
}
