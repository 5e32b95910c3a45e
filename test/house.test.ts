/** The house as its plan says it: who may lean on whom, file by file, and what is never done. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const PACKAGES = ['policy', 'estate', 'server', 'cli'] as const
type Package = (typeof PACKAGES)[number]

const NAMES: Readonly<Record<string, Package>> = {
  '@sallyport/policy': 'policy',
  '@sallyport/estate': 'estate',
  '@sallyport/server': 'server',
  '@sallyport/server/postgres': 'server',
  '@sallyport/server/tls': 'server',
  sallyport: 'cli',
}

/** Which of our packages each may use. */
const USES: Readonly<Record<Package, readonly Package[]>> = {
  policy: [],
  estate: ['policy'],
  server: ['estate', 'policy'],
  cli: ['server', 'estate', 'policy'],
}

/**
 * The floors of the server, ground first: a file leans (with values; types may point anywhere but where `APART` says no)
 * on its own room and on floors below it. The longest name that fits decides.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['refusal.ts', 'random.ts', 'clock.ts', 'data.ts'],
  [
    'wire/',
    'tls/',
    'saml/',
    'ids.ts',
    'issuers.ts',
    'token-keys.ts',
    'keyring.ts',
    'blobs.ts',
    'catalogue.ts',
    'authorization-reference.ts',
    'directory.ts',
    'limits.ts',
    'quotas.ts',
    'log.ts',
    'openssh.ts',
    'telemetry.ts',
    'turns.ts',
  ],
  ['store/', 'sessions.ts', 'eventual.ts'],
  ['store/postgres/', 'usage.ts'],
  [
    'operation.ts',
    'service.ts',
    'call.ts',
    'account-owner.ts',
    'birth.ts',
    'closing.ts',
    'explanation.ts',
    'options.ts',
    'service-role.ts',
    'session-credentials.ts',
    'services/amazon-images.ts',
    'services/guesses.ts',
    'services/regions.ts',
    'services/paging.ts',
    'services/second-factor.ts',
    'services/tags.ts',
  ],
  ['services/'],
  ['services/lambda/', 'services/s3control/'],
  [
    'services/index.ts',
    'audit/',
    'bucket-region.ts',
    'cross-origin.ts',
    'caller.ts',
    'court.ts',
    'credential-limits.ts',
    'form-upload.ts',
    'reception.ts',
    'world.ts',
  ],
  ['functions/'],
  [
    'founding.ts',
    'gate.ts',
    'clock-door.ts',
    'coverage.ts',
    'explain/',
    'archive/',
    'watch.ts',
    'tracing.ts',
    'ledger.ts',
    'exposition.ts',
  ],
  ['generate/'],
  ['overload.ts', 'connections.ts', 'exchanges.ts', 'admission.ts'],
  ['http.ts'],
  ['signed-door.ts'],
  [
    'explain-door.ts',
    'standards-door.ts',
    'archive-door.ts',
    'keys-door.ts',
    'quotas-door.ts',
    'instance-door.ts',
    'container-door.ts',
    'email-codes-door.ts',
    'issuer-door.ts',
    'own-doors.ts',
    'drain.ts',
  ],
  ['server.ts'],
  ['index.ts'],
]

/** What rooms never know of, not even its types. */
const APART: readonly [room: RegExp, never: RegExp, why: string][] = [
  [/^wire\//, /^(?!wire\/|refusal\.ts|data\.ts)/, 'wire knows no state'],
  [/^store\//, /^(?:wire|services|tls)\/|^(?:gate|http|server|reception)\.ts/, 'state knows no HTTP'],
  [/^(?:refusal|random|clock|data)\.ts/, /./, 'the ground stands on nothing'],
  [
    /^services\//,
    /^(?:gate|http|server|reception|court|caller|world|founding)\.ts|^audit\//,
    'an operation knows its call and no more of the gate',
  ],
  [/^tls\//, /^(?!tls\/)/, 'certificates know nothing of AWS'],
  [
    /^services\/(?:account|sts|iam|organizations|s3|ec2|logs|ssm)\//,
    /^services\/[^/]+\//,
    'a service leans on no other',
  ],
]

/** Whole tables; everything else is two files past this. */
const LONGEST = 400
const TABLES: ReadonlySet<string> = new Set([])

interface Import {
  readonly spec: string
  readonly types: boolean
}

interface File {
  readonly of: Package
  /** From the package's `src/`. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

const FILES = PACKAGES.flatMap((of) => filesIn(of))

function filesIn(of: Package): readonly File[] {
  const folder = join(ROOT, 'packages', of, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8')
      return { of, path, text, imports: importsOf(text) }
    })
}

function importsOf(text: string): readonly Import[] {
  const lines = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)
  const inline = text.matchAll(/(?<![\w.])import\('([^']+)'\)/g)
  return [
    ...[...lines].map(([, types, spec = '']) => ({ spec, types: types !== undefined })),
    ...[...inline].map(([, spec = '']) => ({ spec, types: false })),
  ]
}

/** The file that an import means, from `src/` of its own package; undefined for what is not in it. */
function meant({ of, path }: File, { spec }: Import): string | undefined {
  if (!spec.startsWith('.')) return undefined
  const folder = join(ROOT, 'packages', of, 'src')
  return relative(folder, join(folder, dirname(path), spec))
}

function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<!:)\/\/.*$/gm, '')
}

function floorOf(path: string): number {
  const fitting = FLOORS.flatMap((rooms, floor) =>
    rooms
      .filter((room) => path === room || (room.endsWith('/') && path.startsWith(room)))
      .map((room) => ({ room, floor })),
  )
  return fitting.toSorted((a, b) => b.room.length - a.room.length)[0]?.floor ?? -1
}

function roomOf(path: string): string {
  return dirname(path)
}

const SERVER = FILES.filter(({ of }) => of === 'server')

test('imports are read', () => {
  expect(FILES.flatMap(({ imports }) => imports).length).toBeGreaterThan(400)
})

describe('packages', () => {
  test('lean on those below them alone, and by name', () => {
    const wrong = FILES.flatMap((file) =>
      file.imports
        .filter(({ spec }) => {
          const used = NAMES[spec]
          if (used !== undefined) return !USES[file.of].includes(used)
          return (
            /^@sallyport\/|^sallyport/.test(spec) || meant(file, { spec, types: false })?.startsWith('../../') === true
          )
        })
        .map(({ spec }) => `${file.of}/${file.path} → ${spec}`),
    )
    expect(wrong).toEqual([])
  })

  test('use what their manifest says, and SDKs for their types alone', () => {
    const wrong = FILES.flatMap((file) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', file.of, 'package.json'), 'utf8')) as {
        dependencies?: object
        devDependencies?: object
      } // npm's own form
      const known = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
      return file.imports
        .filter(
          ({ spec, types }) =>
            !spec.startsWith('.') && !spec.startsWith('node:') && !(types && spec.startsWith('@aws-sdk/')),
        )
        .map(({ spec }) =>
          spec
            .split('/')
            .slice(0, spec.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((name) => !known.has(name))
        .map((name) => `${file.of}/${file.path} → ${name}`)
    })
    expect(wrong).toEqual([])
  })

  test('that are pure import nothing of Node, read no clock, draw nothing and print nothing', () => {
    const never =
      /'node:|Date\.now|new Date\(\)|Math\.random|\bconsole\b|\bprocess\.|\bcrypto\.|setTimeout|\bperformance\b/
    const wrong = FILES.filter(({ of }) => of === 'policy' || of === 'estate').flatMap(({ of, path, text }) =>
      code(text)
        .split('\n')
        .filter((line) => never.test(line))
        .map((line) => `${of}/${path}: ${line.trim()}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('the server', () => {
  test('has every file on a floor', () => {
    expect(SERVER.filter(({ path }) => floorOf(path) < 0).map(({ path }) => path)).toEqual([])
  })

  test('leans on its own room and downwards', () => {
    const wrong = SERVER.flatMap((file) =>
      file.imports.flatMap((one) => {
        const to = meant(file, one)
        const down =
          to === undefined ||
          one.types ||
          (roomOf(to) === roomOf(file.path) && roomOf(to) !== '.') ||
          floorOf(to) < floorOf(file.path) ||
          leansWithin(file.path, to)
        return down ? [] : [`${file.path} → ${to}`]
      }),
    )
    expect(wrong).toEqual([])
  })

  /** Files that lie open on one floor may lean on each other; circles are looked for below. */
  function leansWithin(from: string, to: string): boolean {
    return roomOf(from) === '.' && roomOf(to) === '.' && floorOf(from) === floorOf(to)
  }

  test.each(APART)('%s never knows %s: %s', (room, never) => {
    const wrong = SERVER.filter(({ path }) => room.test(path)).flatMap((file) =>
      file.imports.flatMap((one) => {
        const to = meant(file, one)
        const apart = to !== undefined && (roomOf(to) === '.' || roomOf(to) !== roomOf(file.path))
        return apart && never.test(to) ? [`${file.path} → ${to}`] : []
      }),
    )
    expect(wrong).toEqual([])
  })

  test('calls no operation from an operation', () => {
    const wrong = SERVER.filter(({ path, text }) => path.startsWith('services/') && /\.run\(/.test(code(text)))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  /** Time and randomness enter once. */
  const ENTRANCES: Readonly<Record<string, string>> = {
    'clock.ts': 'the clock',
    'random.ts': 'the random numbers',
    'clock-door.ts': 'how far from the wall’s time an operator may go',
    'blobs.ts': 'names of files, which nobody sees',
    'store/postgres/blobs.ts': 'names of blobs, which nobody sees',
    'tls/certificates.ts': 'serial numbers of certificates',
  }

  test('lets time and randomness in by their doors alone', () => {
    const doors = /Date\.now|new Date\(\)|Math\.random|random(?:UUID|Bytes|FillSync|Int)\b|getRandomValues/
    const found = SERVER.filter(({ text }) => doors.test(code(text))).map(({ path }) => path)
    expect(found.toSorted()).toEqual(Object.keys(ENTRANCES).toSorted())
  })

  test('prints nothing and reads no environment', () => {
    const wrong = SERVER.filter(({ text }) => /\bconsole\b|process\.(?:env|stdout|stderr|exit)/.test(code(text)))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})

describe('files', () => {
  test('stand in no circle', () => {
    const edges = new Map(
      FILES.map((file) => [
        `${file.of}/${file.path}`,
        file.imports.filter(({ types }) => !types).flatMap((one) => targetOf(file, one)),
      ]),
    )
    expect(circles(edges)).toEqual([])
  })

  test('are named by what is there', () => {
    const there = new Set(FILES.map(({ of, path }) => `${of}/${path}`))
    const wrong = FILES.flatMap((file) =>
      file.imports.flatMap((one) => {
        const to = meant(file, one)
        return to === undefined || !to.endsWith('.ts') || there.has(`${file.of}/${to}`)
          ? []
          : [`${file.of}/${file.path} → ${to}`]
      }),
    )
    expect(wrong).toEqual([])
  })

  test(`have ${LONGEST} lines at the most, tables excepted`, () => {
    const long = FILES.filter(({ path, text }) => !TABLES.has(path) && text.split('\n').length > LONGEST)
    expect(long.map(({ of, path }) => `${of}/${path}`)).toEqual([])
  })

  test('open by naming their subject', () => {
    const bare = FILES.filter(({ path, text }) => path !== 'index.ts' && !text.startsWith('/**'))
    expect(bare.map(({ of, path }) => `${of}/${path}`)).toEqual([])
  })

  test('are not named after nothing', () => {
    const empty =
      /(?:manager|helpers?|utils?|common|base|impl|processor|types|misc)\.ts$|\/(?:lib|utils?|helpers?|common)\//i
    expect(FILES.filter(({ path }) => empty.test(path)).map(({ of, path }) => `${of}/${path}`)).toEqual([])
  })
})

function targetOf(file: File, one: Import): readonly string[] {
  const to = meant(file, one)
  if (to !== undefined) return [`${file.of}/${to}`]
  const used = NAMES[one.spec]
  const rooms: Readonly<Record<string, string>> = { tls: 'tls/', postgres: 'store/postgres/' }
  return used === undefined ? [] : [`${used}/${rooms[one.spec.split('/')[2] ?? ''] ?? ''}index.ts`]
}

/** Each circle once, as the way round it. */
function circles(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>()
  const found: string[] = []
  const walk = (at: string, way: readonly string[]): void => {
    if (way.includes(at)) {
      found.push([...way.slice(way.indexOf(at)), at].join(' → '))
      return
    }
    if (done.has(at)) return
    for (const to of edges.get(at) ?? []) walk(to, [...way, at])
    done.add(at)
  }
  for (const at of edges.keys()) walk(at, [])
  return found
}
