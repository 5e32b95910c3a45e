/** The tables in docs/the-law.md: from the law's own tables, and, of principals, from what the law answers. */

import {
  createLibrary,
  decide,
  GLOBAL_KEYS,
  LAYER_NAMES,
  LAYERS,
  OPERATORS,
  type Attached,
  type Bearing,
  type Caller,
  type ConditionKey,
  type Layer,
  type PolicyKind,
} from '@sallyport/policy'

/** `page` with what stands between its markers, `<!-- layers -->` and the like, made anew. */
export function withTables(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, table]) => {
    const section = new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- /${name} -->`)
    return text.replace(section, () => `<!-- ${name} -->\n\n${table()}\n\n<!-- /${name} -->`)
  }, page)
}

const TABLES: Readonly<Record<string, () => string>> = { layers, principals, operators, keys }

const ABOUT: Readonly<Record<Layer, readonly [hangs: string, grants: string, absent: string]>> = {
  rcp: ['the resource’s account, and each node above it', 'no: it denies', 'no limit'],
  scp: ['the caller’s account, and each node above it', 'no, and each level must allow', 'no limit'],
  resource: ['the resource: bucket, queue, key, role', 'yes', 'grants nothing'],
  identity: ['the caller: user, its groups, role', 'yes', 'grants nothing'],
  boundary: ['the caller', 'no', 'no limit'],
  session: ['the caller’s session', 'no', 'no limit; of a federated user: nothing'],
  endpoint: ['the VPC endpoint that the call came through', 'no', 'no limit'],
}

function layers(): string {
  const rows = LAYERS.map((layer) => [`\`${layer}\``, LAYER_NAMES[layer].noun, ...ABOUT[layer]])
  return table(['layer', 'what AWS calls it', 'it hangs on', 'can it grant?', 'where there is none'], rows)
}

function operators(): string {
  const rows = Object.entries(OPERATORS).map(([name, operator]) =>
    operator.asks === 'presence'
      ? [`\`${name}\``, 'whether the key is there', 'by its value', '']
      : [
          `\`${name}\``,
          operator.takes,
          operator.negated ? 'holds' : 'does not hold',
          operator.negated ? 'none' : 'one',
        ],
  )
  return table(['operator', 'reads values as', 'where the key is absent', 'of its values must match'], rows)
}

function keys(): string {
  const all: readonly ConditionKey[] = GLOBAL_KEYS
  const rows = all.map(({ name, type, multivalued, tagged }) => [
    `\`${name}${tagged === true ? '<tag key>' : ''}\``,
    type,
    multivalued === true ? 'several' : 'one',
  ])
  return table(['key', 'type', 'values'], rows)
}

const A = '111111111111'
const USER: Caller = { type: 'User', arn: `arn:aws:iam::${A}:user/alice`, account: A }
const ROLE = `arn:aws:iam::${A}:role/app`
const SESSION: Caller = { type: 'AssumedRole', arn: `arn:aws:sts::${A}:assumed-role/app/s`, role: ROLE, account: A }
const FEDERATED: Caller = {
  type: 'FederatedUser',
  arn: `arn:aws:sts::${A}:federated-user/bob`,
  user: USER.arn,
  account: A,
}

const NAMED: readonly (readonly [caller: string, Caller, names: string, principal: unknown])[] = [
  ['a user', USER, 'the user', { AWS: USER.arn }],
  ['a user', USER, 'the account', { AWS: A }],
  ['a session of a role', SESSION, 'the session', { AWS: SESSION.arn }],
  ['a session of a role', SESSION, 'the role', { AWS: ROLE }],
  ['a session of a role', SESSION, 'the account', { AWS: A }],
  ['a federated user', FEDERATED, 'the federated user', { AWS: FEDERATED.arn }],
  ['a federated user', FEDERATED, 'the user who issued it', { AWS: USER.arn }],
  ['anybody, signed or not', { type: 'Anonymous' }, 'everyone, `*`', '*'],
]

const library = createLibrary()
const attached = (kind: PolicyKind, statement: object): Attached => ({
  policy: library.policyFor(JSON.stringify({ Version: '2012-10-17', Statement: statement }), kind),
})
const ALL = { Effect: 'Allow', Action: '*', Resource: '*' }

/** Each cell is asked of the law: does the call pass where this one layer is silent? */
function principals(): string {
  const rows = NAMED.map(([who, caller, names, Principal]) => {
    const whole: Bearing = {
      identity: [attached('identity', ALL)],
      boundary: [attached('boundary', ALL)],
      session: [attached('session', ALL)],
      resource: attached('resource', { ...ALL, Principal }),
    }
    const without: readonly Bearing[] = [
      { ...whole, identity: [] },
      { ...whole, boundary: [] },
      { ...whole, session: [] },
    ]
    return [who, names, ...without.map((bearing) => (passes(caller, bearing) ? 'passes' : 'is refused'))]
  })
  return table(
    [
      'caller',
      'the resource’s policy names',
      'no identity policy',
      'a boundary that is silent',
      'a session policy that is silent',
    ],
    rows,
  )
}

function passes(caller: Caller, bearing: Bearing): boolean {
  const request = {
    caller,
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::b/k',
    resourceAccount: A,
    context: new Map(),
  }
  return decide(request, bearing).effect === 'Allow'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
