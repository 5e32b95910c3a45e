/** What somebody may have meant by a word that is not known. */

/** The known word that is few changes of a letter away, or `undefined`. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((one) => ({ one, away: distance(word.toLowerCase(), one.toLowerCase()) }))
    .filter(({ one, away }) => away <= Math.ceil(one.length / 3))
    .toSorted((a, b) => a.away - b.away)
  return best?.one
}

/** Levenshtein's, over words cut to a bearable length. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (const [at, letter] of Array.from(from.slice(0, 64)).entries()) {
    const next = [at + 1]
    for (const [there, other] of Array.from(to).entries()) {
      const change = (row[there] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(change, (row[there + 1] ?? 0) + 1, (next[there] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
