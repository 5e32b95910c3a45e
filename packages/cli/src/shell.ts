/** Text for a POSIX shell. */

/** One word that the shell reads as exactly `text`. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** `export` for each name with a value, `unset` for each without. */
export function exports(variables: Readonly<Record<string, string | undefined>>): readonly string[] {
  const entries = Object.entries(variables)
  const set = entries.flatMap(([name, value]) => (value === undefined ? [] : [`export ${name}=${quote(value)}`]))
  const unset = entries.filter(([, value]) => value === undefined).map(([name]) => name)
  return unset.length === 0 ? set : [...set, `unset ${unset.join(' ')}`]
}
