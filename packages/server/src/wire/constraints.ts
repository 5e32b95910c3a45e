/** What the model says of an input's values, checked, in AWS's own words. */
import { Refusal } from '../refusal.ts'
import { patternOf } from './pattern.ts'
import { clip, entriesOf, shapeOf } from './shape.ts'
import type { Constraints, Member, Model, Shape } from './model.ts'
import type { ListShape, MapShape, SimpleShape, StructureShape } from './shape.ts'

/** A client chooses how long its lists are; the sentence that answers it is ours. */
const ENOUGH = 20
/** Texts longer than this are never given to a regular expression. */
const LONGEST = 131_072

/**
 * Services that repeat no value and no enum in their sentences. IAM used to; recorded and reported texts since 2024
 * say `Value at 'roleName' failed …`, also for what is missing, and `Member must satisfy enum value set`, without the set.
 */
const QUIET: ReadonlySet<string> = new Set(['iam'])

type Rule = 'required' | 'minLength' | 'maxLength' | 'minValue' | 'maxValue' | 'enum' | 'pattern'

interface Breach {
  readonly rule: Rule
  readonly path: string
  readonly text: string
}

/** Gives the input back if it satisfies the model, else throws what the service would answer. */
export function refuseInvalid<T extends Record<string, unknown>>(model: Model, input: string, values: T): T {
  // S3 validates in each operation, in that operation's words.
  if (model.service === 's3') return values
  if (model.service === 'ec2') return refuseEc2(model, input, values)
  const found = breaches(model, input, values)
  const [first] = found
  if (!first) return values
  if (model.service === 'organizations') throw organizationsRefusal(first)
  if (model.service === 'iam') refuseIamText(first)
  const noun = found.length === 1 ? 'error' : 'errors'
  throw new Refusal(
    'invalid',
    `${found.length} validation ${noun} detected: ${found.map(({ text }) => text).join('; ')}`,
  )
}

/** EC2 does not validate as others do: it names the first parameter that is missing. */
function refuseEc2<T extends Record<string, unknown>>(model: Model, input: string, values: T): T {
  const shape = shapeOf(model, input)
  const members = 'members' in shape ? entriesOf(shape) : []
  const missing = members.find(([name, { required }]) => required && values[name] === undefined)
  if (!missing) return values
  const [name, { wire, ec2 }] = missing
  throw new Refusal('missingParameter', `The request must contain the parameter ${ec2 ?? wire ?? name}`)
}

/** Organizations has a reason for each rule and one sentence a reason, as its documentation lists them. */
const ORGANIZATIONS: Readonly<Record<Rule, readonly [reason: string, sentence: string]>> = {
  required: ['INPUT_REQUIRED', 'You must include a value for all required parameters.'],
  minLength: ['MIN_LENGTH_EXCEEDED', 'You provided a string parameter that is shorter than allowed.'],
  maxLength: ['MAX_LENGTH_EXCEEDED', 'You provided a string parameter that is longer than allowed.'],
  minValue: ['MIN_VALUE_EXCEEDED', 'You provided a numeric parameter that has a smaller value than allowed.'],
  maxValue: ['MAX_VALUE_EXCEEDED', 'You provided a numeric parameter that has a larger value than allowed.'],
  enum: ['INVALID_ENUM', 'You specified an invalid value.'],
  pattern: ['INVALID_PATTERN', 'You provided a value that does not match the required pattern.'],
}

function organizationsRefusal({ rule }: Breach): Refusal {
  const [Reason, sentence] = ORGANIZATIONS[rule]
  return new Refusal('invalid', sentence, { Reason })
}

const NAME = 'It must contain only alphanumeric characters and/or the following: +=,.@_-'

/** What IAM says of a text with characters that it must not have, in the place of the general sentence (recorded). */
const IAM_TEXTS: Readonly<Record<string, string>> = {
  groupName: NAME,
  instanceProfileName: NAME,
  newGroupName: NAME,
  newUserName: NAME,
  path: 'It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  policyName: NAME,
  roleName: NAME,
  userName: NAME,
}

function refuseIamText({ rule, path }: Breach): void {
  const must = rule === 'pattern' && Object.hasOwn(IAM_TEXTS, path) ? IAM_TEXTS[path] : undefined
  if (must !== undefined) throw new Refusal('invalid', `The specified value for ${path} is invalid. ${must}`)
}

