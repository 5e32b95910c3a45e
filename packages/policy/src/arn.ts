/** Amazon Resource Names: `arn:partition:service:region:account:resource`, the last part holding whatever follows. */

import { globMatches } from './pattern.ts'

export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  /** With its own colons and slashes. */
  readonly resource: string
}

export const ARN_SEGMENTS = 6

export function parseArn(text: string): Arn | undefined {
  const segments = splitArn(text)
  if (segments === undefined || segments[0] !== 'arn') return undefined
  const [, partition = '', service = '', region = '', account = '', resource = ''] = segments
  if (partition === '' || service === '' || resource === '') return undefined
  return { partition, service, region, account, resource }
}

/** The six segments, or nothing when there are fewer. */
export function splitArn(text: string): readonly string[] | undefined {
  const segments: string[] = []
  let from = 0
  while (segments.length < ARN_SEGMENTS - 1) {
    const colon = text.indexOf(':', from)
    if (colon === -1) return undefined
    segments.push(text.slice(from, colon))
    from = colon + 1
  }
  segments.push(text.slice(from))
  return segments
}

/** Does `pattern` match the ARN `text`, segment by segment? A `*` does not reach over a colon, except in the last segment. */
export function arnMatches(pattern: string, text: string): boolean {
  const wanted = splitArn(pattern)
  const had = splitArn(text)
  if (wanted === undefined || had === undefined) return false
  return wanted.every((segment, i) => globMatches(segment, had[i] ?? ''))
}
