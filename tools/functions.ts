/**
 * What functions run on: the runtimes, and the SDK's clients that functions in Node.js find as they do on AWS. Each client
 * is a package of its own; what they share lies in chunks beside them.
 */

import { build } from 'esbuild'
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FOR_NODE } from './bundling.ts'

/** The clients that functions may import; docs/guides/lambda.md says so too. */
export const CLIENTS = [
  'cloudwatch',
  'cloudwatch-logs',
  'ec2',
  'iam',
  'kms',
  'lambda',
  'organizations',
  's3',
  'sns',
  'sqs',
  'ssm',
  'sts',
] as const

export async function buildFunctions(root: string, folder: string): Promise<void> {
  const place = join(root, folder)
  // Aside, so that a server that runs meanwhile finds it whole.
  const target = `${place}.${process.pid}`
  mkdirSync(target, { recursive: true })
  cpSync(join(root, 'packages/server/runtime'), join(target, 'runtime'), { recursive: true })
  await build({
    ...FOR_NODE,
    entryPoints: Object.fromEntries(
      CLIENTS.map((name) => [`@aws-sdk/client-${name}/index`, join(root, `node_modules/@aws-sdk/client-${name}`)]),
    ),
    outdir: join(target, 'sdk'),
    chunkNames: 'chunks/[hash]',
  })
  for (const name of CLIENTS) writeManifest(root, join(target, 'sdk'), `@aws-sdk/client-${name}`)
  rmSync(place, { recursive: true, force: true })
  renameSync(target, place)
}

function writeManifest(root: string, sdk: string, name: string): void {
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'),
  )
  const exports = { '.': './index.mjs', './package.json': './package.json' }
  const manifest = { name, version, license: 'Apache-2.0', type: 'module', exports }
  writeFileSync(join(sdk, name, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
}
