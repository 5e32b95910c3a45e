/** awsJson 1.0 and 1.1: `X-Amz-Target` names the operation, the body is the input. */
import { refuseInvalid } from './constraints.ts'
import { JSON_NOTATION, parseJson, readStructure, writeStructure } from './shape-json.ts'
import { structureOf } from './shape.ts'
import type { Codec, Values, WireRefusal } from './codec.ts'
import type { Answer } from './message.ts'
import type { Model } from './model.ts'

export const awsJson1_0: Codec = jsonCodec('awsJson1_0', 'application/x-amz-json-1.0')
export const awsJson1_1: Codec = jsonCodec('awsJson1_1', 'application/x-amz-json-1.1')

function jsonCodec(protocol: 'awsJson1_0' | 'awsJson1_1', contentType: string): Codec {
  const answer = (status: number, requestId: string, body: string, headers = {}): Answer => ({
    status,
    headers: { 'x-amzn-requestid': requestId, 'content-type': contentType, ...headers },
    body,
  })
  return {
    protocol,
    readInput(model, operation, message) {
      const input = readStructure(model, structureOf(model, operation.input), parseJson(message.body))
      return refuseInvalid(model, operation.input, input)
    },
    writeOutput(model, operation, output, { requestId }) {
      // An operation without output answers an empty body, not `{}`.
      if (operation.output === 'Unit') return answer(200, requestId, protocol === 'awsJson1_0' ? '{}' : '')
      const json = writeStructure(model, structureOf(model, operation.output), output, JSON_NOTATION)
      return answer(200, requestId, JSON.stringify(json))
    },
    writeRefusal(service, refusal, { requestId }) {
      const type = errorType(service, refusal, protocol === 'awsJson1_0')
      const body = JSON.stringify({ __type: type, ...errorMembers(service, refusal) })
      return answer(refusal.status, requestId, body, queryError(service, refusal))
    },
  }
}

/** The error's name for `__type`: the shape's own, since the code may be the query protocol's. */
export function errorType(service: Model | undefined, { code, shape }: WireRefusal, qualified: boolean): string {
  const name = shape ?? code
  return qualified && service && shape !== undefined ? `com.amazonaws.${service.service}#${name}` : name
}

/** The members of an error's body: the message under the shape's own name for it, then what the refusal details. */
export function errorMembers(service: Model | undefined, { code, message, detail, shape }: WireRefusal): Values {
  const names = service && shape !== undefined ? Object.keys(structureOf(service, shape).members) : []
  // Without a shape, AWS's authorisers write a capital letter and its front doors a small one.
  const usual = code === 'AccessDeniedException' ? 'Message' : 'message'
  const key = names.find((name) => name.toLowerCase() === 'message') ?? usual
  return { ...(message !== '' && { [key]: message }), ...detail }
}

/** Services that once spoke awsQuery still tell their old code, and clients that ask for it read it there. */
export function queryError(service: Model | undefined, { code, fault }: WireRefusal): Record<string, string> {
  const compatible = service?.protocols.includes('awsQuery') ?? false
  return compatible ? { 'x-amzn-query-error': `${code};${fault}` } : {}
}
