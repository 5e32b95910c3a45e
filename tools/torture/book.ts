/**
 * What the callers know of the things they made. Each thing belongs to one caller, who does one thing at a time to it: so
 * what was acknowledged says what its state is, but for one deed at the most, whose answer never came.
 */

import { ALL, DEEDS, keyOf, type DeedName, type Noun, type State, type Thing } from './deeds.ts'
import type { Dice } from '../duel/dice.ts'

/** A deed and what came of it. `open`: no answer came, or one that leaves it open (5xx). */
export interface Done {
  readonly mark: string
  readonly deed: DeedName
  readonly thing: Thing
  readonly node: string
  readonly outcome: 'acknowledged' | 'refused' | 'open'
  readonly status: number
  readonly requestId: string
  /** What was answered, where that was no success. */
  readonly text?: string
}

export interface Entry {
  readonly thing: Thing
  readonly caller: number
  state: State
  /** Something was done to it of which nobody knows whether it happened: it is left alone until somebody has looked. */
  inDoubt: boolean
}

/** So many of a caller's things are in play at once. */
const IN_PLAY = 12
const NEW = 0.3
const NOUNS: readonly Noun[] = ['role', 'role', 'user', 'bucket']

export class Book {
  readonly #entries = new Map<string, Entry>()
  readonly #byCaller = new Map<number, Entry[]>()
  readonly #name: string
  readonly #accounts: readonly string[]

  /** `name` begins the names of all that its callers make, in the `accounts`. */
  constructor(name: string, accounts: readonly string[]) {
    this.#name = name
    this.#accounts = accounts
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()]
  }

  entry(thing: Thing): Entry {
    const found = this.#entries.get(keyOf(thing))
    if (found === undefined) throw new Error(`nobody made \`${keyOf(thing)}\``)
    return found
  }

  /** Something that the caller may do now, to a thing that `fits`. */
  choose(caller: number, dice: Dice, fits: (entry: Entry) => boolean): { entry: Entry; deed: DeedName } {
    const own = (this.#byCaller.get(caller) ?? []).slice(-IN_PLAY).filter((it) => !it.inDoubt && fits(it))
    const entry = own.length === 0 || dice.chance(NEW) ? this.add(caller, this.#newThing(caller, dice)) : dice.one(own)
    const possible = ALL.filter(([, deed]) => deed.on === entry.thing.noun && deed.fits(entry.state))
    return {
      entry,
      deed: dice.one(possible.flatMap(([name, { weight }]) => Array.from({ length: weight }, () => name))),
    }
  }

  add(caller: number, thing: Thing): Entry {
    const entry: Entry = { thing, caller, state: undefined, inDoubt: false }
    this.#entries.set(keyOf(thing), entry)
    this.#byCaller.set(caller, [...(this.#byCaller.get(caller) ?? []), entry])
    return entry
  }

  note({ thing, deed, mark, outcome }: Done): void {
    const entry = this.entry(thing)
    if (outcome === 'acknowledged') entry.state = DEEDS[deed].leaves(entry.state, mark)
    if (outcome === 'open') entry.inDoubt = true
  }

  /** What was in doubt has been found out. */
  settle({ thing, deed, mark }: Done, happened: boolean): void {
    const entry = this.entry(thing)
    if (happened) entry.state = DEEDS[deed].leaves(entry.state, mark)
    entry.inDoubt = false
  }

  #newThing(caller: number, dice: Dice): Thing {
    const noun = dice.one(NOUNS)
    const name = `${this.#name}-c${caller}-n${this.#byCaller.get(caller)?.length ?? 0}`
    return { noun, account: dice.one(this.#accounts), name }
  }
}
