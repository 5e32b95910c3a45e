/** The organisation's own standards for roles: enforced where it says so, and told over all of it. */

import * as iam from '@aws-sdk/client-iam'
import { isTemplate, nameMatches } from '@sallyport/estate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEVELOPMENT, MANAGEMENT, PRODUCTION, startServer, STAGING, type TestServer } from './harness.ts'
import type { Declaration } from '../src/index.ts'
import { enter, iamOf } from './people.ts'

const account = (id: string, name: string) => ({ id, name, email: `${name.toLowerCase()}@example.com` })

const declaration = (enforce: boolean): Declaration => ({
  management: account(MANAGEMENT, 'Management'),
  root: {
    standards: { roles: { requireTags: ['owner'], enforce } },
    accounts: [account(DEVELOPMENT, 'Development')],
    units: [
      {
        name: 'Workloads',
        standards: { roles: { name: '{dev|prod}-{team}-*', requireDescription: true, enforce: true } },
        accounts: [account(STAGING, 'Staging')],
        units: [{ name: 'Live', accounts: [account(PRODUCTION, 'Production')], units: [] }],
      },
    ],
  },
})

describe('a template', () => {
  test.each([
    ['{dev|prod}-{team}-*', 'dev-pay-reader', true, 'every kind of piece'],
    ['{dev|prod}-{team}-*', 'dev-pay-', true, '`*` is nothing too'],
    ['{dev|prod}-{team}-*', 'test-pay-reader', false, 'none of the choices'],
    ['{dev|prod}-{team}-*', 'dev--reader', false, 'a word is not nothing'],
    ['{team}', 'a-b', false, 'a word has no hyphen'],
    ['{a|ab}c', 'abc', true, 'the longer choice'],
    ['r?le', 'role', true, 'one character'],
    ['r?le', 'rle', false, 'and not none'],
    ['*-role', 'a-role-role', true, 'the last of several ends'],
    ['Role', 'role', false, 'case counts'],
    ['a.c', 'abc', false, 'a dot is a dot'],
    [`${'*a'.repeat(100)}b`, 'a'.repeat(64), false, 'no time is lost on what could run away'],
  ])('%s for %s: %s', (template, name, matches) => {
    expect(nameMatches(template, name)).toBe(matches)
  })

  test.each([
    ['(a+)+', 'a regular expression'],
    ['', 'nothing'],
    ['{}', 'a word without a name'],
    ['{a|}', 'an empty choice'],
    ['a b', 'what no name has'],
    ['{a', 'an open brace'],
  ])('is not %j: %s', (text) => {
    expect(isTemplate(text)).toBe(false)
  })
})

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: MANAGEMENT }, Action: 'sts:AssumeRole' }],
})

describe('where they are enforced', () => {
  let server: TestServer
  let production: iam.IAMClient
  beforeAll(async () => {
    server = await startServer({ declaration: declaration(true) })
    production = iamOf(server, await enter(server, PRODUCTION))
  })
  afterAll(() => server.close())

  const create = (RoleName: string, more: Partial<iam.CreateRoleCommandInput> = {}) =>
    production.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...more }))
  const good = { Description: 'reads', Tags: [{ Key: 'Owner', Value: 'pay' }] }

  test('a role that meets those of every level is made', async () => {
    expect((await create('prod-pay-reader', good)).Role?.RoleName).toBe('prod-pay-reader')
  })

  test.each<[string, Partial<iam.CreateRoleCommandInput>, string, string]>([
    ['reader', good, 'its name must be like {dev|prod}-{team}-*', 'a name that is not like it'],
    ['prod-pay-a', { Tags: good.Tags }, 'it must have a description', 'no description'],
    ['prod-pay-b', { ...good, Description: ' ' }, 'it must have a description', 'a blank one'],
    ['prod-pay-c', { Description: 'x' }, 'it must have the tag owner', 'the root’s, two levels up'],
    [
      'prod-pay-d',
      { ...good, Tags: [{ Key: 'owner', Value: '' }] },
      'it must have the tag owner',
      'a tag without a value',
    ],
    [
      'x',
      {},
      'it must have the tag owner; its name must be like {dev|prod}-{team}-*; it must have a description',
      'all at once',
    ],
  ])('CreateRole of %s is refused: %s', async (name, more, says) => {
    await expect(create(name, more)).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: expect.stringContaining(says),
      $metadata: { httpStatusCode: 400 },
    })
  })

  test('what is required cannot be taken away again', async () => {
    await create('prod-pay-kept', good)
    const RoleName = 'prod-pay-kept'
    const refused = { name: 'InvalidInputException' }
    await expect(production.send(new iam.UntagRoleCommand({ RoleName, TagKeys: ['OWNER'] }))).rejects.toMatchObject(
      refused,
    )
    await expect(
      production.send(new iam.TagRoleCommand({ RoleName, Tags: [{ Key: 'owner', Value: '' }] })),
    ).rejects.toMatchObject(refused)
    await expect(production.send(new iam.UpdateRoleCommand({ RoleName, Description: '' }))).rejects.toMatchObject(
      refused,
    )
    await expect(
      production.send(new iam.UpdateRoleDescriptionCommand({ RoleName, Description: '' })),
    ).rejects.toMatchObject(refused)
    await production.send(new iam.UpdateRoleCommand({ RoleName, Description: 'reads more' }))
    await production.send(new iam.TagRoleCommand({ RoleName, Tags: [{ Key: 'ticket', Value: 'T-1' }] }))
    await production.send(new iam.UntagRoleCommand({ RoleName, TagKeys: ['ticket'] }))
  })

  test('a role from before them can be mended step by step', async () => {
    await server.server.found({ ...declaration(true), root: { accounts: [], units: [] } })
    await server.server.found({
      ...declaration(true),
      root: { accounts: [], units: [{ name: 'Workloads', accounts: [], units: [] }] },
    })
    await create('old')
    await server.server.found(declaration(true))
    await production.send(new iam.UpdateRoleCommand({ RoleName: 'old', Description: 'reads' }))
    await production.send(new iam.TagRoleCommand({ RoleName: 'old', Tags: [{ Key: 'owner', Value: 'pay' }] }))
  })

  test('they hold nowhere above where they hang', async () => {
    const development = iamOf(server, await enter(server, DEVELOPMENT))
    await development.send(
      new iam.CreateRoleCommand({ RoleName: 'any', AssumeRolePolicyDocument: TRUST, Tags: good.Tags }),
    )
  })
})

test('where they are not enforced nothing is refused', async () => {
  const server = await startServer({ declaration: declaration(false) })
  const development = iamOf(server, await enter(server, DEVELOPMENT))
  const { Role } = await development.send(
    new iam.CreateRoleCommand({ RoleName: 'any', AssumeRolePolicyDocument: TRUST }),
  )
  expect(Role?.RoleName).toBe('any')
  await server.close()
})
