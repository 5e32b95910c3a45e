/** Unpacked deployment packages: a folder each, made when it is first needed, and kept while anything runs in it. */

import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Blobs } from '../blobs.ts'
import type { Places } from './places.ts'
import { unzip } from './unzip.ts'

/** Folders that nothing runs in and that are kept for the next time. */
const SPARE = 32

/** The package is no archive that can be unpacked. */
export class Unpackable extends Error {}

interface Kept {
  readonly folder: Promise<string>
  users: number
}

export class Packages {
  readonly #blobs: Blobs
  readonly #folder: string
  /** Those used last stand last. */
  readonly #kept = new Map<string, Kept>()

  constructor(blobs: Blobs, { folder, sdk }: Places) {
    this.#blobs = blobs
    this.#folder = join(folder, 'code')
    mkdirSync(this.#folder, { recursive: true, mode: 0o755 })
    // Where code lies side by side with it, `import` finds the SDK as it does in a sandbox.
    if (sdk !== undefined) symlinkSync(sdk, join(this.#folder, 'node_modules'), 'junction')
  }

  /** The folder of a blob's code, until it is let go. */
  async take(blob: string): Promise<string> {
    const kept = this.#kept.get(blob) ?? { folder: this.#make(blob), users: 0 }
    this.#kept.delete(blob)
    this.#kept.set(blob, kept)
    kept.users += 1
    try {
      return await kept.folder
    } catch (error) {
      this.#kept.delete(blob)
      throw error
    }
  }

  letGo(blob: string): void {
    const kept = this.#kept.get(blob)
    if (kept !== undefined) kept.users -= 1
    const spare = [...this.#kept].filter(([, { users }]) => users === 0)
    for (const [longest] of spare.slice(0, -SPARE)) {
      this.#kept.delete(longest)
      rmSync(join(this.#folder, longest), { recursive: true, force: true })
    }
  }

  async #make(blob: string): Promise<string> {
    const parts: Uint8Array[] = []
    for await (const part of this.#blobs.read(blob)) parts.push(part)
    const folder = join(this.#folder, blob)
    try {
      unzip(Buffer.concat(parts), folder)
      return folder
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw new Unpackable(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }
}
