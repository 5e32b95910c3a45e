/** The second opinion is asked every written case too: it must be right before it may contradict. */

import { describe, expect, test } from 'vitest'
import { policyCases } from './cases.ts'
import { evaluate } from './reference/evaluate.ts'

describe.each(['decisions/doc-semantics.json', 'decisions/found-by-duel.json', 'conditions/generated-operators.json'])(
  'the reference, asked %s',
  (path) => {
    test.each(policyCases(path).map((one) => [one.id, one.description, one] as const))('%s: %s', (_id, _what, one) => {
      expect(evaluate(one).verdict).toBe(one.expected)
    })
  },
)
