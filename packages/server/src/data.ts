/** Where the generated data lies: beside the sources in a checkout, one level above the bundle in the released package. */
import { existsSync } from 'node:fs'

const CANDIDATES = ['../data/', '../../data/'].map((path) => new URL(path, import.meta.url))

/** The URL of a data file; the first folder that has it, else the first folder, so that the error names a path. */
export function dataFile(name: string): URL {
  const urls = CANDIDATES.map((folder) => new URL(name, folder))
  return urls.find((url) => existsSync(url)) ?? (urls[0] as URL)
}
