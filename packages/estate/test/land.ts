/** A small land, made by hand: two accounts in an organisation and one outside. */

import { createLibrary, type Context } from '@sallyport/policy'
import {
  gather,
  nameKey,
  type Account,
  type AccountKind,
  type AccountKinds,
  type Ask,
  type Circumstances,
  type Estate,
  type Group,
  type ManagedPolicy,
  type OrganizationKind,
  type OrganizationKinds,
  type OrganizationLand,
  type Principal,
  type Role,
  type SessionFacts,
  type User,
} from '../src/index.ts'

export const MANAGEMENT = '444444444444'
export const MEMBER = '111111111111'
export const STRANGER = '999999999999'
export const ORGANIZATION = 'o-abcdefghij'

export function policyText(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

export const ALLOW = policyText({ Effect: 'Allow', Action: '*', Resource: '*' })
const common = { path: '/', createdAt: 0, inline: [], attached: [] }

export function user(name: string, more: Partial<User> = {}): User {
  return { kind: 'user', name, id: `AIDA${name.toUpperCase()}`, groups: [], tags: [], ...common, ...more }
}

export function role(name: string, more: Partial<Role> = {}): Role {
  const trust = { document: policyText() }
  return { kind: 'role', name, id: `AROA${name.toUpperCase()}`, maxSession: 3600, trust, tags: [], ...common, ...more }
}

export function group(name: string, more: Partial<Group> = {}): Group {
  return { kind: 'group', name, id: `AGPA${name.toUpperCase()}`, ...common, ...more }
}

export function managed(name: string, document: string): ManagedPolicy {
  const versions = [{ id: 'v1', document, createdAt: 0 }]
  const { path, createdAt } = common
  return {
    kind: 'policy',
    name,
    path,
    createdAt,
    id: `ANPA${name}`,
    updatedAt: 0,
    defaultVersion: 'v1',
    versions,
    nextVersion: 2,
    tags: [],
  }
}

export function account(id: string, things: readonly (User | Role | Group | ManagedPolicy)[]): Account {
  const of = (kind: AccountKind) => things.filter((thing) => thing.kind === kind)
  const all = (kind: AccountKind) => new Map(of(kind).map((thing) => [nameKey(thing.name), thing]))
  return {
    id,
    // the table above holds each kind under its own name
    all: <K extends AccountKind>(kind: K) => all(kind) as unknown as ReadonlyMap<string, AccountKinds[K]>,
    inOrder: (kind: AccountKind) => [...all(kind).keys()].toSorted(),
    byId: <K extends AccountKind>(kind: K, wanted: string) =>
      of(kind).find((thing) => thing.id === wanted) as AccountKinds[K] | undefined,
  }
}

type Rows = { readonly [K in OrganizationKind]?: Readonly<Record<string, OrganizationKinds[K]>> }

/** r-root / ou-root-a / ou-root-b, in which the member is. */
const TREE: Rows = {
  organization: {
    self: {
      id: ORGANIZATION,
      rootId: 'r-root',
      managementAccount: MANAGEMENT,
      managementEmail: 'm@example.com',
      featureSet: 'ALL',
      createdAt: 0,
      enabledPolicyTypes: ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'],
      rootTags: [],
    },
  },
  unit: {
    'ou-root-a': { id: 'ou-root-a', name: 'A', parent: 'r-root', tags: [] },
    'ou-root-b': { id: 'ou-root-b', name: 'B', parent: 'ou-root-a', tags: [] },
  },
  member: Object.fromEntries(
    [MANAGEMENT, MEMBER].map(
      (id) =>
        [
          id,
          {
            id,
            name: id,
            email: `${id}@example.com`,
            status: 'ACTIVE',
            joinedMethod: 'CREATED',
            joinedAt: 0,
            parent: id === MEMBER ? 'ou-root-b' : 'r-root',
            tags: [],
          },
        ] as const,
    ),
  ),
  orgPolicy: {
    'p-FullAWSAccess': {
      id: 'p-FullAWSAccess',
      type: 'SERVICE_CONTROL_POLICY',
      name: 'FullAWSAccess',
      description: '',
      document: ALLOW,
      awsManaged: true,
      tags: [],
    },
    'p-own': {
      id: 'p-own',
      type: 'SERVICE_CONTROL_POLICY',
      name: 'Own',
      description: '',
      document: ALLOW,
      awsManaged: false,
      tags: [],
    },
    'p-RCPFullAWSAccess': {
      id: 'p-RCPFullAWSAccess',
      type: 'RESOURCE_CONTROL_POLICY',
      name: 'RCPFullAWSAccess',
      description: '',
      document: ALLOW,
      awsManaged: true,
      tags: [],
    },
  },
  attachment: Object.fromEntries(
    [
      ['r-root', 'p-FullAWSAccess', 'p-RCPFullAWSAccess'],
      ['ou-root-a', 'p-FullAWSAccess'],
      ['ou-root-b', 'p-FullAWSAccess', 'p-own'],
      [MEMBER, 'p-FullAWSAccess'],
    ].map(([target = '', ...policies]) => [target, { target, policies }] as const),
  ),
}

export function organization(rows: Rows = TREE): OrganizationLand {
  return {
    // each kind's rows are of its own type in `Rows`
    all: <K extends OrganizationKind>(kind: K) =>
      new Map(Object.entries(rows[kind] ?? {})) as unknown as ReadonlyMap<string, OrganizationKinds[K]>,
    inOrder: (kind) => Object.keys(rows[kind] ?? {}).toSorted(),
  }
}

export function estate(accounts: readonly Account[], land: OrganizationLand = organization()): Estate {
  return {
    organization: land,
    account: (id) => accounts.find((one) => one.id === id),
    catalogue: { policy: () => undefined, arns: () => [] },
    library: createLibrary(),
    reference: { supportsRcp: (service) => ['s3', 'sts', 'kms', 'sqs'].includes(service) },
  }
}

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

export const CIRCUMSTANCES: Circumstances = {
  now: NOW,
  sourceIp: '192.0.2.1',
  userAgent: 'test/1',
  region: 'eu-west-1',
  secureTransport: true,
}

export const SESSION: SessionFacts = {
  name: 'session',
  issuedAt: NOW - 60_000,
  expiresAt: NOW + 60_000,
  tags: [],
  transitive: [],
  chained: false,
}

export const ASK: Ask = { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', account: MEMBER }

export function contextOf(
  land: Estate,
  principal: Principal,
  more: Partial<Ask> = {},
  how: Partial<Circumstances> = {},
): Context {
  return gather(land, principal, { ...ASK, ...more }, { ...CIRCUMSTANCES, ...how }).request.context
}
