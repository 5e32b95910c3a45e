/** What may be configured of a function, within Lambda's limits. What is not built is refused by name, not passed over. */

import type { Input } from '../../operation.ts'
import { invalid, tooMuch, type Logging, type StoredFunction } from './shared.ts'

type Asked = Input<'lambda:CreateFunction'> | Input<'lambda:UpdateFunctionConfiguration'>

const TIMEOUT_SECONDS = 900
const MEMORY_MIB = 10_240
const ENVIRONMENT_BYTES = 4096
const TAGS_AT_MOST = 50

const UNBUILT = [
  'VpcConfig',
  'DeadLetterConfig',
  'KMSKeyArn',
  'Layers',
  'FileSystemConfigs',
  'CodeSigningConfigArn',
  'ImageConfig',
  'SnapStart',
  'TenancyConfig',
  'CapacityProviderConfig',
  'DurableConfig',
  'PublishTo',
]

/** Runtimes that AWS no longer takes. Lambda DG lambda-runtimes, "Deprecated runtimes", block function create. */
const RETIRED = [
  'nodejs',
  'nodejs4.3',
  'nodejs4.3-edge',
  'nodejs6.10',
  'nodejs8.10',
  'nodejs10.x',
  'nodejs12.x',
  'nodejs14.x',
  'python2.7',
  'python3.6',
  'python3.7',
  'dotnetcore1.0',
  'dotnetcore2.0',
  'dotnetcore2.1',
  'dotnetcore3.1',
  'go1.x',
  'java8',
  'ruby2.5',
  'ruby2.7',
  'provided',
]

/** Names that Lambda itself sets. Lambda DG configuration-envvars. */
const RESERVED = [
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]

export function refuseConfiguration(input: Asked): void {
  const { Timeout = 0, MemorySize = 0, Runtime, Environment } = input
  const asked: Readonly<Record<string, unknown>> = { ...input }
  const unbuilt = UNBUILT.find((name) => !saysNothing(asked[name]))
  if (unbuilt !== undefined) throw invalid(`sallyport has not built \`${unbuilt}\` of functions: leave it out`)
  if (Timeout > TIMEOUT_SECONDS) throw tooMuch(Timeout, 'timeout', 'have value', TIMEOUT_SECONDS)
  if (MemorySize > MEMORY_MIB) throw tooMuch(MemorySize, 'memorySize', 'have value', MEMORY_MIB)
  if (Runtime !== undefined && RETIRED.includes(Runtime)) {
    const advice = 'We recommend you use a supported runtime while creating or updating functions.'
    throw invalid(
      `The runtime parameter of ${Runtime} is no longer supported for creating or updating AWS Lambda functions. ${advice}`,
    )
  }
  refuseEnvironment(Environment?.Variables ?? {})
}

/** Clients send what they do not use as empty texts, lists and structures. */
function saysNothing(value: unknown): boolean {
  if (value === undefined || value === '' || value === false || value === 'None') return true
  return typeof value === 'object' && value !== null && Object.values(value).every(saysNothing)
}

function refuseEnvironment(variables: Readonly<Record<string, string>>): void {
  const unable =
    'Lambda was unable to configure your environment variables because the environment variables you have provided'
  const reserved = Object.keys(variables).filter((name) => RESERVED.includes(name))
  if (reserved.length > 0) {
    const contains = 'contains reserved keys that are currently not supported for modification.'
    throw invalid(`${unable} ${contains} Reserved keys used in this request: ${reserved.join(', ')}`)
  }
  const measured = JSON.stringify(variables)
  if (Buffer.byteLength(measured) > ENVIRONMENT_BYTES)
    throw invalid(`${unable} exceeded the 4KB limit. String measured: ${measured}`)
}

export function refuseTags(tags: Readonly<Record<string, string>>): void {
  const keys = Object.keys(tags)
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw invalid('aws: prefixed tag key names are not allowed for external use.')
  }
  if (keys.length > TAGS_AT_MOST) throw invalid(`Number of tags exceeds resource tag limit of ${TAGS_AT_MOST}.`)
}

type Configured = Pick<StoredFunction, 'description' | 'timeout' | 'memory' | 'ephemeralStorage' | 'tracing'>

const DEFAULTS: Configured = { description: '', timeout: 3, memory: 128, ephemeralStorage: 512, tracing: 'PassThrough' }

/** A function's settings after what was asked; what was not asked about stays, or is Lambda's default. */
export function configured(input: Asked, name: string, before?: StoredFunction) {
  const ground = before ?? DEFAULTS
  const variables = input.Environment === undefined ? before?.environment : input.Environment.Variables
  const empty = variables === undefined || Object.keys(variables).length === 0
  return {
    description: input.Description ?? ground.description,
    timeout: input.Timeout ?? ground.timeout,
    memory: input.MemorySize ?? ground.memory,
    ephemeralStorage: input.EphemeralStorage?.Size ?? ground.ephemeralStorage,
    tracing: input.TracingConfig?.Mode ?? ground.tracing,
    logging: logging(input, name, before?.logging),
    ...(empty ? {} : { environment: variables }),
  }
}

/** Levels are a matter of structured logs alone. */
function logging({ LoggingConfig = {} }: Asked, name: string, before?: Logging): Logging {
  const format = LoggingConfig.LogFormat ?? before?.format ?? 'Text'
  const group = LoggingConfig.LogGroup ?? before?.group ?? `/aws/lambda/${name}`
  const { ApplicationLogLevel, SystemLogLevel } = LoggingConfig
  if (format === 'Text') {
    if (ApplicationLogLevel === undefined && SystemLogLevel === undefined) return { format, group }
    throw invalid('Log level filters are not supported for Text log format.')
  }
  return {
    format,
    group,
    applicationLevel: ApplicationLogLevel ?? before?.applicationLevel ?? 'INFO',
    systemLevel: SystemLogLevel ?? before?.systemLevel ?? 'INFO',
  }
}
