/**
 * `@sallyport/policy` as it is installed alone: one ES module for Node and browsers, and its types. In this checkout the
 * package is its sources, so that nothing is ever stale; `npm pack -w packages/policy` runs `prepack`, which builds and
 * lets the manifest name what was built, and `postpack`, which puts the manifest back.
 */

import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const POLICY = join(ROOT, 'packages/policy')

interface Manifest {
  readonly exports: object
  readonly scripts?: object
  readonly publishConfig?: { readonly access: string; readonly exports: object }
}

/** Into `folder`: `index.js`, and a `.d.ts` for each source. */
export async function buildPolicy(folder = join(POLICY, 'dist')): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const project = join(POLICY, 'tsconfig.build.json')
  execFileSync(process.execPath, [tsc, '-p', project, '--outDir', folder], { stdio: ['ignore', 2, 2] })
  for (const file of globSync('**/*.d.ts', { cwd: folder })) nameModules(join(folder, file))
  await build({
    entryPoints: [join(POLICY, 'src/index.ts')],
    outfile: join(folder, 'index.js'),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'warning',
  })
}

/** Declarations keep the sources' `./arn.ts`; who installs the package has an `./arn.d.ts`, which `./arn.js` means. */
function nameModules(file: string): void {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replaceAll(/(from |import\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g, '$1$2$3.js$2'))
}

/** What is published: what was built instead of the sources, and nothing that only this checkout needs. */
export function packedManifest({ publishConfig, ...manifest }: Manifest): Manifest {
  return { ...manifest, exports: publishConfig?.exports ?? manifest.exports, scripts: {} }
}

const MANIFEST = join(POLICY, 'package.json')
const ASIDE = join(POLICY, '.package.json')

async function prepack(): Promise<void> {
  // A run that was cut off has left it.
  if (existsSync(ASIDE)) postpack()
  rmSync(join(POLICY, 'dist'), { recursive: true, force: true })
  await buildPolicy()
  const text = readFileSync(MANIFEST, 'utf8')
  writeFileSync(ASIDE, text)
  const manifest: Manifest = JSON.parse(text)
  writeFileSync(MANIFEST, `${JSON.stringify(packedManifest(manifest), null, 2)}\n`)
}

function postpack(): void {
  renameSync(ASIDE, MANIFEST)
}

if (import.meta.main) {
  const verbs: Readonly<Record<string, () => void | Promise<void>>> = { prepack, postpack }
  await verbs[process.argv[2] ?? '']?.()
}