/** Every breach of the shape's constraints, as AWS words it: `Value null at 'roleName' failed to satisfy …`. */
export function violations(model: Model, shapeName: string, input: Readonly<Record<string, unknown>>): string[] {
  return breaches(model, shapeName, input).map(({ text }) => text)
}

function breaches(model: Model, shapeName: string, input: Readonly<Record<string, unknown>>): readonly Breach[] {
  const found: Breach[] = []
  const shape = shapeOf(model, shapeName)
  if ('members' in shape) checkStructure({ model, found }, shape, input, '')
  return found
}

interface Checking {
  readonly model: Model
  readonly found: Breach[]
}

function checkStructure(
  checking: Checking,
  shape: StructureShape,
  values: Readonly<Record<string, unknown>>,
  prefix: string,
): void {
  for (const [name, member] of entriesOf(shape)) {
    if (checking.found.length >= ENOUGH) return
    const value = values[name]
    const path = prefix + lowerCamel(name)
    if (value !== undefined) check(checking, member, value, path)
    else if (member.required)
      breach(checking, { rule: 'required', value: null, path, words: 'Member must not be null' })
  }
}

function check(checking: Checking, member: Member, value: unknown, path: string): void {
  const shape = shapeOf(checking.model, member.target)
  switch (shape.kind) {
    case 'simple':
      return checkSimple(checking, shape, value, { path, secret: member.sensitive ?? shape.sensitive ?? false })
    case 'list':
      return checkList(checking, shape, value as readonly unknown[], path)
    case 'map':
      return checkMap(checking, shape, value as Readonly<Record<string, unknown>>, path)
    case 'structure':
    case 'union':
    case 'error':
      return checkStructure(checking, shape, value as Readonly<Record<string, unknown>>, `${path}.`)
  }
}

/** A list of simple values breaks as a whole; one of structures, at the member that breaks. */
function checkList(checking: Checking, shape: ListShape, list: readonly unknown[], path: string): void {
  bound(checking, shape.c, list.length, { value: () => shown(list), path, number: false })
  const item = shapeOf(checking.model, shape.member.target)
  if (item.kind === 'simple') {
    const broken = list.map((one) => brokenRule(item, one)).find((rule) => rule !== undefined)
    const words = `Member must satisfy constraint: ${ruleWords(item)}`
    if (broken) breach(checking, { rule: broken, value: shown(list), path, words })
    return
  }
  for (const [at, one] of list.entries()) {
    if (checking.found.length >= ENOUGH) return
    check(checking, shape.member, one, `${path}.${at + 1}.member`)
  }
}

function checkMap(checking: Checking, shape: MapShape, map: Readonly<Record<string, unknown>>, path: string): void {
  const entries = Object.entries(map)
  bound(checking, shape.c, entries.length, { value: () => shown(map), path, number: false })
  const key = shapeOf(checking.model, shape.key.target)
  const brokenKey = entries.map(([name]) => brokenRule(key, name)).find((rule) => rule !== undefined)
  if (brokenKey)
    breach(checking, {
      rule: brokenKey,
      value: shown(map),
      path,
      words: `Map keys must satisfy constraint: ${ruleWords(key)}`,
    })
  const value = shapeOf(checking.model, shape.value.target)
  if (value.kind === 'simple') {
    const broken = entries.map(([, one]) => brokenRule(value, one)).find((rule) => rule !== undefined)
    if (broken)
      breach(checking, {
        rule: broken,
        value: shown(map),
        path,
        words: `Map value must satisfy constraint: ${ruleWords(value)}`,
      })
    return
  }
  for (const [name, one] of entries) {
    if (checking.found.length >= ENOUGH) return
    check(checking, shape.value, one, `${path}.${clip(name)}.member`)
  }
}

interface Place {
  readonly path: string
  /** AWS leaves a secret out of its sentence. */
  readonly secret: boolean
}

/** AWS names the pattern before the length (recorded of STS, Cognito, Firehose); IAM, which words the pattern itself, after it. */
function checkSimple(checking: Checking, { c }: SimpleShape, value: unknown, { path, secret }: Place): void {
  if (!c) return
  const words = (): string | undefined => (secret ? undefined : shown(value))
  const size = sizeOf(value)
  const { pattern } = c
  const breaksPattern = (): void => {
    if (typeof value !== 'string' || pattern === undefined || matches(c, value)) return
    breach(checking, { rule: 'pattern', value: words(), path, words: patternWords(pattern) })
  }
  const iam = checking.model.service === 'iam'
  if (!iam) breaksPattern()
  if (size !== undefined) bound(checking, c, size, { value: words, path, number: typeof value === 'number' })
  if (typeof value === 'string' && c.enum && !c.enum.includes(value))
    breach(checking, { rule: 'enum', value: words(), path, words: enumWords(c.enum) })
  if (iam) breaksPattern()
}

