import { describe, expect, test } from 'vitest'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Usage } from '../src/failure.ts'
import { parseOrganization, readOrganization } from '../src/organization/file.ts'
import { THREE_ACCOUNTS, VEGETA_BATMAN, workshop } from './harness.ts'

const MANAGEMENT = 'management: { id: "444444444444", name: Management }\n'
const { run, folder } = workshop()

function complaints(text: string): string {
  try {
    parseOrganization(text, 'o.yaml')
  } catch (error) {
    if (error instanceof Usage) return error.message
    throw error
  }
  return ''
}

/** Units in units, `depth` levels. */
function nested(depth: number): string {
  return depth === 0 ? '' : `units: [{ name: u, ${nested(depth - 1)} }]`
}

describe('what is wrong with a file is said with its line, column and path', () => {
  test.each([
    ['', 'o.yaml:1:1: the file is empty: it must be an organisation', 'nothing in it'],
    ['[]', 'o.yaml:1:1: the file is a list: it must be an organisation', 'no mapping'],
    ['accounts: []', 'o.yaml:1:1: the file has no `management`', 'the one thing that must be there'],
    [
      'management: { id: 012345678901, name: A }',
      'o.yaml:1:19: management.id is a number: quote it, as "012345678901"',
      'the zero would be lost',
    ],
    [
      'management: { id: "12345", name: A }',
      'o.yaml:1:19: management.id is `12345`: it must be an account id of 12 digits',
      'too few digits',
    ],
    ['management: { id: "123456789012", name: "" }', 'management.name is ``', 'a name of nothing'],
    ['management: { id: "123456789012", name: A, email: x }', 'o.yaml:1:51: management.email is `x`', 'no address'],
    [
      'management: { id: "123456789012", nmae: A }',
      'o.yaml:1:35: management has `nmae`, which nobody knows: did you mean `name`',
      'the place is the key',
    ],
    [`${MANAGEMENT}accounts:\n`, 'accounts is empty: it must be a list of accounts', 'a list that was begun'],
    [
      `${MANAGEMENT}unit: []`,
      'o.yaml:2:1: the file has `unit`, which nobody knows: did you mean `units`',
      'a slip at the top',
    ],
    [
      `${MANAGEMENT}units:\n  - name: W\n    accounts:\n      - { id: "111111111111", name: A }\n      - { id: 222222222222, name: B }\n`,
      'o.yaml:6:15: units[0].accounts[1].id is a number: quote it, as "222222222222"',
      'deep inside',
    ],
    [
      `${MANAGEMENT}accounts: [{ id: "444444444444", name: A }]`,
      'o.yaml:2:18: accounts[0].id is `444444444444`, which `management` has already',
      'an id twice',
    ],
    [
      `${MANAGEMENT}accounts: [{ id: "111111111111", name: A, email: a@b.cc }, { id: "222222222222", name: B, email: A@B.cc }]`,
      'accounts[1].email is `a@b.cc`, which `accounts[0]` has already',
      'an address twice, but for its capitals',
    ],
    [
      `${MANAGEMENT}units: [{ name: x }, { name: x }]`,
      'o.yaml:2:30: units[1].name is `x`, as a unit beside it is called',
      'siblings of one name',
    ],
    [`${MANAGEMENT}${nested(6)}`, '6 levels under the root', 'AWS nests five deep'],
    [
      `${MANAGEMENT}accounts: []\naccounts: []`,
      'o.yaml:3:1: this key stands here for the second time',
      'which of them is meant?',
    ],
    [`${MANAGEMENT}---\na: 1`, 'o.yaml:2:1: a second document begins here', 'two organisations'],
    [`${MANAGEMENT}accounts: [`, 'o.yaml:2:12: ', 'an open bracket'],
    [`${MANAGEMENT}units: &u [{ name: x, units: *u }]`, 'unfolds into too much', 'a file that contains itself'],
    ['['.repeat(50_000), 'o.yaml:1:', 'brackets in brackets'],
    [bomb(), 'unfolds into too much', 'a billion laughs'],
    [
      `${MANAGEMENT}accounts:\n${accounts(10_000)}`,
      'declares 10001 accounts: an organisation may have 10000',
      'more than AWS allows',
    ],
  ])('%#', (text, says) => {
    expect(complaints(text)).toContain(says)
  })

  test('all of it is said, in the order of the file', () => {
    const text = `${MANAGEMENT}accounts:\n  - { id: 1, name: A }\n  - { id: "2", name: B, tag: x }\n`
    expect(
      complaints(text)
        .split('\n')
        .map((line) => line.split(': ')[0]),
    ).toEqual(['o.yaml:3:11', 'o.yaml:4:11', 'o.yaml:4:25'])
  })
})

