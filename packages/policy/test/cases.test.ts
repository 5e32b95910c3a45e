/** Every case of cases/decisions and cases/conditions, asked of decide(). */

import { describe, expect, test } from 'vitest'
import { decide } from '../src/index.ts'
import { bearingOf, policyCases, readCases, requestOf, type PolicyCase } from './cases.ts'

interface Deviation {
  readonly operation: string
  readonly what: string
  readonly why: string
}

const deviations = readCases<readonly Deviation[]>('deviations.json')

describe.each(['decisions/doc-semantics.json', 'decisions/found-by-duel.json', 'conditions/generated-operators.json'])(
  '%s',
  (path) => {
    const cases = policyCases(path)

    test('holds cases', () => {
      expect(cases.length).toBeGreaterThan(0)
    })

    test.each(cases.map((one) => [one.id, one.description, one] as const))('%s: %s', (_id, _description, one) => {
      expect(verdict(one)).toBe(one.expected)
    })
  },
)

test('every deviation says what and why', () => {
  for (const { operation, what, why } of deviations)
    expect([operation, what, why].every((text) => text !== '')).toBe(true)
})

function verdict(one: PolicyCase): PolicyCase['expected'] {
  const { reason } = decide(requestOf(one), bearingOf(one))
  if (reason.code === 'ExplicitDeny' || reason.code === 'ImplicitDeny') return reason.code
  return 'Allowed'
}
