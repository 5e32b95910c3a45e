/** Our codecs against the SDK's own serialisers: every operation of every service, out and back. */
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { SERVICES } from '../../../../tools/models/services.ts'
import { Refusal } from '../../src/refusal.ts'
import { CODECS } from '../../src/wire/codecs.ts'
import { wireRefusal } from '../../src/wire/dialect.ts'
import { nameCall } from '../../src/wire/dispatch.ts'
import { loadModel, MODELS } from '../../src/wire/models.ts'
import { sample, unconstrained } from './sample.ts'
import type { AnswerBody, Message } from '../../src/wire/message.ts'
import type { Model, OperationModel, ProtocolName } from '../../src/wire/model.ts'

interface SdkRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface SdkProtocol {
  serializeRequest(schema: object, input: object, context: object): Promise<SdkRequest>
  setSerdeContext(context: object): void
  deserializeResponse(schema: object, context: object, response: object): Promise<Record<string, unknown>>
}

interface SdkClient {
  readonly config: { readonly protocol: SdkProtocol; readonly protocolSettings: object }
}

const require = createRequire(import.meta.url)
const { HttpResponse } = require('@smithy/core/transport') as { HttpResponse: new (init: object) => object }
const protocols = require('@aws-sdk/core/protocols') as Record<string, new (settings: object) => SdkProtocol>
const MARKS = { requestId: '7f0c1d3e-0000-4000-8000-000000000001', hostId: 'host' }

/** What the SDK itself does not carry, or carries otherwise on purpose. */
const UNCARRIED: Readonly<Record<string, string>> = {
  's3:WriteGetObjectResponse': 'goes to a host of its own, of S3 Object Lambda',
  's3:SelectObjectContent': 'answers an event stream',
  'lambda:InvokeWithResponseStream': 'answers an event stream',
  'logs:StartLiveTail': 'answers an event stream',
  'logs:GetLogObject': 'answers an event stream',
  'sqs:ReceiveMessage in awsQuery': 'two members share one parameter, AttributeName',
}

/** The protocols that some client other than the JavaScript SDK's speaks: its class for each, by name. */
const OTHERS: readonly (readonly [service: string, protocol: ProtocolName, sdkClass: string])[] = [
  ['cloudwatch', 'awsQuery', 'AwsQueryProtocol'],
  ['cloudwatch', 'rpcv2Cbor', 'AwsSmithyRpcV2CborProtocol'],
  ['sqs', 'awsQuery', 'AwsQueryProtocol'],
]

const FIRST = Object.entries(MODELS).map(([service, { protocols }]) => [service, protocols[0], ''] as const)

for (const [service, protocol = 'awsQuery', sdkClass] of [...FIRST, ...OTHERS]) {
  describe(`${service} in ${protocol}`, () => {
    const model = unconstrained(loadModel(service))
    const sdk = sdkOf(service, model, sdkClass)
    const carried = ({ name }: OperationModel): boolean =>
      ![`${service}:${name}`, `${service}:${name} in ${protocol}`].some((call) => Object.hasOwn(UNCARRIED, call))
    const operations = Object.values(model.operations).filter(carried)

    test.each(operations)('$name reads what the SDK writes', async (operation) => {
      const input = inputOf(service, model, operation)
      const request = await sdk.protocol.serializeRequest(sdk.schema(operation), { ...input }, sdk.context(operation))
      const message = messageOf(service, request)
      const named = nameCall(message, { service: model.signingName, region: 'us-east-1' })
      expect(named.protocol).toBe(protocol)
      expect(named.operation?.name).toBe(operation.name)
      expect(comparable(CODECS[protocol].readInput(model, operation, message, named.labels))).toEqual(comparable(input))
    })

    test.each(operations)('$name writes what the SDK reads', async (operation) => {
      const output = sample(model, operation.output)
      const { status, headers, body } = CODECS[protocol].writeOutput(model, operation, output, MARKS)
      const response = new HttpResponse({ statusCode: status, headers, body: Readable.from([bytesOf(body)]) })
      const context = sdk.context(operation)
      const { $metadata: _, ...read } = await sdk.protocol.deserializeResponse(sdk.schema(operation), context, response)
      expect(comparable(await collected(read))).toEqual(comparable(output))
    })

    const errors = Object.entries(model.shapes).filter(([, shape]) => shape.kind === 'error')
    test.skipIf(errors.length === 0).each(errors)('%s is refused as the SDK knows it', async (name, shape) => {
      if (shape.kind !== 'error' || operations[0] === undefined) return
      const refusal = new Refusal('internal', 'said <so> & "thus"')
      const wire = {
        ...wireRefusal(service, refusal, model, protocol),
        code: shape.code,
        shape: name,
        status: shape.status ?? 400,
      }
      const { status, headers, body } = CODECS[protocol].writeRefusal(model, wire, MARKS)
      const response = new HttpResponse({ statusCode: status, headers, body: Readable.from([bytesOf(body)]) })
      const [operation] = operations
      const thrown = sdk.protocol.deserializeResponse(sdk.schema(operation), sdk.context(operation), response)
      const message = 'error_description' in shape.members ? expect.any(String) : 'said <so> & "thus"'
      await expect(thrown).rejects.toMatchObject({ name: expect.toBeOneOf([name, shape.code]), message })
    })
  })
}

