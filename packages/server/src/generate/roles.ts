/** The roles of a generated account: those that every account has, and those of the components that run in it. */

import { rootArn, type BoundPolicy, type Role } from '@sallyport/estate'
import { uniqueId } from '../ids.ts'
import { ANCHOR_NAMES, ANCHORS, anchorArn, anchorTrust, type AnchorName } from './anchors.ts'
import { coreOf, fresh, type Blueprint, type Plot } from './blueprint.ts'
import type { Dice } from './dice.ts'
import { PROTECTED } from './guardrails.ts'
import { COMPONENTS } from './names.ts'
import { BOUNDARY, CROSSING, OF_COMPONENT } from './permissions.ts'
import { allow, policyText, serviceTrust, trustText } from './texts.ts'

/** Where an account's rows are drawn. */
export interface Site {
  readonly blueprint: Blueprint
  readonly plot: Plot
  /** A policy with the principals that it names bound, as the server keeps it. */
  bind(text: string): BoundPolicy
  /** ARNs of roles in a neighbouring account, which roles here may trust; none where there is no neighbour. */
  readonly neighbours: readonly string[]
}

interface Draft {
  readonly name: string
  readonly path?: string
  readonly trust: string
  readonly inline?: Readonly<Record<string, string>>
  /** Names of AWS's policies, path and all, without the first slash. */
  readonly aws?: readonly string[]
  /** Names of the account's own. */
  readonly own?: readonly string[]
  readonly bounded?: boolean
  readonly hours?: number
  readonly component?: string
}

/** The services in whose hands roles lie that may cross into other accounts. */
export const SERVICE_PATH = '/service/'
const HOUR = 3600
const DAY = 86_400_000

/** The role that only others' trust makes useful: made before any account that trusts it. */
export function anchorRoles(site: Site, dice: Dice): readonly Role[] {
  const { blueprint, plot } = site
  return ANCHOR_NAMES.filter((name) => coreOf(blueprint, ANCHORS[name].of) === plot).map((name) =>
    build(site, dice, {
      name,
      path: ANCHORS[name].path,
      trust: anchorTrust(plot.id, name),
      inline: { work: ANCHORS[name].may },
    }),
  )
}

/** `count` roles; those that every account has come first. */
export function roles(site: Site, dice: Dice, count: number): readonly Role[] {
  const taken = new Set(ANCHOR_NAMES as readonly string[])
  const standard = STANDARD.slice(0, count).map((draft) => draft(site))
  for (const { name } of standard) taken.add(name)
  const components = Array.from({ length: count - standard.length }, () => component(site, dice, taken))
  return [...standard, ...components].map((draft) => build(site, dice, draft))
}

const trustAnchor = ({ blueprint }: Site, name: AnchorName): { AWS: string } => ({ AWS: anchorArn(blueprint, name) })

