/** An organisation file, from its bytes to a declaration; or everything that is wrong with it, each with its place. */

import type { Declaration, DeclaredStandards, DeclaredUnit } from '@sallyport/server'
import { readFileSync, statSync } from 'node:fs'
import { isSystemError, Usage } from '../failure.ts'
import { declare } from './declare.ts'
import { spell, type Finding } from './finding.ts'
import { missedRules } from './rules.ts'
import { missedShape } from './shape.ts'
import { readYaml, type Yaml } from './yaml.ts'

const BYTES_AT_MOST = 10 * 1024 * 1024
const SHOWN = 100

export function readOrganization(file: string): Declaration {
  return parseOrganization(readText(file), file)
}

/** What the file says of nodes, by the names of units from the root down. */
export function declaredStandards(
  file: string,
): readonly { readonly path: readonly string[]; readonly roles: DeclaredStandards['roles'] }[] {
  const under = (
    { units, standards }: Omit<DeclaredUnit, 'name'>,
    path: readonly string[],
  ): ReturnType<typeof declaredStandards> => [
    ...(standards === undefined ? [] : [{ path, roles: standards.roles }]),
    ...units.flatMap((unit) => under(unit, [...path, unit.name])),
  ]
  const { root } = readOrganization(file)
  return root === undefined ? [] : under(root, [])
}

/** Throws `Usage` with a line for each finding: `file:line:column: path: what is wrong`. */
export function parseOrganization(text: string, file: string): Declaration {
  const yaml = readYaml(text)
  if ('findings' in yaml) throw new Usage(lines(file, yaml.findings))
  const misshapen = missedShape(yaml.value)
  if (misshapen.length > 0) throw new Usage(lines(file, placed(yaml, misshapen)))
  const declaration = declare(yaml.value)
  const against = missedRules(yaml.value)
  if (against.length > 0) throw new Usage(lines(file, placed(yaml, against)))
  return declaration
}

function readText(file: string): string {
  try {
    const { size } = statSync(file)
    if (size > BYTES_AT_MOST) throw new Usage(`\`${file}\` has ${size} bytes: an organisation file may have 10 MB`)
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if (isSystemError(error, 'ENOENT'))
      throw new Usage(`there is no file \`${file}\`: see examples/three-accounts.yaml for its form`)
    if (isSystemError(error, 'EISDIR', 'EACCES', 'ENOTDIR'))
      throw new Usage(`\`${file}\` cannot be read: ${error.message}`)
    if (error instanceof TypeError) throw new Usage(`\`${file}\` is not text in UTF-8`)
    throw error
  }
}

interface Placed {
  readonly line: number
  readonly column: number
  readonly text: string
}

function placed(yaml: Extract<Yaml, { value: unknown }>, findings: readonly Finding[]): readonly Placed[] {
  return findings
    .map(({ path, key, says }) => ({
      ...yaml.place(path, key),
      text: `${spell(path) || 'the file'} ${says(yaml.source(path))}`,
    }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
}

function lines(file: string, findings: readonly Placed[]): string {
  const shown = findings.slice(0, SHOWN).map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`)
  return [...shown, ...(findings.length > SHOWN ? [`… and ${findings.length - SHOWN} more`] : [])].join('\n')
}
