/** Aliases: names for versions, which may share calls between two. */

import type { Call } from '../../call.ts'
import { operation, type Input } from '../../operation.ts'
import { uuid } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import {
  about,
  accountNamed,
  arnOf,
  find,
  invalid,
  named,
  noFunction,
  pageOf,
  refuseRevision,
  versionOf,
  written,
  type Alias,
  type Named,
  type StoredFunction,
} from './shared.ts'
import { unqualified } from './version.ts'

/** lambda:CreateAlias. */
export const createAlias = operation('lambda:CreateAlias', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceConflictException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = unqualified(named(call, input))
    const row = find(call, it)
    if (aliasIn(row, input.Name) !== undefined)
      throw new Refusal('ResourceConflictException', `Alias already exists: ${arnOf(call, it)}:${input.Name}`)
    const alias: Alias = {
      name: input.Name,
      version: input.FunctionVersion,
      description: input.Description ?? '',
      revisionId: uuid(call.random),
      ...sharing(input),
    }
    refuseAlias(call, it, alias)
    return {
      output: show(call, it, alias),
      changes: [written(call, it, { ...row, aliases: [...(row.aliases ?? []), alias] })],
    }
  },
})

/** lambda:UpdateAlias. */
export const updateAlias = operation('lambda:UpdateAlias', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'PreconditionFailedException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = unqualified(named(call, input))
    const row = find(call, it)
    const before = findAlias(call, it, input.Name)
    refuseRevision(input.RevisionId, before)
    const { other: _, ...rest } = before
    const alias: Alias = {
      ...(input.RoutingConfig === undefined ? before : rest),
      ...sharing(input),
      version: input.FunctionVersion ?? before.version,
      description: input.Description ?? before.description,
      revisionId: uuid(call.random),
    }
    refuseAlias(call, it, alias)
    const aliases = (row.aliases ?? []).map((one) => (one.name === alias.name ? alias : one))
    return { output: show(call, it, alias), changes: [written(call, it, { ...row, aliases })] }
  },
})

/** lambda:GetAlias. */
export const getAlias = operation('lambda:GetAlias', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run(input, call) {
    const it = unqualified(named(call, input))
    return { output: show(call, it, findAlias(call, it, input.Name)) }
  },
})

/** lambda:DeleteAlias. One that is not there is deleted already. Its policy goes with it. */
export const deleteAlias = operation('lambda:DeleteAlias', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException'],
  run(input, call) {
    const it = unqualified(named(call, input))
    const row = find(call, it)
    if (aliasIn(row, input.Name) === undefined) return { output: {} }
    const { [input.Name]: _1, ...qualifiedPolicies } = row.qualifiedPolicies ?? {}
    const { [input.Name]: _2, ...asynchronous } = row.asynchronous ?? {}
    const aliases = (row.aliases ?? []).filter(({ name }) => name !== input.Name)
    return { output: {}, changes: [written(call, it, { ...row, qualifiedPolicies, asynchronous, aliases })] }
  },
})

/** lambda:ListAliases. All, or those of one version. */
export const listAliases = operation('lambda:ListAliases', {
  needs: ({ FunctionName }) => accountNamed(FunctionName),
  asks: (input, call) => about(call, named(call, input)),
  refusals: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  run({ FunctionVersion: wanted, Marker, MaxItems, ...input }, call) {
    const it = unqualified(named(call, input))
    const all = find(call, it).aliases ?? []
    const fitting = all.filter(
      ({ version, other }) => wanted === undefined || wanted === version || wanted === other?.version,
    )
    const sorted = fitting.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const listing = `lambda:ListAliases/${it.account}/${call.region}/${it.name}/${wanted ?? ''}`
    const found = pageOf(call, sorted, { listing, Marker, MaxItems, keyOf: ({ name }) => name })
    return { output: { Aliases: found.items.map((alias) => show(call, it, alias)), NextMarker: found.next } }
  },
})

function aliasIn({ aliases = [] }: StoredFunction, wanted: string): Alias | undefined {
  return aliases.find(({ name }) => name === wanted)
}

function findAlias(call: Call, it: Named, name: string): Alias {
  const found = aliasIn(find(call, it), name)
  if (found !== undefined) return found
  throw new Refusal('ResourceNotFoundException', `Cannot find alias arn: ${arnOf(call, it)}:${name}`)
}

function sharing({ RoutingConfig }: Pick<Input<'lambda:UpdateAlias'>, 'RoutingConfig'>): Pick<Alias, 'other'> {
  const entries = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {})
  const [first] = entries
  if (first === undefined) return {}
  if (entries.length > 1) throw invalid('Number of items in AdditionalVersionWeights cannot be greater than 1')
  const [version, weight] = first
  return { other: { version, weight } }
}

function refuseAlias(call: Call, it: Named, { version, other }: Alias): void {
  for (const one of [version, ...(other === undefined ? [] : [other.version])]) {
    if (one === '$LATEST' && other !== undefined)
      throw invalid('$LATEST is not supported for an alias pointing to more than 1 version')
    if (one !== '$LATEST' && versionOf(call, it, one) === undefined) throw noFunction(call, { ...it, qualifier: one })
  }
  if (other?.version === version)
    throw invalid(
      `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
    )
}

function show(call: Call, it: Named, { name, version, description, revisionId, other }: Alias) {
  const RoutingConfig = other && { AdditionalVersionWeights: { [other.version]: other.weight } }
  return {
    AliasArn: `${arnOf(call, it)}:${name}`,
    Name: name,
    FunctionVersion: version,
    Description: description,
    RoutingConfig,
    RevisionId: revisionId,
  }
}
