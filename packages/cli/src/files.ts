/** Writing a file so that it is on the disk, whole, before anything counts on it. */

import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'

export function writeSynced(file: string, text: string, mode: number): void {
  const descriptor = openSync(file, 'w', mode)
  try {
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Readers see the old file or the new one, never a part. */
export function replace(file: string, text: string, mode: number): void {
  const aside = `${file}.${process.pid}`
  writeSynced(aside, text, mode)
  renameSync(aside, file)
}
