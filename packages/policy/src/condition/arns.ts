/** ARN patterns with variables, compiled segment by segment. */

import { ARN_SEGMENTS } from '../arn.ts'
import { constant, isVariable, template, type Part } from './variables.ts'
import { ANY, globOf, literalOf, matchGlob, type Glob } from '../pattern.ts'
import type { Context } from '../request.ts'

/** A glob known beforehand, or one that a request fills in. */
type Segment = { readonly glob: Glob } | { readonly filled: (context: Context) => Glob | undefined }

export interface ArnPattern {
  /** At most six. */
  readonly segments: readonly Segment[]
  /** How many of the first five segments are plain text, and that text with its colons. */
  readonly plain: number
  readonly head: string
  /** Fewer than six were written. */
  readonly short: boolean
  /** A variable stands before the fifth colon. */
  readonly variableEarly: boolean
}

export function arnPattern(parts: readonly Part[]): ArnPattern {
  const written = split(parts)
  const segments = written.map(segmentOf)
  const texts = plainTexts(segments)
  return {
    segments,
    plain: texts.length,
    head: texts.map((text) => `${text}:`).join(''),
    short: written.length < ARN_SEGMENTS,
    variableEarly: written.slice(0, ARN_SEGMENTS - 1).some((segment) => segment.some(isVariable)),
  }
}

/**
 * Segments that were not written match anything: whoever calls decides whether a short pattern counts at all. A text of
 * fewer than six segments is no ARN and matches nothing.
 */
export function matchArn(pattern: ArnPattern, arn: string, context: Context): boolean {
  const { segments, head } = pattern
  if (!arn.startsWith(head)) return false
  let from = head.length
  for (let i = pattern.plain; i < ARN_SEGMENTS - 1; i++) {
    const colon = arn.indexOf(':', from)
    if (colon === -1 || !matchGlob(globIn(segments[i], context), arn, from, colon)) return false
    from = colon + 1
  }
  return matchGlob(globIn(segments[ARN_SEGMENTS - 1], context), arn, from)
}

const ANYTHING = globOf([ANY])
const NOTHING: Glob = []

function globIn(segment: Segment | undefined, context: Context): Glob {
  if (segment === undefined) return ANYTHING
  return 'glob' in segment ? segment.glob : (segment.filled(context) ?? NOTHING)
}

function segmentOf(parts: readonly Part[]): Segment {
  const pieces = constant(parts)
  return pieces === undefined ? { filled: template(parts, globOf) } : { glob: globOf(pieces) }
}

function plainTexts(segments: readonly Segment[]): readonly string[] {
  const texts: string[] = []
  for (const segment of segments.slice(0, ARN_SEGMENTS - 1)) {
    const text = 'glob' in segment ? literalOf(segment.glob) : undefined
    if (text === undefined) break
    texts.push(text)
  }
  return texts
}

/** Colons inside a variable do not separate, nor do those after the fifth. */
function split(parts: readonly Part[]): readonly (readonly Part[])[] {
  let current: Part[] = []
  const segments: Part[][] = [current]
  for (const part of parts) {
    if (typeof part !== 'string') {
      current.push(part)
      continue
    }
    let rest: string = part
    while (segments.length < ARN_SEGMENTS) {
      const colon = rest.indexOf(':')
      if (colon === -1) break
      current.push(rest.slice(0, colon))
      rest = rest.slice(colon + 1)
      current = []
      segments.push(current)
    }
    if (rest !== '') current.push(rest)
  }
  return segments
}
