/** restXml as S3 speaks it. */
import { Refusal } from '../refusal.ts'
import { payloadOf, rawPayload, readBindings, unbound, writeBindings } from './rest.ts'
import { element, readElement, writeMember, writeMembers } from './shape-xml.ts'
import { entriesOf, shapeOf, structureOf, textOf } from './shape.ts'
import { attribute, escapeXml, parseXml } from './xml.ts'
import type { Codec, Values } from './codec.ts'
import type { AnswerBody, AnswerMarks, Message } from './message.ts'
import type { Member, Model, OperationModel } from './model.ts'
import type { StructureShape } from './shape.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
const STYLE = { millis: true, inBody: unbound }

export const restXml: Codec = {
  protocol: 'restXml',
  readInput(model, operation, message, labels) {
    const bound = readBindings(model, operation, message, labels)
    return refuseMissing(model, operation, { ...readBody(model, operation, message), ...bound })
  },
  writeOutput(model, operation, output, marks) {
    const { status, headers } = writeBindings(model, operation, output)
    const { type, body } = operation.http?.method === 'HEAD' ? {} : writeBody(model, operation, output)
    // A part of an object is a part because the operation says which.
    const partial = /^(?:Get|Head)Object$/.test(operation.name) && output['ContentRange'] !== undefined
    return {
      status: partial ? 206 : status,
      headers: { ...ids(marks), ...(type !== undefined && { 'content-type': type }), ...headers },
      ...(body !== undefined && status !== 204 && { body }),
    }
  },
  writeRefusal(_service, { code, message, status, detail }, marks) {
    const words = Object.entries({
      Code: code,
      Message: message,
      ...detail,
      RequestId: marks.requestId,
      HostId: marks.hostId,
    })
    const xml = words.map(([name, value]) => element(name, '', escapeXml(String(value)))).join('')
    return {
      status,
      headers: { ...ids(marks), 'content-type': 'application/xml' },
      body: `${DECLARATION}<Error>${xml}</Error>`,
    }
  },
}

function ids({ requestId, hostId }: AnswerMarks): Record<string, string> {
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId }
}

function readBody(model: Model, operation: OperationModel, { body }: Message): Values {
  const payload = payloadOf(model, operation.input)
  if (payload) {
    const value = readPayload(model, payload[1], body)
    return value === undefined ? {} : { [payload[0]]: value }
  }
  const shape = structureOf(model, operation.input)
  const reads = entriesOf(shape).some(([name, member]) => unbound(name, member))
  return reads && body.length > 0 ? readUnbound(model, shape, body) : {}
}

/** Input members of the body without a payload member: SelectObjectContent alone. */
function readUnbound(model: Model, shape: StructureShape, body: Uint8Array): Values {
  const members = Object.fromEntries(entriesOf(shape).filter(([name, member]) => unbound(name, member)))
  return readElement(model, { kind: 'structure', members }, parseXml(textOf(body)))
}

function readPayload(model: Model, member: Member, body: Uint8Array): unknown {
  const shape = shapeOf(model, member.target)
  if (shape.kind === 'simple') return shape.type === 'blob' ? body : textOf(body)
  if (body.length === 0 || !('members' in shape)) return undefined
  return readElement(model, shape, parseXml(textOf(body)))
}

/** S3 validates in each operation, in its own words; the model's part is what an operation cannot do without. */
function refuseMissing(model: Model, operation: OperationModel, input: Values): Values {
  for (const [name, member] of entriesOf(structureOf(model, operation.input))) {
    if (!member.required || input[name] !== undefined) continue
    if (member.binding === 'payload') throw new Refusal('missingParameter', 'Request body is empty')
    const words = `Missing required ${member.binding === 'header' ? 'header' : 'parameter'} for this request: ${member.wire ?? name}`
    throw new Refusal('missingParameter', words)
  }
  return input
}

interface Body {
  readonly type?: string
  readonly body?: AnswerBody
}

function writeBody(model: Model, operation: OperationModel, output: Values): Body {
  const payload = payloadOf(model, operation.output)
  if (payload) return writePayload(model, payload, output[payload[0]])
  const shape = structureOf(model, operation.output)
  if (!entriesOf(shape).some(([name, member]) => unbound(name, member))) return {}
  const tag = rootName(operation.output, shape)
  const members = writeMembers(model, shape, output, STYLE)
  // GetBucketLocation's answer is its one member: the element that the model calls root and member alike.
  const inner = operation.name === 'GetBucketLocation' ? escapeXml(String(output['LocationConstraint'] ?? '')) : members
  return xmlBody(element(tag, xmlns(model), inner))
}

function writePayload(model: Model, [, member]: readonly [string, Member], value: unknown): Body {
  if (value === undefined || value === null) return {}
  const shape = shapeOf(model, member.target)
  if (shape.kind === 'simple' || ('streaming' in shape && shape.streaming)) {
    const text = shape.kind === 'simple' && shape.type === 'string'
    return { type: text ? 'application/json' : 'binary/octet-stream', body: rawPayload(value) }
  }
  if (!('members' in shape)) throw new Error('a payload is a structure, text or bytes')
  const tag = member.wire ?? rootName(member.target, shape)
  const xml = writeMember(
    model,
    tag,
    { target: member.target, namespace: member.namespace ?? model.namespace ?? '' },
    value,
    STYLE,
  )
  return xmlBody(xml)
}

function rootName(name: string, shape: StructureShape): string {
  return (shape.kind === 'structure' && shape.wire) || name
}

function xmlBody(xml: string): Body {
  return { type: 'application/xml', body: DECLARATION + xml }
}

function xmlns({ namespace }: Model): string {
  return namespace === undefined ? '' : attribute('xmlns', namespace)
}
