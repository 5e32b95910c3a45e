/** Instance types: those that the SDK's model knows, and what their names say. */

import { loadModel } from '../../wire/models.ts'

let types: ReadonlySet<string> | undefined

export function isInstanceType(name: string): boolean {
  if (types === undefined) {
    const shape = loadModel('ec2').shapes['InstanceType']
    types = new Set(shape?.kind === 'simple' ? shape.c?.enum : [])
  }
  return types.has(name)
}

export type Architecture = 'x86_64' | 'arm64'

/** A `g` after the generation's number says Graviton: t4g, c7gn, im4gn. The first of them had none. */
export function architectureOf(type: string): Architecture {
  return /^(?:a1|[a-z]+\d+[a-z]*g[a-z]*)\./.test(type) ? 'arm64' : 'x86_64'
}
