/** Writing a file so that it is on the disk, whole, before anything counts on it. */

import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { isSystemError } from './failure.ts'

export function writeSynced(file: string, text: string | Buffer, mode: number): void {
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

/** What was renamed into a folder is there after a crash. Not every system lets a folder be opened. */
export function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r')
    fsyncSync(descriptor)
    closeSync(descriptor)
  } catch (error) {
    if (!isSystemError(error, 'EISDIR', 'EPERM', 'EACCES', 'EINVAL')) throw error
  }
}
