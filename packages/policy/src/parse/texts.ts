/** Elements that hold one text, or one text or several. */

import type { Report } from './finding.ts'
import type { Json } from './json.ts'

/** A value of the wrong shape says so here and reads as nothing. */
export type Complain = (report: Report) => undefined

export function textOf(json: Json | undefined, path: string, complain: Complain): string | undefined {
  if (json === undefined || json.is === 'text') return json?.value
  return complain({ code: 'InvalidSyntax', path, detail: 'expected a text' })
}

/** One text or a list of them. */
export function textsOf(json: Json | undefined, path: string, complain: Complain): readonly string[] | undefined {
  if (json === undefined) return undefined
  if (json.is === 'text') return [json.value]
  const detail = 'expected a text or a list of texts'
  if (json.is !== 'array') return complain({ code: 'InvalidSyntax', path, detail })
  const texts = json.items.flatMap((item) => (item.is === 'text' ? [item.value] : []))
  return texts.length === json.items.length ? texts : complain({ code: 'InvalidSyntax', path, detail })
}
