/**
 * The files of AWS's clients, `~/.aws/config` and `~/.aws/credentials`, as botocore reads them: Python's configparser without
 * defaults, and values in which indented lines make a section of their own.
 */

export interface Section {
  /** As it stands between the brackets. */
  readonly header: string
  /** Of the file, counted from 0: the header's, and the one after its last value. */
  readonly from: number
  readonly to: number
  /** Names in lower case. A value with indented lines has them after line breaks. */
  readonly values: ReadonlyMap<string, string>
}

export interface Fault {
  /** Counted from 1. */
  readonly line: number
  readonly says: string
}

export interface Ini {
  readonly sections: readonly Section[]
  /** Why AWS's clients would refuse the whole file. */
  readonly faults: readonly Fault[]
}

interface Open {
  readonly header: string
  readonly from: number
  to: number
  readonly values: Map<string, string[]>
}

export function readIni(text: string): Ini {
  const open: Open[] = []
  const faults: Fault[] = []
  let option: string[] | undefined
  let indent = 0
  for (const [at, line] of text.split(/\r\n|\r|\n/).entries()) {
    // for Python a byte order mark is no blank, and nothing before a section
    const value = line.startsWith('\uFEFF') ? line : line.trim()
    if (/^[#;]/.test(value)) continue
    const section = open.at(-1)
    if (value === '') {
      option?.push('')
      continue
    }
    const deep = line.length - line.trimStart().length
    if (section !== undefined && option !== undefined && deep > indent) {
      option.push(value)
      section.to = at + 1
      continue
    }
    indent = deep
    option = undefined
    const header = /^\[(.+)\]/.exec(value)?.[1]
    if (header !== undefined) {
      if (open.some((one) => one.header === header))
        faults.push({ line: at + 1, says: `\`[${header}]\` stands there for the second time` })
      open.push({ header, from: at, to: at + 1, values: new Map() })
      continue
    }
    const [, name = '', first = ''] = /^(.*?)\s*[=:]\s*(.*)$/.exec(value) ?? []
    if (section === undefined || name === '') {
      const says = section === undefined ? 'stands before any section' : 'is no `name = value`'
      faults.push({ line: at + 1, says: `\`${value.slice(0, 40)}\` ${says}` })
      continue
    }
    const key = name.toLowerCase()
    if (section.values.has(key))
      faults.push({ line: at + 1, says: `\`${key}\` stands in its section for the second time` })
    option = [first]
    section.values.set(key, option)
    section.to = at + 1
  }
  return { sections: open.map(closed), faults }
}

function closed({ values, ...rest }: Open): Section {
  return { ...rest, values: new Map([...values].map(([name, lines]) => [name, lines.join('\n').trimEnd()])) }
}

/** The values that indented lines below a name make. */
export function nested(value: string): ReadonlyMap<string, string> {
  const lines = value.startsWith('\n') ? value.split('\n').map((line) => line.trim()) : []
  return new Map(
    lines.flatMap((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const]
    }),
  )
}

/** The words of a header as a shell reads them: `profile "a b"` has two. `undefined` where a quote stays open. */
export function wordsIn(header: string): readonly string[] | undefined {
  const words: string[] = []
  const rest = header.replaceAll(/\s*((?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)\s*/gs, (_whole, word: string) => {
    words.push(word.replaceAll(/\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/gs, unquoted))
    return ''
  })
  return rest.trim() === '' ? words : undefined
}

function unquoted(_whole: string, escaped?: string, single?: string, double?: string): string {
  return escaped ?? single ?? (double ?? '').replaceAll(/\\(["\\])/g, '$1')
}
