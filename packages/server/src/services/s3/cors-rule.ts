/** Which of a bucket's rules lets a page of another origin in, and what the browser is told by it. S3 User Guide ManageCorsUsing. */

import type { CorsRules } from './cors.ts'

/** What a browser asks for, before a call or with it. */
export interface CrossOrigin {
  readonly origin: string
  readonly method: string
  /** Headers that the page would send; a browser names them before the call alone. */
  readonly headers: readonly string[]
}

type Headers = Readonly<Record<string, string>>

/** The headers of the first rule that fits, or nothing where none does. */
export function crossOriginHeaders(rules: CorsRules, asked: CrossOrigin): Headers | undefined {
  const { origin, method, headers } = asked
  for (const { AllowedOrigins = [], AllowedMethods = [], AllowedHeaders = [], ExposeHeaders = [], ...rest } of rules) {
    const allowed = AllowedOrigins.find((pattern) => fits(pattern, origin))
    if (allowed === undefined || !AllowedMethods.includes(method)) continue
    if (!headers.every((name) => AllowedHeaders.some((pattern) => fits(pattern.toLowerCase(), name)))) continue
    return {
      'access-control-allow-origin': allowed === '*' ? '*' : origin,
      'access-control-allow-methods': AllowedMethods.join(', '),
      ...(headers.length === 0 ? {} : { 'access-control-allow-headers': headers.join(', ') }),
      ...(ExposeHeaders.length === 0 ? {} : { 'access-control-expose-headers': ExposeHeaders.join(', ') }),
      ...(rest.MaxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(rest.MaxAgeSeconds) }),
      ...(allowed === '*' ? {} : { 'access-control-allow-credentials': 'true' }),
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    }
  }
  return undefined
}

/** One `*` stands for any text. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === text
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}
