/** Who decides in `npm run bench:decisions`: each makes ready what it can beforehand, then answers one request after another. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createLibrary, decide, readCase, type PolicyCase } from '@sallyport/policy'
import { cedarPolicies } from './cedar.ts'
import { decideNaively } from './naive.ts'

export interface Contest {
  readonly id: string
  readonly title: string
  /** All under the same policies. */
  readonly requests: readonly PolicyCase[]
}

export interface Contestant {
  readonly name: string
  /** How often one batch asks before it looks at the clock. */
  readonly batch: number
  /** The i-th request's verdict: `true` where it passes. */
  prepare(contest: Contest): (i: number) => boolean | Promise<boolean>
}

const FETCHED = [
  { name: '@cloud-copilot/iam-simulate@0.1.173', load: iamSimulate },
  { name: '@cedar-policy/cedar-wasm@4.13.0', load: cedar },
]

const sallyport: Contestant = {
  name: 'sallyport',
  batch: 500,
  prepare({ requests }) {
    const library = createLibrary()
    const cases = requests.map((given) => readCase(given, library))
    return (i) => {
      const one = cases[i % cases.length]
      return one !== undefined && decide(one.request, one.bearing).effect === 'Allow'
    }
  },
}

const naive: Contestant = {
  name: 'naive interpreter',
  batch: 5,
  prepare({ requests }) {
    return (i) => {
      const given = requests[i % requests.length]
      return given !== undefined && decideNaively(given) === 'Allowed'
    }
  },
}

/** Those that are fetched for the benchmark and are no dependency: iam-simulate's licence is the AGPL. */
export async function contestants(): Promise<readonly Contestant[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-decisions-'))
  // They read from it while they run.
  process.once('exit', () => rmSync(folder, { recursive: true }))
  const found = [sallyport]
  for (const { name, load } of FETCHED) {
    try {
      // npm takes out of a folder what it was not asked for this time: each has its own.
      const own = join(folder, name.replaceAll('/', '-'))
      fetchPackage(own, name)
      found.push(await load(own))
    } catch (error) {
      process.stderr.write(`${name} is left out, it cannot be fetched: ${String(error).split('\n')[0]}\n`)
    }
  }
  return [...found, naive]
}

function fetchPackage(folder: string, name: string): void {
  const { status, stderr } = spawnSync('npm', ['i', '--no-save', '--no-audit', '--prefix', folder, name])
  if (status !== 0) throw new Error(String(stderr).trim())
}

interface Simulator {
  runSimulation(simulation: object, options: object): Promise<{ readonly overallResult?: string }>
}

async function iamSimulate(folder: string): Promise<Contestant> {
  const entry = join(folder, 'node_modules/@cloud-copilot/iam-simulate/dist/esm')
  // Its other door, without validation, fails on a resource policy and leaves session policies out.
  const { runSimulation }: Simulator = await import(pathToFileURL(join(entry, 'index.js')).href)
  return {
    name: 'iam-simulate',
    batch: 1,
    prepare({ requests }) {
      const simulations = requests.map(simulationOf)
      return async (i) =>
        (await runSimulation(simulations[i % simulations.length] ?? {}, {})).overallResult === 'Allowed'
    },
  }
}

function simulationOf({ request, ...given }: PolicyCase): object {
  const levels = (those: PolicyCase['scps']): object[] =>
    those.map(({ target, policies }) => ({ orgIdentifier: target, policies: named(policies) }))
  return {
    request: {
      principal: request.principal,
      action: request.action,
      resource: { resource: request.resource.arn, accountId: request.resource.accountId },
      contextVariables: request.context,
    },
    identityPolicies: named(given.identityPolicies),
    serviceControlPolicies: levels(given.scps),
    resourceControlPolicies: levels(given.rcps),
    resourcePolicy: given.resourcePolicy ?? undefined,
    sessionPolicy: given.sessionPolicy ?? undefined,
    permissionBoundaryPolicies: given.boundary === null ? undefined : named(given.boundary),
  }
}

function named(policies: readonly object[]): object[] {
  return policies.map((policy, i) => ({ name: `p${i}`, policy }))
}

interface Cedar {
  preparsePolicySet(id: string, policies: object): { readonly type: string }
  statefulIsAuthorized(call: object): { readonly type: string; readonly response?: { readonly decision: string } }
}

async function cedar(folder: string): Promise<Contestant> {
  const file = join(folder, 'node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm.js')
  const { default: engine }: { default: Cedar } = await import(pathToFileURL(file).href)
  return {
    name: 'cedar-wasm',
    batch: 20,
    prepare(contest) {
      const statements = contest.requests.flatMap(({ identityPolicies }) => identityPolicies.flatMap(statementsOf))
      const parsed = engine.preparsePolicySet(contest.id, { staticPolicies: cedarPolicies(contest.id, statements) })
      if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed))
      const calls = contest.requests.map((given) => cedarCall(given, contest.id))
      return (i) => engine.statefulIsAuthorized(calls[i % calls.length] ?? {}).response?.decision === 'allow'
    },
  }
}

function statementsOf({ Statement }: Readonly<Record<string, unknown>>): { Action: string; Resource: string }[] {
  return Statement as { Action: string; Resource: string }[] // read by the curve alone, whose statements are of this form
}

function cedarCall({ request }: PolicyCase, preparsedPolicySetId: string): object {
  const { principal, context, action, resource } = request
  const uid = { type: 'Principal', id: String(principal) }
  const text = (key: string): string => String(context[key] ?? '')
  return {
    preparsedPolicySetId,
    principal: uid,
    action: { type: 'Action', id: action },
    resource: { type: 'Resource', id: resource.arn },
    context: {
      arn: resource.arn,
      secureTransport: text('aws:SecureTransport') === 'true',
      isService: text('aws:PrincipalIsAWSService') === 'true',
      org: text('aws:PrincipalOrgID'),
      region: text('aws:RequestedRegion'),
      resourceAccount: text('aws:ResourceAccount'),
      sourceIp: { __extn: { fn: 'ip', arg: text('aws:SourceIp') || '127.0.0.1' } },
      time: Date.parse(text('aws:CurrentTime')) / 1000 || 0,
    },
    entities: [{ uid, attrs: { role: text('aws:PrincipalArn'), account: '111111111111' }, parents: [] }],
  }
}