const STANDARD: readonly ((site: Site) => Draft)[] = [
  (site) => ({
    name: 'deploy',
    path: '/delivery/',
    trust: trustText(trustAnchor(site, 'pipeline-runner')),
    aws: ['PowerUserAccess'],
    inline: {
      'pass-roles': policyText(
        allow('iam:PassRole', [`arn:aws:iam::*:role${SERVICE_PATH}*`], {
          StringEquals: {
            'iam:PassedToService': ['lambda.amazonaws.com', 'ecs-tasks.amazonaws.com', 'ec2.amazonaws.com'],
          },
        }),
      ),
    },
  }),
  (site) => ({
    name: 'read-only',
    trust: trustText(trustAnchor(site, 'security-reader')),
    aws: ['ReadOnlyAccess'],
    hours: 4,
  }),
  (site) => ({
    name: 'security-audit',
    path: PROTECTED,
    trust: trustText(trustAnchor(site, 'security-auditor'), {
      StringEquals: { 'aws:PrincipalOrgID': site.blueprint.organization.id },
    }),
    aws: ['SecurityAudit', 'job-function/ViewOnlyAccess'],
  }),
  (site) => ({
    name: 'incident-response',
    path: PROTECTED,
    trust: trustText(trustAnchor(site, 'incident-responder'), {
      StringLike: { 'sts:RoleSessionName': 'incident-*' },
    }),
    aws: ['AdministratorAccess'],
  }),
  (site) => ({
    name: 'observability',
    path: '/platform/',
    trust: trustText(trustAnchor(site, 'observability-connector'), {
      StringEquals: { 'sts:ExternalId': externalId(site.blueprint) },
    }),
    aws: ['CloudWatchReadOnlyAccess'],
  }),
  ({ plot }) => ({
    name: 'operator',
    trust: trustText({ AWS: rootArn(plot.id) }, { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    aws: ['PowerUserAccess'],
    bounded: true,
    hours: 8,
  }),
  ({ blueprint }) => ({
    name: 'cost-reader',
    trust: trustText({ AWS: rootArn(coreOf(blueprint, 'management').id) }),
    own: ['cost-read'],
  }),
  () => ({
    name: 'config-recorder',
    path: '/platform/',
    trust: serviceTrust('config'),
    aws: ['service-role/AWS_ConfigRole'],
  }),
]

/** What the monitors say when they come, so that nobody sends them where they should not go. */
export function externalId({ company, dice }: Blueprint): string {
  return `${company}-${dice.of('external id').between(100_000, 999_999)}`
}

const EXECUTION = 'service-role/AWSLambdaBasicExecutionRole'

interface Kind {
  /** How many of a hundred. */
  readonly share: number
  readonly draft: (site: Site, dice: Dice) => Omit<Draft, 'name' | 'inline' | 'component'>
}

const ofService =
  (service: string, aws: readonly string[]): Kind['draft'] =>
  (_site, dice) => ({
    path: SERVICE_PATH,
    trust: serviceTrust(service),
    aws: dice.some(aws, 1),
    own: dice.some(['data-access', 'events-publish', 'key-use', 'logs-write', 'parameter-read'], dice.between(0, 2)),
    bounded: dice.chance(0.25),
  })

const KINDS: Readonly<Record<keyof typeof OF_COMPONENT, Kind>> = {
  function: {
    share: 34,
    draft: ofService('lambda', [EXECUTION, 'service-role/AWSLambdaVPCAccessExecutionRole', 'AWSXRayDaemonWriteAccess']),
  },
  task: { share: 22, draft: ofService('ecs-tasks', ['service-role/AmazonECSTaskExecutionRolePolicy']) },
  instance: { share: 14, draft: ofService('ec2', ['AmazonSSMManagedInstanceCore', 'CloudWatchAgentServerPolicy']) },
  workflow: { share: 6, draft: ofService('states', ['AWSXRayDaemonWriteAccess']) },
  schedule: { share: 4, draft: ofService('scheduler', ['CloudWatchLogsReadOnlyAccess']) },
  developer: {
    share: 8,
    draft: ({ plot }, dice) => ({
      trust: trustText({ AWS: rootArn(plot.id) }, { StringEquals: { 'aws:PrincipalTag/team': dice.pick(TEAMS) } }),
      aws: ['AmazonS3ReadOnlyAccess'],
      bounded: true,
      hours: 8,
    }),
  },
  reader: {
    share: 8,
    draft: ({ neighbours, plot }, dice) => ({
      path: '/exchange/',
      trust: trustText({ AWS: neighbours.length === 0 ? rootArn(plot.id) : dice.pick(neighbours) }),
    }),
  },
  exchange: {
    share: 4,
    draft: ({ blueprint }) => ({
      path: '/exchange/',
      trust: trustText({ AWS: '*' }, { StringEquals: { 'aws:PrincipalOrgID': blueprint.organization.id } }),
    }),
  },
}
const SHARES = (Object.keys(KINDS) as readonly (keyof typeof KINDS)[]).flatMap((kind) =>
  // the keys of the table above
  Array.from({ length: KINDS[kind].share }, () => kind),
)

export const TEAMS = ['atlas', 'birch', 'comet', 'delta', 'ember', 'fjord', 'glade', 'heron']

function component(site: Site, dice: Dice, taken: Set<string>): Draft {
  const kind = dice.pick(SHARES)
  const name = fresh(taken, () => `${dice.pick(COMPONENTS)}-${kind}`)
  const [of = ''] = name.split('-')
  const draft = KINDS[kind].draft(site, dice)
  const crosses = draft.path === SERVICE_PATH && dice.chance(0.5)
  const inline = { [of]: OF_COMPONENT[kind](of), ...(crosses ? { crossing: CROSSING } : {}) }
  return { ...draft, name, inline, component: of }
}

function build({ plot, bind }: Site, dice: Dice, draft: Draft): Role {
  const { name, path = '/', trust, inline = {}, aws = [], own = [], bounded = false, hours = 1, component: app } = draft
  const mine = (policy: string): string => `arn:aws:iam::${plot.id}:policy/${policy}`
  return {
    kind: 'role',
    name,
    path,
    id: uniqueId(dice, 'role'),
    createdAt: plot.joinedAt + dice.between(0, 90 * (DAY / 1000)) * 1000,
    maxSession: hours * HOUR,
    trust: bind(trust),
    inline: Object.entries(inline).map(([policy, document]) => ({ name: policy, document })),
    attached: [...aws.map((policy) => `arn:aws:iam::aws:policy/${policy}`), ...own.map(mine)],
    ...(bounded ? { boundary: mine(BOUNDARY) } : {}),
    tags: app === undefined ? [] : [{ key: 'app', value: app }],
  }
}
