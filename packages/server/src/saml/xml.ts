/** XML from outside: no document types, no entities, nothing that is not well-formed, nothing deeper than anybody needs. */

import { DOMParser, onWarningStopParsing, type Element, type Node } from '@xmldom/xmldom'

export type { Element } from '@xmldom/xmldom'

export const NAMESPACES = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
} as const

export type Space = keyof typeof NAMESPACES

/** Whoever walks a document may go down by recursion. */
const DEEPEST = 100

/** The root of a document, or `undefined` where it is none that we read: one of more than `most` nodes, for one. */
export function parseXml(text: string, most: number = Number.POSITIVE_INFINITY): Element | undefined {
  // A document type would be read before anybody could say that there must be none.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return undefined
  const root = rootOf(text)
  return root === undefined || isUnwieldy(root, most) ? undefined : root
}

function rootOf(text: string): Element | undefined {
  try {
    const parser = new DOMParser({ onError: onWarningStopParsing })
    return parser.parseFromString(text, 'text/xml').documentElement ?? undefined
  } catch {
    return undefined // the parser throws for whatever is not well-formed, and for nothing else
  }
}

function isUnwieldy(root: Node, most: number): boolean {
  let depth = 0
  let node: Node = root
  for (let count = 1; ; count += 1) {
    if (depth > DEEPEST || count > most) return true
    if (node.firstChild !== null) {
      node = node.firstChild
      depth += 1
      continue
    }
    while (node.nextSibling === null || node === root) {
      if (node === root || node.parentNode === null) return false
      node = node.parentNode
      depth -= 1
    }
    node = node.nextSibling
  }
}

export function is(element: Element, space: Space, name: string): boolean {
  return element.namespaceURI === NAMESPACES[space] && element.localName === name
}

/** The elements that are children and are called so. */
export function childrenOf(element: Element, space: Space, name: string): readonly Element[] {
  return elementsIn(element).filter((child) => is(child, space, name))
}

export function elementsIn(element: Element): readonly Element[] {
  return [...element.childNodes].filter((node) => node.nodeType === node.ELEMENT_NODE) as Element[] // which the type of a node says
}

/** The child of that name where there is one and no other. */
export function onlyChild(element: Element | undefined, space: Space, name: string): Element | undefined {
  const found = element === undefined ? [] : childrenOf(element, space, name)
  return found.length === 1 ? found[0] : undefined
}

/** However deep they are. */
export function descendantsOf(element: Element, space: Space, name: string): readonly Element[] {
  return [...element.getElementsByTagNameNS(NAMESPACES[space], name)]
}

/** All the text within, so that a comment cannot cut a name short. */
export function textOf(element: Element | undefined): string {
  return (element?.textContent ?? '').trim()
}

export function attributeOf(element: Element | undefined, name: string): string | undefined {
  return element?.getAttribute(name) ?? undefined
}

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?$/

/** Epoch milliseconds; `undefined` for what is no time. One without a zone is UTC, as SAML has it. */
export function timeOf(text: string | undefined): number | undefined {
  const found = text === undefined ? null : DATE_TIME.exec(text)
  if (found === null) return undefined
  const time = Date.parse(found[1] === undefined ? `${text}Z` : `${text}`)
  return Number.isNaN(time) ? undefined : time
}
