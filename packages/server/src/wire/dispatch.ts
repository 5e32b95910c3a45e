/**
 * Which service, operation and protocol a request means. All services answer at one endpoint, so this is by the scope
 * that the request is signed for, else the host, else the target header, else the path, else the `Action` parameter;
 * then the content type decides among the protocols that the service speaks.
 */
import { hostService } from './hosts.ts'
import { loadModel, MODELS } from './models.ts'
import { decodeForm } from './params.ts'
import { matchRoute } from './routes.ts'
import { isFormUpload, s3Address } from './s3-routes.ts'
import type { Labels } from './codec.ts'
import type { Message } from './message.ts'
import type { Model, ProtocolName } from './model.ts'
import type { OperationModel } from './model.ts'

export interface Scope {
  readonly service: string
  readonly region: string
}

export interface Named {
  /** Our name of the service; the scope's where we have no such service. */
  readonly service: string
  readonly model?: Model
  readonly operation?: OperationModel
  readonly protocol: ProtocolName
  /** What the client asked for, whether or not there is such an operation, and the API version that it named. */
  readonly asked?: string
  readonly version?: string
  /** From the path and host; `Bucket` and `Key` for S3. */
  readonly labels: Labels
  /** A browser's form upload to S3: the operation's input is in the form. */
  readonly form?: true
}

export interface DispatchOptions {
  /** The server's own host names, below which S3 buckets may stand: `aws.example.org`. */
  readonly domains?: readonly string[]
}

/** Never throws: what cannot be named has no operation, and the gate refuses it in the dialect of its service. */
export function nameCall(message: Message, scope?: Scope, options: DispatchOptions = {}): Named {
  const domains = options.domains ?? []
  const candidates = scope ? scoped(scope.service) : unscoped(message, domains)
  const named = candidates.map((service) => nameIn(service, message, domains))
  const found = named.find(({ operation }) => operation !== undefined) ?? named[0]
  return found ?? nameless(message, scope?.service ?? 's3')
}

/** Services by the name that requests are signed for. Some share one: the portal and the admin of Identity Center. */
const BY_SIGNING_NAME: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(MODELS).map(({ signingName }) => {
    const same = Object.keys(MODELS).filter(
      (service) => MODELS[service]?.signingName === signingName && service !== 's3control',
    )
    return [signingName, signingName === 'sso' ? [...same, 'sso'] : same] as const
  }),
)

function scoped(signingName: string): readonly string[] {
  return BY_SIGNING_NAME.get(signingName) ?? []
}

/** The likely services of a request that is not signed, or not in a way that says its service. */
function unscoped(message: Message, domains: readonly string[]): readonly string[] {
  const byHost = hostService(message.headers['host'] ?? '', domains)
  if (byHost !== undefined) return [byHost]
  const prefix = targetOf(message)?.prefix ?? cborTarget(message)?.prefix
  if (prefix !== undefined) return Object.keys(MODELS).filter((service) => MODELS[service]?.target === prefix)
  const rest = REST.find((service) => matchRoute(loadModel(service), message)?.operation !== undefined)
  if (rest !== undefined) return [rest]
  const { action, version } = actionOf(message)
  return action === undefined ? ['s3'] : byAction(action, version)
}

/** REST services whose paths cannot be taken for a bucket's, which has no capitals, or whose calls are never signed. */
const REST = ['sso-oidc', 'sso', 'lambda', 'account']

function byAction(action: string, version: string | undefined): readonly string[] {
  const speakers = Object.keys(MODELS).filter((service) => MODELS[service]?.protocols.some(isQuery))
  const sameVersion = speakers.filter((service) => MODELS[service]?.version === version)
  if (sameVersion.length > 0) return sameVersion
  const knowing = speakers.filter((service) => Object.hasOwn(loadModel(service).operations, action))
  return knowing.length > 0 ? knowing : ['sts']
}

function nameIn(service: string, message: Message, domains: readonly string[]): Named {
  const model = loadModel(service)
  const protocol = protocolOf(model.protocols, message)
  const ground = { service, model, protocol, labels: {} }
  if (protocol === 'restXml' || protocol === 'restJson1') return nameRest(ground, message, domains)
  if (isQuery(protocol)) return nameQuery(ground, message)
  const target = protocol === 'rpcv2Cbor' ? cborTarget(message) : targetOf(message)
  if (!target) return ground
  const operation = target.prefix === model.target ? own(model, target.name) : undefined
  return { ...ground, asked: target.name, ...(operation && { operation }) }
}

type Ground = Pick<Named, 'service' | 'protocol' | 'labels'> & { readonly model: Model }

