import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { workshop } from './harness.ts'

const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter)
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sallyport-packed-'))
workshop()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the packed package runs on its own, with nothing beside it and no network', async () => {
  const packed: readonly [{ filename: string; files: readonly { path: string }[] }] = JSON.parse(
    execFileSync('npm', ['pack', '-w', 'packages/cli', '--json', '--pack-destination', folder], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  const [{ filename, files }] = packed
  expect([...new Set(files.map(({ path }) => path.split('/')[0]))].toSorted()).toEqual([
    'LICENSE',
    'bin',
    'data',
    'dist',
    'package.json',
    'schema',
  ])
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], {
    cwd: folder,
    stdio: 'ignore',
  })
  expect(execFileSync('ls', ['node_modules'], { cwd: folder, encoding: 'utf8' })).toBe('sallyport\n')

  const child = spawn('npx', ['sallyport', 'up', '--ephemeral', '--port', '0', '--json'], {
    cwd: folder,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (part: Buffer) => resolve(part.toString())),
  )
  const { endpoint, pid } = JSON.parse(line) as { endpoint: string; pid: number } // as `up --json` prints it
  expect(await (await fetch(`${endpoint}/healthz`)).text()).toBe('ok\n')
  const ended = new Promise((resolve) => child.on('close', resolve))
  process.kill(pid, 'SIGTERM')
  expect(await ended).toBe(0)
})