/** S3's bucket is in the path that the test sends to, whatever the input says. */
function inputOf(service: string, model: Model, operation: OperationModel): Record<string, unknown> {
  const input = sample(model, operation.input)
  return service === 's3' && 'Bucket' in input ? { ...input, Bucket: 'bk' } : input
}

function sdkOf(service: string, model: Model, sdkClass: string) {
  const client = require(`@aws-sdk/client-${SERVICES[service]?.client}`) as Record<string, unknown>
  const name = Object.keys(client).find((key) => /^[A-Z]\w+Client$/.test(key)) ?? ''
  const Client = client[name] as new (options: object) => SdkClient
  const { config } = new Client({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
  const Other = protocols[sdkClass]
  const settings = { ...config.protocolSettings, xmlNamespace: model.namespace, serviceTarget: model.target }
  const protocol = Other ? new Other(settings) : config.protocol
  const context = (operation: OperationModel): object => {
    const path = 'Bucket' in sample(model, operation.input) && service === 's3' ? '/bk' : '/'
    const endpoint = { protocol: 'http:', hostname: 'localhost', port: 4566, path }
    const __smithy_context = { service: model.target, operation: operation.name }
    return { ...config, endpoint: async () => endpoint, __smithy_context }
  }
  protocol.setSerdeContext(config)
  const schema = ({ name }: OperationModel): object => {
    const [, namespace, own, traits, input, output] = client[`${name}$`] as unknown[]
    return { name: own, namespace, traits, input, output }
  }
  return { protocol, context, schema }
}

function messageOf(service: string, request: SdkRequest): Message {
  const query = Object.entries(request.query ?? {}).flatMap(([key, value]) => {
    const name = encodeURIComponent(key)
    if (value === null) return [name]
    return [value].flat().map((one) => `${name}=${encodeURIComponent(one)}`)
  })
  const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  const host = service === 's3' ? 'localhost:4566' : 'example.test'
  return {
    method: request.method,
    path: request.path,
    query: query.join('&'),
    headers: { host, ...Object.fromEntries(headers) },
    body: request.body === undefined ? new Uint8Array() : new Uint8Array(Buffer.from(request.body as string)),
    source: { ip: '127.0.0.1', tls: false },
  }
}

function bytesOf(body: AnswerBody | undefined): Uint8Array {
  return body === undefined ? new Uint8Array() : new Uint8Array(Buffer.from(body as string | Uint8Array))
}

/** Streams as bytes. */
async function collected(output: Record<string, unknown>): Promise<Record<string, unknown>> {
  const entries = Object.entries(output).map(async ([name, value]) => {
    const stream = typeof value === 'object' && value !== null && 'transformToByteArray' in value
    return [
      name,
      stream ? await (value as { transformToByteArray(): Promise<Uint8Array> }).transformToByteArray() : value,
    ]
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** Bytes as hexadecimal and dates in whole seconds, which is what some protocols carry. */
function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (value instanceof Date) return Math.floor(value.getTime() / 1000)
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(entries.map(([key, one]) => [key, comparable(one)]))
}
