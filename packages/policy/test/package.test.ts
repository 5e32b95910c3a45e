/** The package as it is installed alone: packed, installed in an empty folder, run in Node, bundled for a browser. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPolicy, packedManifest, POLICY } from '../../../tools/policy-package.ts'

const BROWSER_LIMIT = 40 * 1024
const ROOT = join(POLICY, '../..')
const home = mkdtempSync(join(tmpdir(), 'sallyport-policy-'))
const examples = readdirSync(join(POLICY, 'examples'))

beforeAll(async () => {
  const staged = join(home, 'staged')
  mkdirSync(staged)
  for (const name of ['LICENSE', 'README.md', 'examples'])
    cpSync(join(POLICY, name), join(staged, name), { recursive: true })
  await buildPolicy(join(staged, 'dist'))
  const manifest = packedManifest(JSON.parse(readFileSync(join(POLICY, 'package.json'), 'utf8')))
  writeFileSync(join(staged, 'package.json'), JSON.stringify(manifest))
  const options = { cwd: home, stdio: 'pipe', encoding: 'utf8' } as const
  const packed = execFileSync('npm', ['pack', staged, '--silent', '--pack-destination', home], options).trim()
  execFileSync('npm', ['install', '--offline', '--no-audit', '--prefix', home, join(home, packed)], options)
  cpSync(join(POLICY, 'examples'), join(home, 'examples'), { recursive: true })
}, 60_000)

afterAll(() => rmSync(home, { recursive: true, force: true }))

test.each(examples)('%s prints what it says, with the installed package', (name) => {
  const file = join(home, 'examples', name)
  const said = execFileSync(process.execPath, [file], { cwd: home, encoding: 'utf8' })
  const wanted = readFileSync(file, 'utf8').matchAll(/^\/\/ → (.*)$/gm)
  expect(said.trimEnd().split('\n')).toEqual([...wanted].map(([, line]) => line))
})

test('its types are found and hold, in a program of its own', () => {
  const lines = [
    "import { decide, type Decision, type Request } from '@sallyport/policy'",
    "const request: Request = { caller: { type: 'Anonymous' }, action: 'a:b', resource: '*', resourceAccount: '', context: new Map() }",
    'export const decision: Decision = decide(request, { identity: [] })',
    '// @ts-expect-error: there is no such layer',
    'export const wrong = decide(request, { identity: [], scps: [] })',
  ]
  writeFileSync(join(home, 'program.ts'), lines.join('\n'))
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', '', 'program.ts']
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  expect(() => execFileSync(process.execPath, [tsc, ...options], { cwd: home, stdio: 'pipe' })).not.toThrow()
})

test('it is small enough for a browser, and asks nothing of Node', async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: "export * from '@sallyport/policy'", resolveDir: home },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
  })
  expect(
    Object.values(metafile.inputs).flatMap(({ imports }) => imports.filter(({ external }) => external === true)),
  ).toEqual([])
  expect(gzipSync(outputFiles[0]?.contents ?? '').length).toBeLessThan(BROWSER_LIMIT)
})

test('it carries the licence of the house', () => {
  expect(readFileSync(join(POLICY, 'LICENSE'), 'utf8')).toBe(readFileSync(join(ROOT, 'LICENSE'), 'utf8'))
})
