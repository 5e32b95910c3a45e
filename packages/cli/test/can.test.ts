/** `sallyport can`: cases in files, and questions to a running server, told by the exit code. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { THREE_ACCOUNTS, workshop } from './harness.ts'

const { run, up, folder } = workshop()
const CASES = fileURLToPath(new URL('../../../cases/', import.meta.url))

const one = {
  id: 'one',
  description: 'nothing allows it',
  request: {
    principal: 'arn:aws:iam::111111111111:user/alice',
    action: 's3:GetObject',
    resource: { arn: 'arn:aws:s3:::b/k', accountId: '111111111111' },
    context: {},
  },
  identityPolicies: [],
  expected: 'ImplicitDeny',
}
const allowing = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('--case', () => {
  test.each([
    ['decisions/doc-semantics.json', 225],
    ['conditions/generated-operators.json', 744],
    ['texts/aws-recorded-error-texts.json', 0],
  ])('all cases of %s hold', async (path, atLeast) => {
    const { code, stdout } = await run(['can', '--case', join(CASES, path), '--json'])
    const results = JSON.parse(stdout) as { passed: number; failed: number; failures: unknown[] } // as it is told to scripts
    expect([code, results.failed, results.failures]).toEqual([0, 0, []])
    expect(results.passed).toBeGreaterThanOrEqual(atLeast)
  })

  test.each([
    ['one case', one],
    ['a list', [one]],
    ['a list in an object', { cases: [one] }],
    ['the least that makes a case', { request: { ...one.request, resource: { arn: '*' } }, expected: 'ImplicitDeny' }],
  ])('%s is read', async (_what, content) => {
    const { code, stdout } = await run(['can', '--case', file('cases.json', content), '--json'])
    expect([code, stdout]).toEqual([0, '{"passed":1,"failed":0,"failures":[]}\n'])
  })

  test('a case that does not hold is told with the reason, and the exit code is 1', async () => {
    const path = file('failing.json', [one, { ...one, id: 'two', identityPolicies: [allowing] }])
    const scripts = await run(['can', '--case', path, '--json'])
    expect(scripts.code).toBe(1)
    expect(JSON.parse(scripts.stdout)).toMatchObject({
      passed: 1,
      failed: 1,
      failures: [
        { id: 'two', expected: 'ImplicitDeny', actual: 'Allowed', why: 'allowed by an identity-based policy' },
      ],
    })
    const people = await run(['can', '--case', path])
    expect(people.code).toBe(1)
    expect(people.stdout).toContain('✗ two: nothing allows it\n    expected ImplicitDeny, came to Allowed')
    expect(people.stdout).toMatch(/1 of 2 cases does not hold\n$/)
  })

  test.each([
    ['there is no file', () => join(folder, 'none.json'), 'a file that is not there'],
    ['is no JSON', () => file('no.json', '{'), 'no JSON'],
    ['holds no case', () => file('no.json', '7'), 'no case'],
    ['case 1 has no request', () => file('no.json', {}), 'an object that is none'],
    ['case 2 expects no verdict', () => file('no.json', [one, { ...one, expected: 'Denied' }]), 'another verdict'],
    [
      'case 1 has `scps` that are no list',
      () => file('no.json', { ...one, scps: [{ target: 'r-1' }] }),
      'a level without policies',
    ],
    ['cannot be read', () => folder, 'a folder'],
  ])('%s: exit code 2', async (says, path) => {
    const { code, stdout, stderr } = await run(['can', '--case', path()])
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(says)])
  })
})

describe('a question', () => {
  test('to a running server is answered by the exit code', async () => {
    const { ready } = await up(['--org', THREE_ACCOUNTS, '--data', 'asked'])
    const at = ['--data', 'asked']
    const { account } = ready.administrator
    const yes = await run(['can', `${account}:administrator`, 's3:CreateBucket', 'arn:aws:s3:::b', ...at])
    expect([yes.code, yes.stdout]).toEqual([0, expect.stringMatching(/^ALLOWED/)])
    const no = await run(['can', 'anonymous', 's3:CreateBucket', 'arn:aws:s3:::b', '--json', ...at])
    expect([no.code, JSON.parse(no.stdout)]).toEqual([1, expect.objectContaining({ allowed: false, effect: 'Deny' })])
    const nobody = await run(['can', `${account}:nobody`, 's3:CreateBucket', '*', ...at])
    expect([nobody.code, nobody.stderr]).toEqual([2, `sallyport: there is no \`${account}:nobody\`\n`])
  })

  test.each([
    [['can'], 'who may do what'],
    [['can', 'a:b', 's3:GetObject'], 'who may do what'],
    [['can', 'a:b', 's3:GetObject', '*', '--context', 'x'], 'no condition key'],
    [['can', 'a:b', '--case', 'x.json'], 'leave it out'],
    [['can', 'a:b', 's3:GetObject', '*', '--endpoint', 'http://127.0.0.1:9'], 'needs an administrator'],
  ])('%j cannot be told: exit code 2', async (args, says) => {
    const { code, stderr } = await run(args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)])
  })
})
