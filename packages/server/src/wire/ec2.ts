/** ec2Query: awsQuery's elder cousin, with flat lists, names of its own and another error envelope. */
import { refuseInvalid } from './constraints.ts'
import { formOf, parseParams } from './params.ts'
import { readMembers, type ParamNames } from './query.ts'
import { element, writeMembers } from './shape-xml.ts'
import { structureOf } from './shape.ts'
import { attribute, escapeXml } from './xml.ts'
import type { Codec } from './codec.ts'
import type { Answer } from './message.ts'

export const ec2Query: Codec = {
  protocol: 'ec2Query',
  readInput(model, operation, message) {
    const params = parseParams(formOf(message.query, message.body))
    const input = readMembers(model, structureOf(model, operation.input), params, ec2Names)
    return refuseInvalid(model, operation.input, input)
  },
  writeOutput(model, operation, output, { requestId }) {
    const members = writeMembers(model, structureOf(model, operation.output), output, { millis: true })
    // An operation without output says that it was done.
    const body = operation.output === 'Unit' ? '<return>true</return>' : members
    const root = `${operation.name}Response`
    const xml = element(root, attribute('xmlns', model.namespace ?? ''), `<requestId>${requestId}</requestId>${body}`)
    return xmlAnswer(200, requestId, xml)
  },
  writeRefusal(_service, { code, message, status }, { requestId }) {
    const error = `<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`
    const xml = `<Response><Errors>${error}</Errors><RequestID>${requestId}</RequestID></Response>`
    return xmlAnswer(status, requestId, xml)
  },
}

const ec2Names: ParamNames = (name, { ec2, wire }) => {
  const capital = wire === undefined ? undefined : wire.charAt(0).toUpperCase() + wire.slice(1)
  return [ec2, capital, name].filter((one) => one !== undefined)
}

function xmlAnswer(status: number, requestId: string, xml: string): Answer {
  return {
    status,
    headers: { 'x-amzn-requestid': requestId, 'content-type': 'text/xml;charset=UTF-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  }
}
