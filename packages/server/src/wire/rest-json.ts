/** restJson1: Lambda, the SSO portal, SSO-OIDC, Access Analyzer. */
import { refuseInvalid } from './constraints.ts'
import { errorMembers } from './json.ts'
import { payloadOf, rawPayload, readBindings, unbound, writeBindings } from './rest.ts'
import { JSON_NOTATION, parseJson, readStructure, readValue, writeStructure, writeValue } from './shape-json.ts'
import { entriesOf, shapeOf, structureOf, textOf } from './shape.ts'
import type { Codec, Values, WireRefusal } from './codec.ts'
import type { AnswerBody, Message } from './message.ts'
import type { Member, Model, OperationModel } from './model.ts'

export const restJson1: Codec = {
  protocol: 'restJson1',
  readInput(model, operation, message, labels) {
    const bound = readBindings(model, operation, message, labels)
    return refuseInvalid(model, operation.input, { ...readBody(model, operation, message), ...bound })
  },
  writeOutput(model, operation, output, { requestId }) {
    const { status, headers } = writeBindings(model, operation, output)
    const { type, body } = writeBody(model, operation, output)
    return {
      status,
      headers: { 'x-amzn-requestid': requestId, ...(type !== undefined && { 'content-type': type }), ...headers },
      ...(body !== undefined && status !== 204 && { body }),
    }
  },
  writeRefusal(service, refusal, { requestId }) {
    const headers = {
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': refusal.shape ?? refusal.code,
      'content-type': 'application/json',
    }
    return { status: refusal.status, headers, body: JSON.stringify(errorBody(service, refusal)) }
  },
}

function readBody(model: Model, operation: OperationModel, { body }: Message): Values {
  const payload = payloadOf(model, operation.input)
  if (payload) {
    const value = readPayload(model, payload[1], body)
    return value === undefined ? {} : { [payload[0]]: value }
  }
  const shape = structureOf(model, operation.input)
  // A body that no member reads is not looked at: clients send `{}`, or nothing, or spaces.
  return entriesOf(shape).some(([name, member]) => unbound(name, member))
    ? readStructure(model, shape, parseJson(body), unbound)
    : {}
}

function readPayload(model: Model, member: Member, body: Uint8Array): unknown {
  const shape = shapeOf(model, member.target)
  if (shape.kind === 'simple' && shape.type === 'blob') return body
  if (shape.kind === 'simple' && shape.type === 'string') return textOf(body)
  return body.length === 0 ? undefined : readValue(model, member, parseJson(body))
}

interface Body {
  readonly type?: string
  readonly body?: AnswerBody
}

function writeBody(model: Model, operation: OperationModel, output: Values): Body {
  const payload = payloadOf(model, operation.output)
  if (!payload) {
    if (operation.output === 'Unit') return {}
    const json = writeStructure(model, structureOf(model, operation.output), output, JSON_NOTATION, unbound)
    return { type: 'application/json', body: JSON.stringify(json) }
  }
  const [name, member] = payload
  const value = output[name]
  if (value === undefined || value === null) return {}
  const shape = shapeOf(model, member.target)
  if (shape.kind === 'simple') return { type: 'application/octet-stream', body: rawPayload(value) }
  return { type: 'application/json', body: JSON.stringify(writeValue(model, member, value, JSON_NOTATION)) }
}

/** Lambda's errors say whose fault they are; SSO-OIDC's are OAuth's: `error` and `error_description`. */
function errorBody(service: Model | undefined, refusal: WireRefusal): Values {
  const { shape, message, fault, detail } = refusal
  const members = service && shape !== undefined ? structureOf(service, shape).members : {}
  if (Object.hasOwn(members, 'error_description')) {
    return { error: oauthName(shape ?? ''), error_description: message, ...detail }
  }
  const type = Object.hasOwn(members, 'Type') && { Type: fault === 'Sender' ? 'User' : 'Service' }
  return { ...type, ...errorMembers(service, refusal) }
}

/** `AuthorizationPendingException` → `authorization_pending`. */
function oauthName(shape: string): string {
  const words = shape.replace(/Exception$/, '').replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`)
  return words.toLowerCase()
}
