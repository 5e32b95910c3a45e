/** Parameters: those of AWS that name the newest images. An account keeps none of its own here. */

import type { Call } from '../../call.ts'
import { operation, type Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { newestImages } from '../amazon-images.ts'
import { page } from '../paging.ts'

interface Parameter {
  readonly name: string
  readonly value: string
  readonly modifiedAt: string
}

const LATEST = '/aws/service/ami-amazon-linux-latest/'
const NAMES_AT_MOST = 10

/** All that there are in a region, by their names. */
function parametersOf(region: string): readonly Parameter[] {
  return newestImages(region)
    .flatMap(({ parameters, id, createdAt }) =>
      parameters.map((name) => ({ name: LATEST + name, value: id, modifiedAt: createdAt })),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** AWS's own belong to no account: the ARN has none in it. */
function arnOf({ region, account }: Call, name: string): string {
  const path = name.replace(/^\//, '')
  return `arn:aws:ssm:${region}:${path.startsWith('aws/') ? '' : account.id}:parameter/${path}`
}

function about(call: Call, given: string): Asking {
  const arn = /^arn:aws:ssm:[^:]*:[^:]*:parameter(\/.*)$/.exec(given)?.[1]
  return { resource: arnOf(call, selected(arn ?? given).name) }
}

/** `name:version`: AWS's have one version each here. */
function selected(given: string): { readonly name: string; readonly selector: string } {
  const [, path = given] = /^arn:aws:ssm:[^:]*:[^:]*:parameter(\/.*)$/.exec(given) ?? []
  const at = path.indexOf(':')
  return at < 0 ? { name: path, selector: '' } : { name: path.slice(0, at), selector: path.slice(at) }
}

/** ssm:GetParameter. */
export const getParameter = operation('ssm:GetParameter', {
  asks: ({ Name }, call) => about(call, Name),
  refusals: ['ParameterNotFound', 'ParameterVersionNotFound'],
  run({ Name }, call) {
    const { name, selector } = selected(Name)
    const parameter = parametersOf(call.region).find((one) => one.name === name)
    if (parameter === undefined) throw new Refusal('ParameterNotFound')
    if (selector !== '' && selector !== ':1') {
      const text = `Systems Manager could not find version ${selector.slice(1)} of ${name}. Verify the version and try again.`
      throw new Refusal('ParameterVersionNotFound', text)
    }
    return { output: { Parameter: { ...show(call, parameter), ...(selector === '' ? {} : { Selector: selector }) } } }
  },
})

/** ssm:GetParameters. What is not there is said by its name. */
export const getParameters = operation('ssm:GetParameters', {
  asks: ({ Names }, call) => Names.map((name) => about(call, name)),
  refusals: ['ValidationException'],
  run({ Names }, call) {
    if (Names.length > NAMES_AT_MOST)
      throw new Refusal('ValidationException', `at most ${NAMES_AT_MOST} names can be asked for at once`)
    if (new Set(Names).size !== Names.length)
      throw new Refusal('ValidationException', 'Input contains duplicate names.')
    const found = Names.map((given) => {
      const { name, selector } = selected(given)
      const parameter = selector === '' || selector === ':1' ? name : undefined
      return { given, parameter: parametersOf(call.region).find((one) => one.name === parameter) }
    })
    return {
      output: {
        Parameters: found.flatMap(({ parameter }) => (parameter === undefined ? [] : show(call, parameter))),
        InvalidParameters: found.flatMap(({ given, parameter }) => (parameter === undefined ? given : [])),
      },
    }
  },
})

/** ssm:GetParametersByPath. One level, or all below. */
export const getParametersByPath = operation('ssm:GetParametersByPath', {
  asks: ({ Path }, call) => ({ resource: arnOf(call, Path) }),
  refusals: ['InvalidNextToken', 'ValidationException'],
  run({ Path, Recursive = false, ParameterFilters = [], MaxResults = NAMES_AT_MOST, NextToken }, call) {
    if (ParameterFilters.length > 0) throw new Refusal('notBuilt', 'sallyport has not built filters of parameters')
    if (!Path.startsWith('/')) {
      const text = `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/".`
      throw new Refusal('ValidationException', text)
    }
    const below = Path.endsWith('/') ? Path : `${Path}/`
    const level = ({ name }: Parameter): boolean => Recursive || !name.slice(below.length).includes('/')
    const all = parametersOf(call.region).filter((one) => one.name.startsWith(below) && level(one))
    const listing = `ssm:${call.account.id}:${call.region}:${below}${Recursive}`
    const marker = NextToken === '' ? undefined : NextToken
    const found = page(call.keyring, all, { listing, marker, size: MaxResults, keyOf: ({ name }) => name })
    if (found === undefined) throw new Refusal('InvalidNextToken', 'The specified token is not valid.')
    return { output: { Parameters: found.items.map((one) => show(call, one)), NextToken: found.next } }
  },
})

function show(call: Call, { name, value, modifiedAt }: Parameter) {
  return {
    Name: name,
    Type: 'String' as const,
    Value: value,
    Version: 1,
    LastModifiedDate: new Date(modifiedAt),
    ARN: arnOf(call, name),
    DataType: 'text',
  }
}
