/** The cases under cases/, read by the law's own reader, and what tests of it share. */

import { readFileSync } from 'node:fs'
import {
  createLibrary,
  readCase,
  type Attached,
  type Bearing,
  type Context,
  type PolicyCase,
  type PolicyKind,
  type Request,
} from '../src/index.ts'

export type { PolicyCase } from '../src/index.ts'

const library = createLibrary()

/** A file under cases/. The caller says what is in it; the tests would fail if it were something else. */
export function readCases<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../../../cases/${path}`, import.meta.url), 'utf8')) as T
}

export function policyCases(path: string): readonly PolicyCase[] {
  return readCases<{ readonly cases: readonly PolicyCase[] }>(path).cases
}

/** Compiled when a test first asks for it, so that `npm run mutate` sees which test did. */
export function attached(policy: object, kind: PolicyKind, names: Omit<Attached, 'policy'> = {}): Attached {
  return {
    ...names,
    get policy() {
      return library.policyFor(JSON.stringify(policy), kind)
    },
  }
}

export function contextOf(context: PolicyCase['request']['context']): Context {
  return new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]))
}

export function requestOf(given: PolicyCase): Request {
  return readCase(given, library).request
}

export function bearingOf(given: PolicyCase): Bearing {
  return readCase(given, library).bearing
}
