/** What every operation asks, side by side with AWS's service authorisation reference; docs/reference/questions.md shows it. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SERVICES } from '../src/services/index.ts'
import { DIFFERENCES } from './questions/differences.ts'
import { OVER_TLS } from './questions/page.ts'
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

/** As the code spells condition keys: `'ec2:InstanceType'`. What stands before the `{` of a family is none by itself. */
const QUOTED = /'([a-z0-9]+:[\w-]+)'/g
const SERVICES_FOLDER = join(import.meta.dirname, '../src/services')

/** Named, and in no story. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  [OVER_TLS]: 'calls of the stories come over plain HTTP',
  'lambda:eventsourcetoken': 'AddPermission writes it into a policy; a token comes with Alexa’s calls alone',
  'lambda:invokedviafunctionurl': 'AddPermission writes it into a policy; there are no function URLs',
}

test('every condition key that the code names is given in a story', async () => {
  const files = readdirSync(SERVICES_FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  const text = files.map((path) => readFileSync(join(SERVICES_FOLDER, path), 'utf8')).join('\n')
  const named = new Set([...text.matchAll(QUOTED)].map(([, key = '']) => key.toLowerCase()))
  const { lines } = await weigh(await allAsked())
  const given = new Set(lines.flatMap((line) => line.given.map((key) => key.toLowerCase())))
  const missing = new Set(lines.flatMap((line) => line.missing.map((key) => key.toLowerCase())))
  const untold = [...missing].filter((key) => named.has(key) && !given.has(key))
  expect(untold.toSorted()).toEqual(Object.keys(ELSEWHERE).toSorted())
})

test('what is asked is what the reference has, or a row says why not', async () => {
  const { differences } = await weigh(await allAsked())
  expect(differences.toSorted()).toEqual(Object.keys(DIFFERENCES).toSorted())
})
