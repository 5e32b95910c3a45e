/** What each service calls the refusals that the gate itself gives: AWS says one thing in a dozen ways. */
import { CONCEPTS, REFUSALS, type Concept, type Refusal } from '../refusal.ts'
import { MODELS } from './models.ts'
import { errorShape } from './shape.ts'
import type { WireRefusal } from './codec.ts'
import type { Model, ProtocolName } from './model.ts'

export interface Saying {
  readonly code: string
  readonly status: number
  /** Said where whoever refuses has no words of its own. */
  readonly message: string
}

export type Dialect = Readonly<Record<Concept, Saying>>

const INVALID_TOKEN = 'The security token included in the request is invalid.'
const EXPIRED_TOKEN = 'The security token included in the request is expired'
const MISSING_TOKEN = 'Request is missing Authentication Token'
const BAD_SIGNATURE =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const NOT_BUILT = 'the operation is not built in this server'
const FAILURE = 'We encountered an internal error. Please try again.'
const SLOW_DOWN = 'Rate exceeded'

const QUERY: Dialect = {
  denied: say('AccessDenied', 403, 'Access Denied'),
  missingToken: say('MissingAuthenticationToken', 403, MISSING_TOKEN),
  incompleteSignature: say('IncompleteSignature', 400, 'The request signature does not conform to AWS standards.'),
  unknownKey: say('InvalidClientTokenId', 403, INVALID_TOKEN),
  badSignature: say('SignatureDoesNotMatch', 403, BAD_SIGNATURE),
  skewed: say('SignatureDoesNotMatch', 403, 'Signature expired'),
  expiredToken: say('ExpiredToken', 403, EXPIRED_TOKEN),
  invalidToken: say('InvalidClientTokenId', 403, INVALID_TOKEN),
  expiredRequest: say('RequestExpired', 400, 'Request has expired.'),
  unknownOperation: say('InvalidAction', 400, 'The action or operation requested is invalid.'),
  notBuilt: say('InvalidAction', 400, NOT_BUILT),
  malformed: say('MalformedInput', 400, 'The request could not be read.'),
  invalid: say('ValidationError', 400, 'The input fails to satisfy the constraints specified by an AWS service.'),
  missingParameter: say('ValidationError', 400, 'A required parameter is missing.'),
  tooLarge: say('RequestEntityTooLarge', 413, 'Request body is too large'),
  throttled: say('Throttling', 400, SLOW_DOWN),
  unavailable: say('ServiceUnavailable', 503, 'The request has failed due to a temporary failure of the server.'),
  internal: say('InternalFailure', 500, FAILURE),
}

const JSON_RPC: Dialect = {
  denied: say('AccessDeniedException', 400, 'Access Denied'),
  missingToken: say('MissingAuthenticationTokenException', 400, MISSING_TOKEN),
  incompleteSignature: say('IncompleteSignatureException', 400, QUERY.incompleteSignature.message),
  unknownKey: say('UnrecognizedClientException', 400, INVALID_TOKEN),
  badSignature: say('InvalidSignatureException', 400, BAD_SIGNATURE),
  skewed: say('InvalidSignatureException', 400, 'Signature expired'),
  expiredToken: say('ExpiredTokenException', 403, EXPIRED_TOKEN),
  invalidToken: say('UnrecognizedClientException', 400, INVALID_TOKEN),
  expiredRequest: say('InvalidSignatureException', 400, 'Signature expired'),
  unknownOperation: say('UnknownOperationException', 400, ''),
  notBuilt: say('UnknownOperationException', 400, NOT_BUILT),
  malformed: say('SerializationException', 400, ''),
  invalid: say('ValidationException', 400, QUERY.invalid.message),
  missingParameter: say('ValidationException', 400, QUERY.missingParameter.message),
  tooLarge: say('RequestEntityTooLargeException', 413, 'Request body is too large'),
  throttled: say('ThrottlingException', 400, SLOW_DOWN),
  unavailable: say('ServiceUnavailableException', 503, QUERY.unavailable.message),
  internal: say('InternalFailure', 500, FAILURE),
}

const REST_JSON: Dialect = {
  ...JSON_RPC,
  denied: say('AccessDeniedException', 403, 'Access Denied'),
  missingToken: say('MissingAuthenticationTokenException', 403, 'Missing Authentication Token'),
  incompleteSignature: say('IncompleteSignatureException', 403, QUERY.incompleteSignature.message),
  unknownKey: say('UnrecognizedClientException', 403, INVALID_TOKEN),
  badSignature: say('InvalidSignatureException', 403, BAD_SIGNATURE),
  skewed: say('InvalidSignatureException', 403, 'Signature expired'),
  invalidToken: say('UnrecognizedClientException', 403, INVALID_TOKEN),
  expiredRequest: say('InvalidSignatureException', 403, 'Signature expired'),
  unknownOperation: say('UnknownOperationException', 404, ''),
  notBuilt: say('UnknownOperationException', 404, NOT_BUILT),
  throttled: say('ThrottlingException', 429, SLOW_DOWN),
}

