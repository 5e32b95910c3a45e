/** rpcv2Cbor: the newest protocol, which Go's CloudWatch client speaks. */
import { refuseInvalid } from './constraints.ts'
import { decodeCbor, encodeCbor } from './cbor-data.ts'
import { errorMembers, errorType, queryError } from './json.ts'
import { readStructure, writeStructure, type Notation } from './shape-json.ts'
import { structureOf } from './shape.ts'
import type { Codec } from './codec.ts'
import type { Answer } from './message.ts'

const NOTATION: Notation = { date: (date) => date, bytes: (bytes) => bytes }

export const cbor: Codec = {
  protocol: 'rpcv2Cbor',
  readInput(model, operation, message) {
    const data = message.body.length === 0 ? {} : decodeCbor(message.body)
    return refuseInvalid(model, operation.input, readStructure(model, structureOf(model, operation.input), data))
  },
  writeOutput(model, operation, output, { requestId }) {
    return answer(200, requestId, writeStructure(model, structureOf(model, operation.output), output, NOTATION))
  },
  writeRefusal(service, refusal, { requestId }) {
    const data = { __type: errorType(service, refusal, true), ...errorMembers(service, refusal) }
    return answer(refusal.status, requestId, data, queryError(service, refusal))
  },
}

function answer(status: number, requestId: string, data: unknown, headers = {}): Answer {
  return {
    status,
    headers: {
      'x-amzn-requestid': requestId,
      'smithy-protocol': 'rpc-v2-cbor',
      'content-type': 'application/cbor',
      ...headers,
    },
    body: encodeCbor(data),
  }
}
