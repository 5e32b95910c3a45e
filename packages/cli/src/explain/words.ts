/** Options that stand among the words after `--`, where the command line's own reader leaves them: `-- s3:GetObject * --as x`. */

import { Usage } from '../failure.ts'

export interface Words {
  readonly operands: readonly string[]
  readonly options: ReadonlyMap<string, readonly string[]>
}

/** `valued` options take the word that follows, or what follows their `=`; `flags` take none. */
export function wordsOf(words: readonly string[], valued: readonly string[], flags: readonly string[]): Words {
  const operands: string[] = []
  const options = new Map<string, readonly string[]>()
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('--')) {
      operands.push(word)
      continue
    }
    const [name = '', ...inline] = word.slice(2).split('=')
    const takes = valued.includes(name)
    if (!takes && !flags.includes(name)) throw new Usage(`unknown option \`--${name}\``)
    const value = !takes ? '' : inline.length > 0 ? inline.join('=') : rest.shift()
    if (value === undefined) throw new Usage(`option \`--${name}\` has no value`)
    options.set(name, [...(options.get(name) ?? []), value])
  }
  return { operands, options }
}
