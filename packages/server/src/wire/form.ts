/**
 * A browser's form, `multipart/form-data`, as it flows: its fields up to the file, then the file's bytes as somebody takes
 * them. What follows the file is not read, as S3 does not.
 */

import { Refusal } from '../refusal.ts'

export interface Form {
  /** By names in lower case; where one is given twice, the first counts. */
  readonly fields: ReadonlyMap<string, string>
  readonly file: { readonly name: string; readonly bytes: AsyncIterable<Uint8Array> }
}

/** Of all that comes before the file (S3 User Guide, HTTPPOSTForms). */
const FIELDS_BYTES = 20_480
const BREAK = Buffer.from('\r\n')
const BLANK = Buffer.from('\r\n\r\n')

export async function readForm(contentType: string, bytes: AsyncIterable<Uint8Array>): Promise<Form> {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(contentType) ?? []
  const boundary = quoted ?? bare
  if (boundary === undefined) throw malformed()
  const reader = new Reader(bytes)
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  reader.prepend(BREAK) // the first boundary has no line break before it
  await reader.until(delimiter)
  const fields = new Map<string, string>()
  for (;;) {
    if (await reader.isAtEnd()) throw noFile()
    const head = (await reader.until(BLANK)).toString()
    const { name, file } = dispositionOf(head)
    if (file !== undefined || name === 'file') {
      return { fields, file: { name: file ?? '', bytes: reader.flow(delimiter) } }
    }
    const value = (await reader.until(delimiter)).toString()
    if (!fields.has(name)) fields.set(name, value)
  }
}

function dispositionOf(head: string): { readonly name: string; readonly file?: string } {
  const line = head.split('\r\n').find((one) => /^content-disposition:/i.test(one)) ?? ''
  const name = /;\s*name="([^"]*)"/i.exec(line)?.[1]
  const file = /;\s*filename="([^"]*)"/i.exec(line)?.[1]
  if (name === undefined) throw malformed()
  return { name: name.toLowerCase(), ...(file === undefined ? {} : { file }) }
}

function malformed(): Refusal {
  return new Refusal('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.')
}

function noFile(): Refusal {
  const detail = { ArgumentName: 'file', ArgumentValue: '0' }
  return new Refusal('InvalidArgument', 'POST requires exactly one file upload per request.', detail)
}

/** Bytes up to a mark. Never takes more from its source than what it was asked for needs. */
class Reader {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)
  /** What `until` has taken so far: the form's fields with all that is around them. */
  #taken = 0

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#source = bytes[Symbol.asyncIterator]()
  }

  prepend(bytes: Buffer): void {
    this.#held = Buffer.concat([bytes, this.#held])
  }

  /** Behind a boundary: two dashes say that it was the last. */
  async isAtEnd(): Promise<boolean> {
    while (this.#held.length < 2) if (!(await this.#more())) throw malformed()
    return this.#held.subarray(0, 2).toString() === '--'
  }

  async until(mark: Buffer): Promise<Buffer> {
    for (let from = 0; ;) {
      const at = this.#held.indexOf(mark, from)
      if (at >= 0) return this.#take(at, mark.length)
      if (this.#taken + this.#held.length > FIELDS_BYTES + mark.length) throw tooLong()
      from = Math.max(0, this.#held.length - mark.length + 1)
      if (!(await this.#more())) throw malformed()
    }
  }

  /** Everything before the mark, piece by piece. The source must bring the mark, or the upload was broken off. */
  async *flow(mark: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      if (at >= 0) {
        if (at > 0) yield this.#held.subarray(0, at)
        return this.#drain()
      }
      const sure = Math.max(0, this.#held.length - mark.length + 1)
      if (sure > 0) {
        const piece = this.#held.subarray(0, sure)
        this.#held = this.#held.subarray(sure)
        yield piece
      }
      if (!(await this.#more())) throw malformed()
    }
  }

  async #drain(): Promise<void> {
    this.#held = Buffer.alloc(0)
    for (let rest = await this.#source.next(); rest.done !== true;) rest = await this.#source.next()
  }

  #take(at: number, mark: number): Buffer {
    const found = this.#held.subarray(0, at)
    this.#held = this.#held.subarray(at + mark)
    this.#taken += at + mark
    if (this.#taken > FIELDS_BYTES) throw tooLong()
    return found
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next()
    if (done === true) return false
    this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value])
    return true
  }
}

function tooLong(): Refusal {
  return new Refusal(
    'MaxPostPreDataLengthExceeded',
    'Your POST request fields preceding the upload file were too large.',
  )
}
