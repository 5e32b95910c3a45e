/** A small, strict, bounded XML reader for the bodies that S3 takes, and the escaping that every XML answer needs. */
import { Refusal } from '../refusal.ts'

/** Names without their prefix: S3's clients disagree about prefixes, and S3 does not care. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** The text directly inside, entities resolved. */
  readonly text: string
}

interface Open {
  readonly raw: string
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  text: string
}

const DEEPEST = 64
const MOST_ELEMENTS = 200_000
const NAME = '[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?'
const START = new RegExp(`<(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>`, 'y')
const END = new RegExp(`</(${NAME})\\s*>`, 'y')
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'g')
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The root element of a document. No DTD, no entities but the five and numbers, bounded depth and count. */
export function parseXml(source: string): XmlElement {
  const text = source.replace(/^\uFEFF/, '')
  const stack: Open[] = []
  let root: XmlElement | undefined
  let count = 0
  let at = skipDeclaration(text)
  while (at < text.length) {
    if (text[at] !== '<') {
      at = readCharacters(text, at, stack.at(-1))
      continue
    }
    const skipped = skipAside(text, at, stack.at(-1))
    if (skipped !== undefined) {
      at = skipped
      continue
    }
    const closed = text[at + 1] === '/' ? closeElement(text, at, stack) : undefined
    if (closed) {
      at = END.lastIndex
      if (stack.length === 0) root = closed
      continue
    }
    count += 1
    if (root || count > MOST_ELEMENTS || stack.length >= DEEPEST) throw malformed()
    const { element, empty } = openElement(text, at)
    at = START.lastIndex
    if (!empty) stack.push(element)
    else if (stack.length === 0) root = element
    else stack.at(-1)?.children.push(element)
  }
  if (!root || stack.length > 0) throw malformed()
  return root
}

function skipDeclaration(text: string): number {
  const head = /^\s*<\?xml\s[^?<]{0,200}\?>/.exec(text)
  return head ? head[0].length : 0
}

/** Characters up to the next tag, which belong to the open element; outside any only white space may stand. */
function readCharacters(text: string, at: number, open: Open | undefined): number {
  const next = text.indexOf('<', at)
  const end = next < 0 ? text.length : next
  const raw = text.slice(at, end)
  if (open) open.text += unescapeXml(raw)
  else if (raw.trim() !== '') throw malformed()
  return end
}

/** Past a comment, a processing instruction or a CDATA section, if one stands here. */
function skipAside(text: string, at: number, open: Open | undefined): number | undefined {
  if (text.startsWith('<!--', at)) return after(text, '-->', at + 4)
  if (text.startsWith('<?', at)) return after(text, '?>', at + 2)
  if (!text.startsWith('<![CDATA[', at)) return undefined
  const end = after(text, ']]>', at + 9)
  if (!open) throw malformed()
  open.text += text.slice(at + 9, end - 3)
  return end
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  if (found < 0) throw malformed()
  return found + mark.length
}

function openElement(text: string, at: number): { element: Open; empty: boolean } {
  START.lastIndex = at
  const [, raw, attributes = '', slash] = START.exec(text) ?? []
  if (raw === undefined) throw malformed()
  const element = { raw, name: bareName(raw), attributes: readAttributes(attributes), children: [], text: '' }
  return { element, empty: slash === '/' }
}

function closeElement(text: string, at: number, stack: Open[]): XmlElement {
  END.lastIndex = at
  const [, raw] = END.exec(text) ?? []
  const element = stack.pop()
  if (!element || raw !== element.raw) throw malformed()
  stack.at(-1)?.children.push(element)
  return element
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    found.set(bareName(name), unescapeXml(double ?? single ?? ''))
  }
  return found
}

function bareName(raw: string): string {
  return raw.slice(raw.indexOf(':') + 1)
}

/** The text of an element that should have no elements inside. */
export function textIn(element: XmlElement): string {
  return element.text
}

function unescapeXml(text: string): string {
  const plain = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  if (!plain.includes('&')) return plain
  return plain.replace(/&([^;&]{0,12})(;?)/g, (_, body: string, end: string) => {
    if (end === '') throw malformed()
    return Object.hasOwn(ENTITIES, body) ? String(ENTITIES[body]) : numbered(body)
  })
}

function numbered(body: string): string {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(body) ?? []
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  const surrogate = point >= 0xd800 && point <= 0xdfff
  if (!(point > 0 && point <= 0x10ffff) || surrogate) throw malformed()
  return String.fromCodePoint(point)
}

/** The message is the dialect's: S3 says one sentence of every malformed document. */
function malformed(): Refusal {
  return new Refusal('malformed')
}

// Made from text, since a literal may not name control characters.
const FORBIDDEN = String.raw`\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff`
const LONE = String.raw`[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]`
const SPECIAL = new RegExp(String.raw`[&<>"\r]|[${FORBIDDEN}]|${LONE}`, 'g')
const NEEDS_CARE = new RegExp(String.raw`[&<>"\r\ud800-\udfff${FORBIDDEN}]`)
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
}

/** Text for an element or attribute; characters that XML 1.0 cannot hold at all become U+FFFD. */
export function escapeXml(text: string): string {
  return NEEDS_CARE.test(text) ? text.replace(SPECIAL, (one) => ESCAPES[one] ?? '\ufffd') : text
}

export function attribute(name: string, value: string): string {
  return ` ${name}="${escapeXml(value).replace(/[\n\t]/g, (one) => `&#${one.charCodeAt(0)};`)}"`
}
