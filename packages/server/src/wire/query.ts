/** awsQuery: a form in, XML out. */
import { refuseInvalid } from './constraints.ts'
import { formOf, numbered, parseParams, type ParamNode } from './params.ts'
import { element, writeMembers } from './shape-xml.ts'
import { entriesOf, put, readText, shapeOf, structureOf } from './shape.ts'
import { attribute, escapeXml } from './xml.ts'
import type { Codec, Values } from './codec.ts'
import type { Answer } from './message.ts'
import type { Member, Model } from './model.ts'
import type { StructureShape } from './shape.ts'

export const awsQuery: Codec = {
  protocol: 'awsQuery',
  readInput(model, operation, message) {
    const params = parseParams(formOf(message.query, message.body))
    const input = readMembers(model, structureOf(model, operation.input), params, queryNames)
    return refuseInvalid(model, operation.input, input)
  },
  writeOutput(model, operation, output, { requestId }) {
    const { name } = operation
    const shape = structureOf(model, operation.output)
    const result =
      operation.output === 'Unit'
        ? ''
        : element(`${name}Result`, '', writeMembers(model, shape, output, { millis: false }))
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`
    return xmlAnswer(200, requestId, element(`${name}Response`, xmlns(model), result + metadata))
  },
  writeRefusal(service, refusal, { requestId }) {
    const { code, message, status, fault } = refusal
    const words = `<Type>${fault}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`
    const body = `<Error>${words}</Error><RequestId>${requestId}</RequestId>`
    return xmlAnswer(status, requestId, element('ErrorResponse', service ? xmlns(service) : '', body))
  },
}

function xmlAnswer(status: number, requestId: string, body: string): Answer {
  return { status, headers: { 'x-amzn-requestid': requestId, 'content-type': 'text/xml' }, body: `${body}\n` }
}

function xmlns({ namespace }: Model): string {
  return namespace === undefined ? '' : attribute('xmlns', namespace)
}

/** The names by which a protocol calls a structure's member in a form, the likeliest first. */
export type ParamNames = (name: string, member: Member) => readonly string[]

const queryNames: ParamNames = (name, { wire }) => (wire === undefined ? [name] : [wire, name])

/** A structure's values from a form. A parameter that no member has is ignored, as AWS does. */
export function readMembers(model: Model, shape: StructureShape, node: ParamNode, names: ParamNames): Values {
  const values: Values = {}
  if (!node.children) return values
  for (const [name, member] of entriesOf(shape)) {
    const key = names(name, member).find((one) => node.children?.has(one))
    const child = key === undefined ? undefined : node.children.get(key)
    const value = child && readParam(model, member, child, names)
    if (value !== undefined) values[name] = value
  }
  return values
}

function readParam(model: Model, member: Member, node: ParamNode, names: ParamNames): unknown {
  const shape = shapeOf(model, member.target)
  switch (shape.kind) {
    case 'simple':
      return node.value === undefined ? undefined : readText(shape, node.value, shape.format ?? 'date-time')
    case 'list':
      return readList(model, shape.member, node, names)
    case 'map': {
      const entries = numbered(node.children?.get('entry') ?? node)
      if (entries.length === 0 && node.value !== '') return undefined
      const map: Values = {}
      for (const entry of entries) {
        const key = (entry.children?.get(shape.key.wire ?? 'key') ?? entry.children?.get('key'))?.value
        const value = entry.children?.get(shape.value.wire ?? 'value') ?? entry.children?.get('value')
        if (key !== undefined && value) put(map, key, readParam(model, shape.value, value, names) ?? '')
      }
      return map
    }
    case 'structure':
    case 'union':
    case 'error':
      return node.children ? readMembers(model, shape, node, names) : undefined
  }
}

/** `Tags.member.1`, `Tags.1`, `Tags.Tag.1`, and `Tags=`, the empty list. */
function readList(model: Model, member: Member, node: ParamNode, names: ParamNames): unknown {
  const inner = node.children?.get(member.wire ?? 'member') ?? node.children?.get('member')
  const items = inner?.children ? numbered(inner) : numbered(node)
  if (items.length === 0) return node.value === '' || inner?.value === '' ? [] : undefined
  return items.map((item) => readParam(model, member, item, names)).filter((value) => value !== undefined)
}
