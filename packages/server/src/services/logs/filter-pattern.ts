/** Filter patterns of unstructured events: words that all must be there, `?` for one of several, `-` for none. */

import { wrong } from './shared.ts'

const TERM = /\s*([?-]?)("(?:[^"\\]|\\.)*"|[^\s"]+)/gy

/** Whether a message fits. Case counts. CloudWatch Logs UG FilterAndPatternSyntax. */
export function matcherOf(pattern: string): (message: string) => boolean {
  const text = pattern.trim()
  if (/^[{[]|%/.test(text)) {
    throw wrong(
      'sallyport has built filter patterns of words alone, and none for JSON, for columns or with regular expressions',
    )
  }
  const terms = [...text.matchAll(TERM)]
  if (terms.reduce((sum, [all]) => sum + all.length, 0) < text.length) throw wrong('Invalid filter pattern')
  const words = (mark: string): readonly string[] =>
    terms.filter(([, one]) => one === mark).map(([, , word = '']) => bare(word))
  const [all, any, none] = [words(''), words('?'), words('-')]
  return (message) => {
    const has = (word: string): boolean => message.includes(word)
    return all.every(has) && (any.length === 0 || any.some(has)) && !none.some(has)
  }
}

function bare(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word
}
