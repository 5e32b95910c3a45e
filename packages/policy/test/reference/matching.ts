/**
 * How texts, actions and resources match, as IAM's guide tells it: plain, slow, and with nothing of the engine's.
 * (UG reference_policies_elements_action, _resource, _variables)
 */

/** A letter of a pattern: itself, or a wildcard. What a variable or an escape puts in is always itself. */
export type Letter = { readonly is: string } | 'one' | 'any'

export type Values = ReadonlyMap<string, string | readonly string[]>

/** `cell[i][j]`: do the first `i` letters match the first `j` characters? Filled row by row. */
export function matches(pattern: readonly Letter[], text: string): boolean {
  let row: readonly boolean[] = Array.from({ length: text.length + 1 }, (_, j) => j === 0)
  for (const letter of pattern) {
    const next: boolean[] = [letter === 'any' && row[0] === true]
    for (let j = 1; j <= text.length; j++) {
      if (letter === 'any') next.push(row[j] === true || next[j - 1] === true)
      else next.push(row[j - 1] === true && (letter === 'one' || letter.is === text[j - 1]))
    }
    row = next
  }
  return row[text.length] === true
}

/** Every character itself. */
export function literal(text: string): readonly Letter[] {
  return text.split('').map((is) => ({ is }))
}

/** `*` and `?` are wildcards. */
export function wild(text: string): readonly Letter[] {
  return text.split('').map((is) => (is === '*' ? 'any' : is === '?' ? 'one' : { is }))
}

export function actionMatches(pattern: string, action: string): boolean {
  if (pattern === '*') return true
  const [service, name] = pattern.split(':')
  if (service === undefined || name === undefined || name === '') return false
  return matches(wild(pattern.toLowerCase()), action.toLowerCase())
}

export interface Reading {
  /** Version 2012-10-17. */
  readonly variables: boolean
  readonly values: Values
}

/**
 * The letters of a text after its variables are replaced, or `unresolved`.
 * `${*}`, `${?}` and `${$}` are the characters themselves; a value or a default that is put in holds no wildcards.
 */
export function substitute(
  text: string,
  { variables, values }: Reading,
  plain = wild,
): readonly Letter[] | 'unresolved' {
  if (!variables) return plain(text)
  const letters: Letter[] = []
  let rest = text
  for (;;) {
    const found = /\$\{([^}]*)\}/.exec(rest)
    if (found === null) return [...letters, ...plain(rest)]
    const value = variableValue(found[1] ?? '', values)
    if (value === undefined) return 'unresolved'
    letters.push(...plain(rest.slice(0, found.index)), ...literal(value))
    rest = rest.slice(found.index + found[0].length)
  }
}

/** Keys that the guide calls multivalued: they cannot be variables. */
const MULTIVALUED = new Set(
  'aws:calledvia aws:principalorgpaths aws:principalservicenameslist aws:resourceorgpaths aws:sourceorgpaths aws:tagkeys aws:vpceorgpaths'.split(
    ' ',
  ),
)

function variableValue(inside: string, values: Values): string | undefined {
  if (['*', '?', '$'].includes(inside)) return inside
  const [, name = '', fallback] = /^([^,]+)(?:, '(.*)')?$/.exec(inside) ?? []
  if (name === '') return undefined
  const key = name.toLowerCase()
  const value = MULTIVALUED.has(key) ? undefined : values.get(key)
  return typeof value === 'string' ? value : fallback
}

/** The colons that separate: the first five, those within a variable left out. */
export function segmentsOf(arn: string, variables: boolean): readonly string[] {
  const segments = ['']
  let inVariable = false
  for (let i = 0; i < arn.length; i++) {
    if (variables && arn.startsWith('${', i) && arn.includes('}', i)) inVariable = true
    if (arn[i] === ':' && !inVariable && segments.length < 6) segments.push('')
    else segments[segments.length - 1] += arn[i] ?? ''
    if (arn[i] === '}') inVariable = false
  }
  return segments
}

/** Segment by segment; where the pattern has fewer, `rest` says whether what it leaves open matches. */
export function arnMatches(pattern: string, arn: string, reading: Reading, rest: boolean): boolean {
  const had = segmentsOf(arn, false)
  const wanted = segmentsOf(pattern, reading.variables)
  if (had.length < 6 || (wanted.length < 6 && !rest)) return false
  return wanted.every((segment, i) => {
    const letters = substitute(segment, reading)
    return letters !== 'unresolved' && matches(letters, had[i] ?? '')
  })
}

/** Is there a variable, other than the three escapes, in this text? */
export function hasVariable(text: string, variables: boolean): boolean {
  return variables && [...text.matchAll(/\$\{([^}]*)\}/g)].some(([, inside = '']) => !['*', '?', '$'].includes(inside))
}

export type Kind = 'identity' | 'boundary' | 'session' | 'resource' | 'trust' | 'scp' | 'rcp' | 'endpoint'

/** One entry of Resource or NotResource against the resource of the request, which is an ARN or `*`. */
export function resourceMatches(pattern: string, resource: string, kind: Kind, reading: Reading): boolean {
  if (pattern === '*') return true
  const segments = segmentsOf(pattern, reading.variables)
  // Variables stand in the last segment of an ARN only.
  if (segments.slice(0, 5).some((segment) => hasVariable(segment, reading.variables))) return false
  return arnMatches(pattern, resource, reading, shortCounts(pattern, kind))
}

/** [I] fact 65: fewer than six segments. */
function shortCounts(pattern: string, kind: Kind): boolean {
  if (kind === 'identity' || kind === 'boundary' || kind === 'session') return true
  if (kind === 'scp') return pattern.endsWith('*')
  return kind !== 'rcp' && pattern.includes('*')
}
