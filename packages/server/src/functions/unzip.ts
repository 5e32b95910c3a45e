/** Unpacks a deployment package into a folder: files, folders and links, and nothing that would lie outside of it. */

import { chmodSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize, sep } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { entriesOf, type Entry } from '../services/lambda/zip.ts'

const LINK = 0o120_000
const KIND = 0o170_000
const STORED = 0
const DEFLATED = 8

/** Modes are said aloud: the server's own umask closes everything to others, and functions run as others. */
export function unzip(bytes: Buffer, folder: string): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  const made = new Set<string>([folder])
  const links: Entry[] = []
  for (const entry of entriesOf(bytes)) {
    const place = placeOf(entry.name, folder)
    if (place === undefined) continue
    if (entry.name.endsWith('/')) makeFolder(place, made)
    else if ((entry.mode & KIND) === LINK) links.push(entry)
    else {
      makeFolder(dirname(place), made)
      writeFileSync(place, contentOf(bytes, entry))
      chmodSync(place, (entry.mode & 0o111) === 0 ? 0o644 : 0o755)
    }
  }
  // Last, so that no file is written through one. Node's permission model follows links: none may lead out.
  const places: string[] = []
  for (const entry of links) {
    const place = placeOf(entry.name, folder)
    if (place === undefined) continue
    makeFolder(dirname(place), made)
    symlinkSync(contentOf(bytes, entry).toString(), place)
    places.push(place)
  }
  for (const place of places) if (!staysIn(place, folder)) rmSync(place)
}

function placeOf(name: string, folder: string): string | undefined {
  const path = normalize(name.replaceAll('\\', '/'))
  if (isAbsolute(path) || path === '.' || path.startsWith('..') || path.includes('\0')) return undefined
  return join(folder, path)
}

function staysIn(link: string, folder: string): boolean {
  try {
    return realpathSync(link).startsWith(realpathSync(folder) + sep)
  } catch {
    return false
  }
}

function makeFolder(path: string, made: Set<string>): void {
  if (made.has(path)) return
  makeFolder(dirname(path), made)
  mkdirSync(path, { recursive: true })
  chmodSync(path, 0o755)
  made.add(path)
}

/** INVARIANT: an archive says how large its files are, and no file is made larger. */
function contentOf(bytes: Buffer, { start, packed, unzipped, method, name }: Entry): Buffer {
  const data = bytes.subarray(start, start + packed)
  if (method === STORED) return data.subarray(0, unzipped)
  if (method !== DEFLATED) throw new Error(`\`${name}\` is packed in a way that is not known: ${method}`)
  return inflateRawSync(data, { maxOutputLength: Math.max(unzipped, 1) })
}