function accounts(count: number): string {
  return Array.from({ length: count }, (_, at) => `  - { id: "${100_000_000_000 + at}", name: N${at} }\n`).join('')
}

function bomb(): string {
  const lines = Array.from(
    { length: 9 },
    (_, at) => `a${at + 1}: &a${at + 1} [${Array.from({ length: 10 }, () => `*a${at}`).join(', ')}]`,
  )
  return ['a0: &a0 [x, x, x, x, x]', ...lines].join('\n')
}

describe('what is right', () => {
  test('the examples are what the story says', () => {
    const { management, root } = readOrganization(THREE_ACCOUNTS)
    expect([management, ...(root?.accounts ?? [])].map(({ id, name }) => `${id} ${name}`)).toEqual([
      '444444444444 Management',
      '111111111111 Production',
      '222222222222 Staging',
      '333333333333 Development',
    ])
    expect(
      readOrganization(VEGETA_BATMAN).root?.units.map(
        ({ name, accounts: [first] }) => `${name}: ${first?.id} ${first?.name}`,
      ),
    ).toEqual(['Production: 555555555555 Vegeta Team', 'Development: 666666666666 Batman Team'])
  })

  test('an address that is not given is made from the name, and is nobody else’s', () => {
    const { management, root } = parseOrganization(
      'management: { id: "444444444444", name: Head Office }\naccounts: [{ id: "111111111111", name: "Head  office!" }, { id: "222222222222", name: X, email: head-office+1@example.com }]',
      'o.yaml',
    )
    expect([management, ...(root?.accounts ?? [])].map(({ email }) => email)).toEqual([
      'head-office@example.com',
      'head-office+111111111111@example.com',
      'head-office+1@example.com',
    ])
  })

  test('ten thousand accounts are an organisation', () => {
    expect(parseOrganization(`${MANAGEMENT}accounts:\n${accounts(9_999)}`, 'o.yaml').root?.accounts).toHaveLength(9_999)
  })

  test('an alias stands for what it names', () => {
    const text = `${MANAGEMENT}units: [{ name: a, accounts: &none [] }, { name: b, accounts: *none }]`
    expect(parseOrganization(text, 'o.yaml').root?.units.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('the examples name the schema that is published with the package', () => {
    for (const file of [THREE_ACCOUNTS, VEGETA_BATMAN]) {
      expect(readFileSync(file, 'utf8')).toMatch(
        /^# yaml-language-server: \$schema=\.\.\/packages\/cli\/schema\/organization\.schema\.json\n/,
      )
    }
  })
})

test.each([
  ['big.yaml', Buffer.alloc(10 * 1024 * 1024 + 1, ' '), 'may have 10 MB', 'more than an organisation needs'],
  [
    'latin.yaml',
    Buffer.from('management: { id: "123456789012", name: \xe4 }', 'latin1'),
    'is not text in UTF-8',
    'another encoding',
  ],
  ['.', undefined, 'cannot be read', 'a folder'],
] as readonly [string, Buffer | undefined, string, string][])('%s is no organisation file', (name, bytes, says) => {
  const file = join(folder, name)
  if (bytes !== undefined) writeFileSync(file, bytes)
  expect(() => readOrganization(file)).toThrow(says)
})

test('a file with an error in it starts nothing and leaves nothing', async () => {
  writeFileSync(join(folder, 'wrong.yaml'), 'management: { id: 1, name: A }\n')
  const { code, stdout, stderr } = await run(['up', '--org', 'wrong.yaml', '--data', 'untouched', '--port', '0'])
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: 'sallyport: wrong.yaml:1:19: management.id is a number: quote it, as "1"\n',
  })
  expect((await run(['down', '--data', 'untouched'])).stdout).toContain('no server runs')
})
