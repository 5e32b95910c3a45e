/** Unpacked deployment packages: one folder each, made when it is first needed. */

import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Blobs } from '../blobs.ts'
import type { Places } from './places.ts'
import { unzip } from './unzip.ts'

export class Packages {
  readonly #blobs: Blobs
  readonly #folder: string
  readonly #made = new Map<string, Promise<string>>()

  constructor(blobs: Blobs, { folder, sdk }: Places) {
    this.#blobs = blobs
    this.#folder = join(folder, 'code')
    mkdirSync(this.#folder, { recursive: true, mode: 0o755 })
    // Where code lies side by side with it, `import` finds the SDK as it does in a sandbox.
    if (sdk !== undefined) symlinkSync(sdk, join(this.#folder, 'node_modules'), 'junction')
  }

  /** The folder of a blob's code. */
  of(blob: string): Promise<string> {
    const known = this.#made.get(blob) ?? this.#make(blob)
    this.#made.set(blob, known)
    known.catch(() => this.drop(blob))
    return known
  }

  drop(blob: string): void {
    this.#made.delete(blob)
    rmSync(join(this.#folder, blob), { recursive: true, force: true })
  }

  async #make(blob: string): Promise<string> {
    const parts: Uint8Array[] = []
    for await (const part of this.#blobs.read(blob)) parts.push(part)
    const folder = join(this.#folder, blob)
    unzip(Buffer.concat(parts), folder)
    return folder
  }
}
