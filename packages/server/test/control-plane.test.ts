import { expect, test } from 'vitest'
import { coverage } from '../src/coverage.ts'

/** The control plane is whole: what it lacks would stand here, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {}

test.each([
  ['sts', 11],
  ['iam', 165],
  ['organizations', 60],
])('every operation of %s is built, or left out for a reason: at least %i are', (service, least) => {
  const { operations = [], built = [] } = coverage().find((row) => row.service === service) ?? {}
  const missing = operations.filter((name) => !built.includes(name)).map((name) => `${service}:${name}`)
  const reasons = Object.keys(LEFT_OUT).filter((name) => name.startsWith(`${service}:`))
  expect(missing).toEqual(reasons.toSorted())
  expect(built.length).toBeGreaterThanOrEqual(least)
})
