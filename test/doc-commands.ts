/** The commands of a page: its `sh` blocks in order, each with what the text after it says comes back. */

import { readFileSync } from 'node:fs'

export interface Block {
  /** The page and line, to find it again. */
  readonly at: string
  readonly script: string
  /** `fails`: it must exit with an error. `terminal`: it runs in a terminal of its own until the page is done. */
  readonly kind: 'plain' | 'fails' | 'terminal'
  /** Text that must be in what it prints. */
  readonly says?: string
}

const FENCE = /^```(\w+)(?: (\w+))?\n([\s\S]*?)^```$/gm

export function commandsOf(path: string): readonly Block[] {
  const text = readFileSync(path, 'utf8')
  const fences = [...text.matchAll(FENCE)]
  return fences.flatMap((fence, place) => {
    const [, language, kind = 'plain', script = ''] = fence
    if (language !== 'sh') return []
    if (kind !== 'plain' && kind !== 'fails' && kind !== 'terminal') throw new Error(`${path}: a block is \`${kind}\``)
    const next = fences[place + 1]
    const says = next?.[1] === 'text' ? { says: next[3]?.trim() ?? '' } : {}
    return [{ at: `${path}:${lineOf(text, fence.index)}`, script, kind, ...says }]
  })
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