function nameRest(ground: Ground, message: Message, domains: readonly string[]): Named {
  if (isS3Control(ground, message)) return nameIn('s3control', message, domains)
  const { operation, labels = {} } = matchRoute(ground.model, message, domains) ?? {}
  const form = ground.service === 's3' && isForm(message, domains)
  return {
    ...ground,
    labels,
    ...(operation && { operation, asked: operation.name }),
    ...(form && { form: true as const }),
  }
}

function isForm(message: Message, domains: readonly string[]): boolean {
  const { bucket, key } = s3Address(message, domains)
  return isFormUpload(message, bucket === undefined ? 'service' : key === undefined ? 'bucket' : 'key')
}

/** S3 Control is signed as S3; its calls carry the account in a header and a dated path. */
function isS3Control({ service }: Ground, { path, headers }: Message): boolean {
  const marked = headers['x-amz-account-id'] !== undefined || headers['x-amz-outpost-id'] !== undefined
  return service === 's3' && path.startsWith('/v20180820/') && marked
}

/** The query protocols want the version too: AWS knows no operation of no version. EC2 alone takes its older ones. */
function nameQuery(ground: Ground, message: Message): Named {
  const { action, version = 'NO_VERSION_SPECIFIED' } = actionOf(message)
  if (action === undefined) return { ...ground, version }
  const dated = ground.service === 'ec2' ? /^20\d\d-\d\d-\d\d$/.test(version) : version === ground.model.version
  const operation = dated ? own(ground.model, action) : undefined
  return { ...ground, asked: action, version, ...(operation && { operation }) }
}

function own(model: Model, name: string): OperationModel | undefined {
  return Object.hasOwn(model.operations, name) ? model.operations[name] : undefined
}

/** Among the protocols that a service speaks, the one that this request is in. */
function protocolOf(spoken: readonly ProtocolName[], message: Message): ProtocolName {
  const [first = 'restJson1'] = spoken
  if (spoken.length === 1) return first
  const said = heard(message)
  return (
    spoken.find((protocol) => protocol === said || (isJson(protocol) && said !== undefined && isJson(said))) ?? first
  )
}

/** The protocol that a request is in, by its looks alone. */
function heard(message: Message): ProtocolName | undefined {
  const type = message.headers['content-type'] ?? ''
  if (message.headers['smithy-protocol'] === 'rpc-v2-cbor') return 'rpcv2Cbor'
  if (message.headers['x-amz-target'] !== undefined) return type.includes('json-1.0') ? 'awsJson1_0' : 'awsJson1_1'
  return actionOf(message).action === undefined ? undefined : 'awsQuery'
}

/** A service that we do not have, in the protocol that its client speaks. */
function nameless(message: Message, service: string): Named {
  const protocol = heard(message) ?? (message.headers['content-type']?.includes('xml') ? 'restXml' : 'restJson1')
  const { action, version } = actionOf(message)
  const asked = targetOf(message)?.name ?? cborTarget(message)?.name ?? action
  return {
    service,
    protocol,
    labels: {},
    ...(asked !== undefined && { asked }),
    ...(version !== undefined && { version }),
  }
}

interface Target {
  readonly prefix: string
  readonly name: string
}

/** The last two dotted parts: botocore puts a Java package before them, the SDKs do not. */
function targetOf({ headers }: Message): Target | undefined {
  const parts = headers['x-amz-target']?.split('.') ?? []
  const [prefix, name] = parts.slice(-2)
  return prefix === undefined || name === undefined ? undefined : { prefix, name }
}

function cborTarget({ path }: Message): Target | undefined {
  const [, prefix, name] = /^\/service\/(?:[^/]*\.)?([^/.]+)\/operation\/([^/]+)$/.exec(path) ?? []
  return prefix === undefined || name === undefined ? undefined : { prefix, name }
}

/** `Action` and `Version`, from the query string or a form. */
function actionOf({ query, body, headers }: Message): { action?: string; version?: string } {
  const type = headers['content-type'] ?? ''
  const form = type === '' || type.includes('x-www-form-urlencoded') ? Buffer.from(body).toString('latin1') : ''
  const action = parameter(query, 'Action') ?? parameter(form, 'Action')
  const version = parameter(query, 'Version') ?? parameter(form, 'Version')
  return { ...(action !== undefined && { action }), ...(version !== undefined && { version }) }
}

function parameter(text: string, name: string): string | undefined {
  const start = text.startsWith(`${name}=`) ? 0 : text.indexOf(`&${name}=`) + 1
  if (start === 0 && !text.startsWith(`${name}=`)) return undefined
  const end = text.indexOf('&', start)
  const raw = text.slice(start + name.length + 1, end < 0 ? undefined : end)
  try {
    return decodeForm(raw)
  } catch {
    return raw
  }
}

function isQuery(protocol: ProtocolName): boolean {
  return protocol === 'awsQuery' || protocol === 'ec2Query'
}

function isJson(protocol: ProtocolName): boolean {
  return protocol === 'awsJson1_0' || protocol === 'awsJson1_1'
}
