/**
 * A JSON reader of our own: it refuses a key given twice, keeps where objects stand, bounds the depth, and gives objects
 * as Maps, so that no key of a stranger's document (`__proto__`) can mean anything to us. Linear in the text.
 */

export type Json = JsonObject | JsonArray | JsonText | JsonNumber | JsonWord

export interface JsonObject {
  readonly is: 'object'
  readonly members: ReadonlyMap<string, Json>
  /** Offsets of the `{` and of what follows the `}`. */
  readonly start: number
  readonly end: number
}

export interface JsonArray {
  readonly is: 'array'
  readonly items: readonly Json[]
}

export interface JsonText {
  readonly is: 'text'
  readonly value: string
}

export interface JsonNumber {
  readonly is: 'number'
  /** As written. */
  readonly value: string
}

export interface JsonWord {
  readonly is: 'word'
  readonly value: 'true' | 'false' | 'null'
}

export type JsonReading =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: string; readonly at: number }

/** A policy needs six levels. */
const DEEPEST = 32
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORDS = ['true', 'false', 'null'] as const
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

export function readJson(text: string): JsonReading {
  const reader = new Reader(text)
  try {
    return { ok: true, value: reader.whole() }
  } catch (error) {
    if (error instanceof Fault) return { ok: false, problem: error.message, at: error.at }
    throw error
  }
}

/** Leaves the recursion of a reader; never leaves this file. */
class Fault extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Json {
    const value = this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) this.#fail('something follows the document')
    return value
  }

  #value(depth: number): Json {
    if (depth > DEEPEST) this.#fail(`nested deeper than ${DEEPEST} levels`)
    this.#space()
    const next = this.#text[this.#at]
    if (next === '{') return this.#object(depth)
    if (next === '[') return this.#array(depth)
    if (next === '"') return { is: 'text', value: this.#string() }
    return this.#word() ?? this.#number()
  }

  #object(depth: number): Json {
    const members = new Map<string, Json>()
    const start = this.#at++
    if (!this.#take('}')) {
      do {
        this.#space()
        if (this.#text[this.#at] !== '"') this.#fail('expected a key in double quotes')
        const key = this.#string()
        if (members.has(key)) this.#fail(`the key \`${key}\` is given twice`)
        if (!this.#take(':')) this.#fail('expected a colon after the key')
        members.set(key, this.#value(depth + 1))
      } while (this.#take(','))
      if (!this.#take('}')) this.#fail('expected a comma or the end of the object')
    }
    return { is: 'object', members, start, end: this.#at }
  }

  #array(depth: number): Json {
    const items: Json[] = []
    this.#at++
    if (this.#take(']')) return { is: 'array', items }
    do items.push(this.#value(depth + 1))
    while (this.#take(','))
    if (!this.#take(']')) this.#fail('expected a comma or the end of the array')
    return { is: 'array', items }
  }

  #string(): string {
    let value = ''
    let from = ++this.#at
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (Number.isNaN(code) || code < 32) this.#fail('the text does not end in a double quote')
      if (code === QUOTE) break
      if (code === BACKSLASH) {
        value += this.#text.slice(from, this.#at) + this.#escape()
        from = this.#at
      } else this.#at++
    }
    value += this.#text.slice(from, this.#at)
    this.#at++
    return value
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? ''
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('expected four hexadecimal digits')
      this.#at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const value = ESCAPES.get(letter)
    if (value === undefined) return this.#fail('this is no escape')
    this.#at += 2
    return value
  }

  #number(): Json {
    NUMBER.lastIndex = this.#at
    const value = NUMBER.exec(this.#text)?.[0]
    if (value === undefined) return this.#fail('expected a value')
    this.#at += value.length
    return { is: 'number', value }
  }

  #word(): Json | undefined {
    const value = WORDS.find((word) => this.#text.startsWith(word, this.#at))
    if (value === undefined) return undefined
    this.#at += value.length
    return { is: 'word', value }
  }

  #take(sign: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== sign) return false
    this.#at++
    return true
  }

  #space(): void {
    while (SPACES.has(this.#text.charCodeAt(this.#at))) this.#at++
  }

  #fail(problem: string): never {
    throw new Fault(problem, this.#at)
  }
}

const QUOTE = 34
const BACKSLASH = 92
const SPACES: ReadonlySet<number> = new Set([9, 10, 13, 32])
