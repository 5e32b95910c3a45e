/** AWS's patterns are Java's; this makes them JavaScript's, whole-text, once each, and refuses those that could run away. */

const compiled = new Map<string, RegExp | undefined>()

/** The pattern as an expression over the whole text; undefined where JavaScript cannot say it or it may backtrack for ever. */
export function patternOf(pattern: string): RegExp | undefined {
  if (!compiled.has(pattern)) compiled.set(pattern, runsAway(pattern) ? undefined : compile(pattern))
  return compiled.get(pattern)
}

/** Java's POSIX classes have other names, or none, in JavaScript. */
const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/\\p\{Alnum\}/g, 'a-zA-Z0-9'],
  [/\\p\{Alpha\}/g, 'a-zA-Z'],
  [/\\p\{Digit\}/g, '0-9'],
  [/\\p\{Lower\}/g, 'a-z'],
  [/\\p\{Upper\}/g, 'A-Z'],
  [/\\p\{Punct\}/g, '!-/:-@\\[-`{-~'],
  [/\\p\{Graph\}/g, '!-~'],
  [/\\p\{Print\}/g, ' -~'],
  [/\\p\{ASCII\}/g, '\\x00-\\x7f'],
  [/\\p\{Space\}/g, '\\s'],
]

function compile(pattern: string): RegExp | undefined {
  const [inline = '', letters = ''] = /^\(\?([is]+)\)/.exec(pattern) ?? []
  const plain = CLASSES.reduce((text, [java, js]) => text.replace(java, js), pattern.slice(inline.length))
  // With `u`, JavaScript wants no escape where none is needed; without it, it reads `\p{L}` as p, L and braces.
  const strict = plain.replace(/\\(.)/g, (pair, one: string) => (/[_@:%&~#,=<>!"'; ]/.test(one) ? one : pair))
  return attempt(strict, `u${letters}`) ?? (/\\[pP]\{/.test(plain) ? undefined : attempt(plain, letters))
}

function attempt(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, flags)
  } catch {
    return undefined
  }
}

/** A repeated group that itself begins with or consists of something repeated: `(a+)+`, `(a*b*)*`. */
export function runsAway(pattern: string): boolean {
  const bare = pattern.replace(/\\./g, 'e').replace(/\[(?:\[[^\]]*\]|[^\]])*\]/g, 'c')
  let text = bare
  for (let round = 0; round < 20; round += 1) {
    const inner = /\(([^()]*)\)(\{\d+,?\d*\}|[*+?])?/.exec(text)
    if (!inner) return false
    const [whole, body = '', times = ''] = inner
    const many = /[*+]|\{\d+,\}/.test(times) || Number(/\{\d*,?(\d+)\}/.exec(times)?.[1] ?? 0) > 9
    const loose = body.replace(/^\?(?:[:=!]|<[=!])/, '')
    if (many && loose.split('|').some((branch) => /^.(?:[*+]|\{\d+,\d*\})$/.test(branch) || allLoose(branch)))
      return true
    text = text.replace(whole, /[*+]|\{\d+,\}/.test(body) ? 'l*' : 'g')
  }
  return false
}

/** A branch in which everything is repeated or optional has no fixed point at which two readings must agree. */
function allLoose(branch: string): boolean {
  return branch !== '' && branch.replace(/.(?:[*+?]|\{\d+,\d*\})\??/g, '') === '' && /[*+]|,\}/.test(branch)
}