const S3: Dialect = {
  denied: say('AccessDenied', 403, 'Access Denied'),
  missingToken: say('AccessDenied', 403, 'Access Denied'),
  incompleteSignature: say(
    'AuthorizationHeaderMalformed',
    400,
    'The authorization header that you provided is not valid.',
  ),
  unknownKey: say('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.'),
  badSignature: say(
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ),
  skewed: say(
    'RequestTimeTooSkewed',
    403,
    'The difference between the request time and the current time is too large.',
  ),
  expiredToken: say('ExpiredToken', 400, 'The provided token has expired.'),
  invalidToken: say('InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'),
  expiredRequest: say('AccessDenied', 403, 'Request has expired'),
  unknownOperation: say('NotImplemented', 501, 'A header you provided implies functionality that is not implemented'),
  notBuilt: say('NotImplemented', 501, 'A header you provided implies functionality that is not implemented'),
  malformed: say(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  ),
  invalid: say('InvalidArgument', 400, 'Invalid Argument'),
  missingParameter: say('InvalidRequest', 400, 'Missing required parameter for this request'),
  tooLarge: say('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size'),
  throttled: say('SlowDown', 503, 'Please reduce your request rate.'),
  unavailable: say('ServiceUnavailable', 503, 'Service is unable to handle request.'),
  internal: say('InternalError', 500, FAILURE),
}

const EC2: Dialect = {
  ...QUERY,
  denied: say('UnauthorizedOperation', 403, 'You are not authorized to perform this operation.'),
  missingToken: say('MissingAuthenticationToken', 403, MISSING_TOKEN),
  unknownKey: say('AuthFailure', 401, 'AWS was not able to validate the provided access credentials'),
  badSignature: say('AuthFailure', 401, 'AWS was not able to validate the provided access credentials'),
  skewed: say('RequestExpired', 400, 'Request has expired.'),
  expiredToken: say('RequestExpired', 400, 'Request has expired.'),
  invalidToken: say('AuthFailure', 401, 'AWS was not able to validate the provided access credentials'),
  malformed: say('InvalidParameterValue', 400, 'A value that you specified is not valid.'),
  invalid: say('InvalidParameterValue', 400, 'A value that you specified is not valid.'),
  missingParameter: say('MissingParameter', 400, 'The request must contain a required parameter.'),
  throttled: say('RequestLimitExceeded', 503, 'Request limit exceeded.'),
  unavailable: say('Unavailable', 503, 'The server is overloaded and cannot handle the request.'),
  internal: say('InternalError', 500, 'An internal error has occurred'),
}

/** The words of a protocol, for services that have no words of their own. */
const BY_PROTOCOL: Readonly<Record<ProtocolName, Dialect>> = {
  awsQuery: QUERY,
  ec2Query: EC2,
  awsJson1_0: JSON_RPC,
  awsJson1_1: JSON_RPC,
  rpcv2Cbor: JSON_RPC,
  restJson1: REST_JSON,
  restXml: S3,
}

