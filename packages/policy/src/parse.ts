/**
 * Policy text → Document, or findings in the order in which AWS checks: the JSON, its shape, then what each kind of policy
 * asks. The first finding's message is AWS's answer. A document with findings is never evaluated.
 */

import { checkDocument } from './parse/check.ts'
import type { Document, PolicyKind, Position, Version } from './document.ts'
import { findingOf, type PolicyFinding, type Report } from './parse/finding.ts'
import { readJson } from './parse/json.ts'
import { readDocument } from './parse/shape.ts'

export type Parsed =
  | { readonly ok: true; readonly document: Document }
  | { readonly ok: false; readonly findings: readonly PolicyFinding[] }

export interface ParseOptions {
  /** The oldest version accepted: IAM takes managed policies of 2012-10-17 only. */
  readonly since?: Version
}

export function parse(text: string, kind: PolicyKind, options: ParseOptions = {}): Parsed {
  const positionOf = positionsIn(text)
  const json = readJson(text)
  if (!json.ok) {
    return refused([{ code: 'InvalidJson', path: '', detail: json.problem, position: positionOf(json.at) }], kind)
  }
  const read = readDocument(json.value, { kind, positionOf })
  if (!read.ok) return refused(read.reports, kind)
  const reports = checkDocument(read.document, kind, options.since)
  return reports.length === 0 ? { ok: true, document: read.document } : refused(reports, kind)
}

function refused(reports: readonly Report[], kind: PolicyKind): Parsed {
  return { ok: false, findings: reports.map((report) => findingOf(report, kind)) }
}

/** Offsets to lines and columns, both from 1. */
function positionsIn(text: string): (offset: number) => Position {
  let lines: readonly number[] | undefined
  return (offset) => {
    lines ??= lineStarts(text)
    let low = 0
    let high = lines.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((lines[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 }
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
