import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { BIN, workshop } from './harness.ts'
import { execFileSync, spawnSync } from 'node:child_process'

const { run, folder } = workshop()
const VERBS = [
  'up',
  'env',
  'down',
  'backup',
  'restore',
  'export',
  'import',
  'keys',
  'quota',
  'email-codes',
  'clock',
  'ca',
  'explain',
  'can',
  'org',
  'org generate',
  'imds',
  'container-credentials',
  'creds',
  'profile',
  'doctor',
  'lint roles',
  'demo',
  'coverage',
]

describe('help', () => {
  test('the help of every verb is what the golden file has', async () => {
    const texts = [
      await run(['--help']),
      ...(await Promise.all(VERBS.map((verb) => run([...verb.split(' '), '--help'])))),
    ]
    const help = texts.map(({ stdout }) => stdout.trimEnd()).join('\n\n----\n\n')
    await expect(`${help}\n`).toMatchFileSnapshot('golden/help.txt')
    expect(texts.map(({ code }) => code)).toEqual(texts.map(() => 0))
  })

  test('the version is that of the package', async () => {
    const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' })
  })
})

describe('usage', () => {
  test.each([
    [['upp'], 'unknown command `upp`: did you mean `up`', 'a slip of the finger'],
    [[], 'which command?', 'nothing was asked'],
    [['up', '--prot', '1'], 'unknown option `--prot`: did you mean `--port`', 'a slip in an option'],
    [['up', '--port', '65536'], '`65536` is no port for `--port`', 'past the last port'],
    [['up', '--port', 'http'], '`http` is no port for `--port`', 'no number'],
    [['up', '--max-calls', '0'], '`0` is no number for `--max-calls`: give 1 or more', 'no calls at all'],
    [['up', '--cache', '0'], '`0` is no number for `--cache`: give 1 or more', 'no memory at all'],
    [['up', '--keep-days', 'x'], '`x` is no number for `--keep-days`', 'no number of days'],
    [['up', '--max-header', '1k'], '`1k` is no number for `--max-header`', 'a unit where there is none'],
    [['up', '--grace', '-1'], '`-1` is no time for `--grace`', 'a time before now'],
    [['up', '--idle-time', '100000'], '86400 at the most', 'more than a day'],
    [['up', '--log-level', 'loud'], 'give silent, error, warn, info, debug', 'a level that there is not'],
    [['up', '--region', 'mars'], '`mars` is no region', 'no region of AWS'],
    [['up', '--org', 'absent.yaml'], 'there is no file `absent.yaml`', 'a file that is not there'],
    [['up', '--ephemeral', '--data', 'd'], 'give one of them', 'two that contradict each other'],
    [['clock', 'tomorrow', '--endpoint', 'http://127.0.0.1:9'], 'is no move of the clock', 'words that are no move'],
    [['clock', '+1y', '--endpoint', 'http://127.0.0.1:9'], '`+1y` is no duration', 'a unit that is none'],
    [
      ['clock', 'set', '2026-12-01T00:00:00', '--endpoint', 'http://127.0.0.1:9'],
      'is no time',
      'a time without a zone',
    ],
    [['clock', '--endpoint', 'localhost:4566'], 'is no endpoint', 'a URL without its scheme'],
    [['demo', 'production'], 'production', 'a story that is not told'],
    [['coverage', '--json', '--markdown'], 'cannot be used with', 'two forms at once'],
    [['org'], 'which command?', 'a family of verbs, and none of them'],
    [['org', 'generat'], 'unknown command `generat`: did you mean `generate`', 'a slip in a verb under a verb'],
    [['org', 'generate', '--accounts', '0'], '`0` is no number for `--accounts`: give an integer from 1', 'too few'],
    [['org', 'generate', '--accounts', '10001'], 'from 1 to 10000', 'more than AWS lets anybody have'],
    [['org', 'generate', '--roles', '1e3'], '`1e3` is no number for `--roles`', 'no plain number'],
    [['org', 'generate', '--roles', '1001'], 'from 0 to 1000', 'more than an account may have'],
    [['org', 'generate', '--seed', '0.5'], '`0.5` is no number for `--seed`', 'no integer'],
  ])('%j is refused with exit code 2: %s', async (args, says) => {
    const { code, stdout, stderr } = await run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(says)
    expect(stderr).toMatch(/^sallyport: [^\n]*[^.\n]\n$/)
  })

  test.each([
    [{ ROOT_AWS_ACCESS_KEY_ID: 'AKIAROOTEXAMPLE00000' }, 'ROOT_AWS_SECRET_ACCESS_KEY is not', 'one without the other'],
    [
      { ROOT_AWS_ACCESS_KEY_ID: 'short', ROOT_AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) },
      '16 to 128',
      'an id that no client could send',
    ],
    [
      { ROOT_AWS_ACCESS_KEY_ID: 'ASIAROOTEXAMPLE00000', ROOT_AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) },
      'temporary',
      'the prefix of sessions',
    ],
    [
      { ROOT_AWS_ACCESS_KEY_ID: 'AKIAROOTEXAMPLE00000', ROOT_AWS_SECRET_ACCESS_KEY: 'short' },
      'too short',
      'a secret that is none',
    ],
    [{ SALLYPORT_PORT: 'http' }, '`http` is no port for `--port`', 'no number'],
    [{ SALLYPORT_KEY: 'abc' }, 'no master key', 'a key of the wrong length'],
  ] as readonly [Record<string, string>, string, string][])(
    'the environment %j is refused with exit code 2: %s',
    async (environment, says) => {
      const { code, stderr } = await run(['up'], { SALLYPORT_PORT: '0', ...environment })
      expect(code).toBe(2)
      expect(stderr).toContain(says)
      expect(stderr).not.toContain('x'.repeat(40))
    },
  )
})

test('a node that is too old is told so before anything is loaded', () => {
  const script = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); require(${JSON.stringify(BIN)})`
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain('needs node 22.18 or newer, and this is node `20.20.2`')
})

test('the guard is in words that the oldest node understands', () => {
  const source = readFileSync(BIN, 'utf8')
  expect(source).not.toMatch(/=>|\b(const|let|class|import|async)\b/)
})

test('a reader that leaves early ends the command in peace', () => {
  const output = execFileSync('sh', ['-c', `"${process.execPath}" "${BIN}" coverage --json | head -c 10`], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(output).toHaveLength(10)
})

test('coverage is told to people, pages and scripts', async () => {
  const [people, pages, scripts] = await Promise.all([
    run(['coverage']),
    run(['coverage', '--markdown']),
    run(['coverage', '--json']),
  ])
  const rows = JSON.parse(scripts.stdout) as readonly { service: string; built: string[]; operations: string[] }[] // coverage() as it is
  const sts = rows.find(({ service }) => service === 'sts')
  expect(sts?.built).toContain('AssumeRole')
  expect(pages.stdout).toContain(`| sts | ${sts?.built.length} | ${sts?.operations.length} | `)
  expect(people.stdout).toMatch(/^sts +\d+ +\d+ {2}.*AssumeRole/m)
  expect(people.stdout).not.toContain('\u001B')
})
