/** ARN patterns with variables, compiled segment by segment. */

import { ARN_SEGMENTS } from '../arn.ts'
import { constant, fill, isVariable, type Part } from './variables.ts'
import { globOf, matchGlob, type Glob } from '../pattern.ts'
import type { Context } from '../request.ts'

/** A glob known beforehand, or the parts of one that a request fills in. */
type Segment = { readonly glob: Glob } | { readonly parts: readonly Part[] }

export interface ArnPattern {
  /** At most six. */
  readonly segments: readonly Segment[]
  /** Fewer than six were written. */
  readonly short: boolean
  /** A variable stands before the fifth colon. */
  readonly variableEarly: boolean
}

export function arnPattern(parts: readonly Part[]): ArnPattern {
  const segments = split(parts)
  return {
    segments: segments.map(segmentOf),
    short: segments.length < ARN_SEGMENTS,
    variableEarly: segments.slice(0, ARN_SEGMENTS - 1).some((segment) => segment.some(isVariable)),
  }
}

/** Segments that were not written match anything: whoever calls decides whether a short pattern counts at all. */
export function matchArn(pattern: ArnPattern, arn: readonly string[], context: Context): boolean {
  return pattern.segments.every((segment, i) => matchSegment(segment, arn[i] ?? '', context))
}

function matchSegment(segment: Segment, text: string, context: Context): boolean {
  if ('glob' in segment) return matchGlob(segment.glob, text)
  const pieces = fill(segment.parts, context)
  return pieces !== undefined && matchGlob(globOf(pieces), text)
}

function segmentOf(parts: readonly Part[]): Segment {
  const pieces = constant(parts)
  return pieces === undefined ? { parts } : { glob: globOf(pieces) }
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