/** AWS counts a text's characters as Java does, in UTF-16 units. */
function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : undefined
}

/** INVARIANT: a text beyond its maximum is refused for its length and never reaches the expression. */
function matches({ pattern = '', max }: Constraints, value: string): boolean {
  if (value.length > Math.min(max ?? LONGEST, LONGEST)) return true
  return patternOf(pattern)?.test(value) ?? true
}

interface Measured {
  readonly value: () => string | undefined
  readonly path: string
  readonly number: boolean
}

function bound(checking: Checking, c: Constraints | undefined, size: number, { value, path, number }: Measured): void {
  const { min = -Infinity, max = Infinity } = c ?? {}
  if (size < min)
    breach(checking, { rule: number ? 'minValue' : 'minLength', value: value(), path, words: minWords(min, number) })
  if (size > max)
    breach(checking, { rule: number ? 'maxValue' : 'maxLength', value: value(), path, words: maxWords(max, number) })
}

/** The first rule that a value inside a list or map breaks. */
function brokenRule(shape: Shape, value: unknown): Rule | undefined {
  if (shape.kind !== 'simple' || !shape.c) return undefined
  const { min = -Infinity, max = Infinity, pattern, enum: set } = shape.c
  const size = sizeOf(value) ?? min
  const number = typeof value === 'number'
  if (size < min) return number ? 'minValue' : 'minLength'
  if (size > max) return number ? 'maxValue' : 'maxLength'
  if (typeof value !== 'string') return undefined
  if (pattern !== undefined && !matches(shape.c, value)) return 'pattern'
  return set && !set.includes(value) ? 'enum' : undefined
}

/** All of a shape's rules, in AWS's order. */
function ruleWords(shape: Shape): string {
  const { min, max, pattern, enum: set } = (shape.kind === 'simple' && shape.c) || {}
  const number = shape.kind === 'simple' && (shape.type === 'integer' || shape.type === 'float')
  const words = [
    ...(max === undefined ? [] : [maxWords(max, number)]),
    ...(min === undefined ? [] : [minWords(min, number)]),
    ...(pattern === undefined ? [] : [patternWords(pattern)]),
    ...(set === undefined ? [] : [enumWords(set)]),
  ]
  return `[${words.join(', ')}]`
}

function minWords(min: number, number: boolean): string {
  return `Member must have ${number ? 'value' : 'length'} greater than or equal to ${min}`
}

function maxWords(max: number, number: boolean): string {
  return `Member must have ${number ? 'value' : 'length'} less than or equal to ${max}`
}

function patternWords(pattern: string): string {
  return `Member must satisfy regular expression pattern: ${pattern}`
}

function enumWords(set: readonly string[]): string {
  return `Member must satisfy enum value set: [${set.join(', ')}]`
}

interface Told {
  readonly rule: Rule
  /** Null where there is none, undefined where it is a secret. */
  readonly value: string | null | undefined
  readonly path: string
  readonly words: string
}

function breach({ model, found }: Checking, { rule, value, path, words }: Told): void {
  if (found.length >= ENOUGH) return
  const quiet = QUIET.has(model.service)
  const given = value === undefined || quiet ? '' : value === null ? ' null' : ` '${value}'`
  const constraint = quiet && rule === 'enum' ? words.replace(/(?<=enum value set): \[[^\]]*\]/, '') : words
  found.push({ rule, path, text: `Value${given} at '${path}' failed to satisfy constraint: ${constraint}` })
}

/** `RoleName` → `roleName`, `ARN` → `aRN`: AWS lowers the first letter and no more. */
function lowerCamel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/** A value as Java prints it: lists in brackets, structures and maps in braces. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return clip(`[${value.slice(0, ENOUGH).map(shown).join(', ')}]`)
  if (value instanceof Uint8Array) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object' || value === null) return clip(String(value))
  const pairs = Object.entries(value).slice(0, ENOUGH)
  return clip(`{${pairs.map(([key, one]) => `${key}=${shown(one)}`).join(', ')}}`)
}
