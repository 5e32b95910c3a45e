/** What every operation asks, side by side with AWS's service authorisation reference; docs/reference/questions.md shows it. */

import { expect, test } from 'vitest'
import { SERVICES } from '../src/services/index.ts'
import { DIFFERENCES } from './questions/differences.ts'
import { allAsked } from './questions/stories.ts'
import { weigh } from './questions/weigh.ts'

const BUILT = [...SERVICES.values()].flatMap(({ name, operations }) =>
  [...operations.keys()].map((operation) => `${name}:${operation}`),
)

test('every operation that is built is in a story', async () => {
  const told = new Set<string>((await allAsked()).map(({ operation }) => operation))
  expect(BUILT.filter((name) => !told.has(name))).toEqual([])
})

test('every call asks something', async () => {
  const silent = (await allAsked()).filter(({ requests }) => requests.length === 0)
  expect(silent.map(({ operation }) => operation)).toEqual([])
})

test('what is asked is what the reference has, or a row says why not', async () => {
  const { differences } = await weigh(await allAsked())
  expect(differences.toSorted()).toEqual(Object.keys(DIFFERENCES).toSorted())
})