/** Where a service differs from its protocol. */
const BY_SERVICE: Readonly<Record<string, Partial<Dialect>>> = {
  organizations: {
    invalid: say('InvalidInputException', 400, 'You specified an invalid value.'),
    missingParameter: say('InvalidInputException', 400, 'You specified an invalid value.'),
    throttled: say('TooManyRequestsException', 400, SLOW_DOWN),
    internal: say(
      'ServiceException',
      500,
      "AWS Organizations can't complete your request because of an internal service error. Try again later.",
    ),
  },
  lambda: {
    malformed: say('InvalidRequestContentException', 400, 'Could not parse request body into json'),
    throttled: say('TooManyRequestsException', 429, 'Rate Exceeded.'),
    tooLarge: say(
      'RequestEntityTooLargeException',
      413,
      'Request must be smaller than 70167211 bytes for the CreateFunction operation',
    ),
    internal: say('ServiceException', 500, 'An error occurred and the request cannot be processed.'),
  },
  sso: {
    denied: say('ForbiddenException', 403, 'No access'),
    missingToken: say('UnauthorizedException', 401, 'Session token not found or invalid'),
    unknownKey: say('UnauthorizedException', 401, 'Session token not found or invalid'),
    expiredToken: say('UnauthorizedException', 401, 'Session token not found or invalid'),
    invalidToken: say('UnauthorizedException', 401, 'Session token not found or invalid'),
    malformed: say('InvalidRequestException', 400, 'The request could not be read'),
    invalid: say('InvalidRequestException', 400, 'Invalid request'),
    missingParameter: say('InvalidRequestException', 400, 'Invalid request'),
    throttled: say('TooManyRequestsException', 429, SLOW_DOWN),
  },
  'sso-oidc': {
    denied: say('AccessDeniedException', 400, 'Access denied'),
    expiredToken: say('ExpiredTokenException', 400, 'Token expired'),
    malformed: say('InvalidRequestException', 400, 'Invalid request'),
    invalid: say('InvalidRequestException', 400, 'Invalid request'),
    missingParameter: say('InvalidRequestException', 400, 'Invalid request'),
    throttled: say('SlowDownException', 400, 'Slow down'),
    internal: say('InternalServerException', 500, 'Internal server error'),
  },
  'service-quotas': {
    throttled: say(
      'TooManyRequestsException',
      400,
      'Due to throttling, the request was denied. Slow down the rate of request calls, or request an increase for this quota.',
    ),
    internal: say('ServiceException', 500, 'Something went wrong.'),
  },
  budgets: {
    invalid: say('InvalidParameterException', 400, 'Invalid parameter'),
    missingParameter: say('InvalidParameterException', 400, 'Invalid parameter'),
  },
  logs: {
    invalid: say('InvalidParameterException', 400, 'Invalid parameter'),
    missingParameter: say('InvalidParameterException', 400, 'Invalid parameter'),
  },
  sns: {
    denied: say('AuthorizationError', 403, 'Access Denied'),
    invalid: say('ValidationError', 400, QUERY.invalid.message),
  },
  sqs: {
    denied: say('AccessDenied', 403, 'Access to the resource is denied.'),
    missingParameter: say('MissingParameter', 400, 'The request must contain a required parameter.'),
  },
  cloudwatch: { denied: say('AccessDenied', 403, 'Access Denied') },
}

const known = new Map<string, Dialect>()

/** The dialect of a service; of one that we do not know, that of the protocol it is called in. */
export function dialectOf(service: string, protocol?: ProtocolName): Dialect {
  const key = `${service} ${protocol ?? ''}`
  const found = known.get(key)
  if (found) return found
  const row = Object.hasOwn(MODELS, service) ? MODELS[service] : undefined
  const ground = BY_PROTOCOL[protocol ?? row?.protocols[0] ?? 'restJson1']
  const own = Object.hasOwn(BY_SERVICE, service) ? BY_SERVICE[service] : undefined
  const dialect = { ...ground, ...own }
  // A service that nobody built can be asked for by any name: only ours are remembered.
  if (row) known.set(key, dialect)
  return dialect
}

/** A refusal as it goes over the wire: concepts in the service's words, codes with their shape and status. */
export function wireRefusal(
  service: string,
  { code, message, detail }: Refusal,
  model?: Model,
  protocol: ProtocolName = model?.protocols[0] ?? 'awsQuery',
): WireRefusal {
  const concept = isConcept(code)
  const saying = concept ? dialectOf(service, protocol)[code] : { code, status: statusOf(code), message: '' }
  const shape = model && errorShape(model, saying.code)
  const status = concept ? saying.status : (modelStatus(model, shape, protocol) ?? saying.status)
  const found = shape === undefined ? undefined : model?.shapes[shape]
  return {
    // A code may be given by the shape's name; the wire has the shape's code.
    code: found?.kind === 'error' ? found.code : saying.code,
    message: message || saying.message,
    status,
    fault: status >= 500 ? 'Receiver' : 'Sender',
    detail,
    ...(shape !== undefined && { shape }),
  }
}

/** The SDK's schemas give JSON services' errors REST statuses (404 for AccountNotFound); on the wire AWS answers 400. */
function modelStatus(model: Model | undefined, name: string | undefined, protocol: ProtocolName): number | undefined {
  const shape = name === undefined ? undefined : model?.shapes[name]
  if (shape?.kind !== 'error') return undefined
  const rpc = protocol === 'awsJson1_0' || protocol === 'awsJson1_1' || protocol === 'rpcv2Cbor'
  if (rpc) return shape.fault === 'server' ? 500 : 400
  return shape.status ?? (shape.fault === 'server' ? 500 : 400)
}

function statusOf(code: string): number {
  const table: Readonly<Record<string, number>> = REFUSALS
  return Object.hasOwn(table, code) ? (table[code] ?? 400) : 400
}

const concepts: ReadonlySet<string> = new Set(CONCEPTS)

function isConcept(code: string): code is Concept {
  return concepts.has(code)
}

function say(code: string, status: number, message: string): Saying {
  return { code, status, message }
}
