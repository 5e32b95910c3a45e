/**
 * `npm test`: sets the checkout up, then lint, format, types and all tests; the last line is the sum of them. With
 * filters (`npm test -- packages/cli`) only the tests that they name.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { provide } from './clients.mjs'
import { ensure, NODE, ROOT, run } from './setup.mjs'

const tool = (...path) => join(ROOT, 'node_modules', ...path)

/** Each by the file that its package runs, since `.bin` is another thing on another system. */
const CHECKS = {
  lint: [tool('oxlint', 'bin', 'oxlint'), '--deny-warnings'],
  // A rule that needs types: without this option it is passed over. The others of its kind quarrel with the house style.
  promises: [
    tool('oxlint', 'bin', 'oxlint'),
    '--type-aware',
    '--deny-warnings',
    '-A',
    'all',
    '-D',
    'typescript/no-floating-promises',
  ],
  format: [tool('oxfmt', 'bin', 'oxfmt'), '--check'],
  types: [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'],
}

async function main(filters) {
  await ensure()
  if (filters.length === 0) provide()
  const failed = []
  for (const [name, command] of filters.length > 0 ? [] : Object.entries(CHECKS)) {
    if ((await timed(name, command)) !== 0) failed.push(name)
  }
  const totals = await tests(filters)
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
  const sum = totals.failed + failed.length
  if (failed.length > 0) process.stderr.write(`failed besides tests: ${failed.join(', ')}\n`)
  process.stdout.write(`${totals.passed} passed, ${sum} failed${skipped}\n`)
  return sum === 0 ? 0 : 1
}

async function tests(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  const report = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const code = await timed('tests', [tool('vitest', 'vitest.mjs'), 'run', ...reporters, ...filters])
    return count(JSON.parse(readFileSync(report, 'utf8')), code)
  } catch (error) {
    process.stderr.write(`the tests left no report: ${error.message}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file that does not load has no test in it that could fail, and a stray error belongs to none: they count as one each. */
function count({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }, code) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((it) => it.status === 'failed'),
  )
  const failed = numFailedTests + broken.length
  return {
    passed: numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  }
}

async function timed(name, command) {
  const begun = performance.now()
  const code = await run(NODE, command)
  process.stderr.write(
    `${name} ${code === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`,
  )
  return code
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    process.stderr.write(`${error.message}\n`)
    process.stdout.write('0 passed, 1 failed\n')
    process.exitCode = 1
  },
)
