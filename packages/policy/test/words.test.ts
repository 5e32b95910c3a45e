/** Every word that a decision is told in, over cases of every kind, against a golden file. */

import { expect, test } from 'vitest'
import { authorizationMessage, decide, denial, explained, tree } from '../src/index.ts'
import { bearingOf, policyCases, requestOf } from './cases.ts'

/** The first of each kind and verdict: `cross-account-…` allowed, denied, … */
const seen = new Map<string, number>()
const told = policyCases('decisions/doc-semantics.json').filter(({ id, expected }) => {
  const kind = `${id.replace(/-?\d+.*$/, '')} ${expected}`
  seen.set(kind, (seen.get(kind) ?? 0) + 1)
  return (seen.get(kind) ?? 0) <= 2
})

test('a decision is told in the words of the golden file', async () => {
  const text = told.map((one) => {
    const decision = decide(requestOf(one), bearingOf(one))
    return [
      `# ${one.id}: ${one.description}`,
      tree(decision),
      denial(decision, { disclose: true }),
      denial(decision, { disclose: false }),
      JSON.stringify(authorizationMessage(decision)),
      JSON.stringify(explained(decision)),
      '',
    ].join('\n')
  })
  await expect(text.join('\n')).toMatchFileSnapshot('golden/words.txt')
})
