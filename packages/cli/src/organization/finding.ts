/** One thing that is wrong with an organisation file. */

export type Path = readonly (string | number)[]

export interface Finding {
  readonly path: Path
  /** The member of `path` that is meant, where it is its name that is wrong. */
  readonly key?: string
  /** The sentence that follows the path; it gets the value as the file spells it. */
  readonly says: (source: string) => string
}

/** `units[0].accounts[1].id` */
export function spell(path: Path): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join('')
}
