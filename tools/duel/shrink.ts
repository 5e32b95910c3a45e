/** Makes a failing case small: leaves out or simplifies whatever it can while the case still fails. */

type Json = unknown

export function shrunk<T>(given: T, fails: (smaller: T) => boolean): T {
  let best = given
  for (let progress = true; progress;) {
    progress = false
    for (const smaller of smallerThan(best)) {
      // A smaller world may be no world any more; then it does not count.
      if (!attempt(() => fails(smaller as T))) continue
      best = smaller as T
      progress = true
      break
    }
  }
  return best
}

/** The biggest cuts first. */
function* smallerThan(given: Json): Generator<Json> {
  if (Array.isArray(given)) {
    for (let i = 0; i < given.length; i++) yield given.toSpliced(i, 1)
    for (const [i, item] of given.entries()) for (const smaller of smallerThan(item)) yield given.with(i, smaller)
    return
  }
  if (typeof given !== 'object' || given === null) return
  const entries = Object.entries(given)
  for (const [key, value] of entries) {
    if (FIXED.has(key)) continue
    const rest = entries.filter(([name]) => name !== key)
    if (KEPT.has(key)) {
      if (value !== null && !Array.isArray(value)) yield Object.fromEntries([...rest, [key, null]])
      if (Array.isArray(value) && value.length > 0) yield Object.fromEntries([...rest, [key, []]])
    } else yield Object.fromEntries(rest)
    if (key === 'boundary' && Array.isArray(value)) yield Object.fromEntries([...rest, [key, null]])
    if ((key === 'Action' || key === 'Resource') && value !== '*') yield { ...given, [key]: '*' }
    if (Array.isArray(value) && value.length === 1) yield { ...given, [key]: value[0] as Json }
  }
  for (const [key, value] of entries) for (const smaller of smallerThan(value)) yield { ...given, [key]: smaller }
}

/** What a case always has. */
const KEPT = new Set(['identityPolicies', 'resourcePolicy', 'boundary', 'scps', 'rcps', 'sessionPolicy'])
const FIXED = new Set([
  'Effect',
  'request',
  'principal',
  'action',
  'resource',
  'context',
  'Version',
  'target',
  'policies',
  'arn',
  'accountId',
  'type',
])

function attempt(ask: () => boolean): boolean {
  try {
    return ask()
  } catch {
    return false
  }
}
