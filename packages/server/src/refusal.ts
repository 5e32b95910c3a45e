/**
 * Every AWS error that we answer, in one table, and the exception that carries one.
 *
 * A refusal is an answer AWS would give: it has AWS's code and AWS's words. The row says the HTTP status and, where a
 * service's own error shape is named differently from the code on the wire, nothing more: the codec knows the shape.
 */

/** What the gate itself may refuse with. Each service has its own code for it: see `wire/dialect.ts`. */
export const CONCEPTS = [
  'denied',
  'missingToken',
  'incompleteSignature',
  'unknownKey',
  'badSignature',
  'skewed',
  'expiredToken',
  'invalidToken',
  'expiredRequest',
  'unknownOperation',
  'notBuilt',
  'malformed',
  'invalid',
  'missingParameter',
  'tooLarge',
  'throttled',
  'unavailable',
  'internal',
] as const

export type Concept = (typeof CONCEPTS)[number]

/** The HTTP status of each code. A JSON service answers 400 for all of its own errors unless a row says otherwise. */
export const REFUSALS = {
  // common
  AccessDenied: 403,
  AccessDeniedException: 400,
  ValidationError: 400,
  ValidationException: 400,
  InvalidParameterValue: 400,

  // signatures and bodies
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  IncompleteBody: 400,
  InvalidChunkSizeError: 403,
  InvalidDigest: 400,
  MalformedTrailerError: 400,
  RequestTimeout: 400,
  XAmzContentSHA256Mismatch: 400,

  // iam, sts
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  EntityTemporarilyUnmodifiable: 409,
  FeatureDisabled: 404,
  FeatureEnabled: 409,
  InvalidAuthorizationMessageException: 400,
  InvalidInput: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  PolicyEvaluation: 500,
  PolicyNotAttachable: 400,
  UnmodifiableEntity: 400,

  // sts, by tokens from outside
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  IDPRejectedClaim: 403,
  InvalidIdentityToken: 400,
  JWTPayloadSizeExceededException: 400,
  OutboundWebIdentityFederationDisabledException: 403,
  SessionDurationEscalationException: 403,

  // organizations
  AWSOrganizationsNotInUseException: 400,
  AccountAlreadyClosedException: 400,
  AccountNotFoundException: 400,
  AlreadyInOrganizationException: 400,
  ChildNotFoundException: 400,
  ConflictException: 400,
  ConstraintViolationException: 400,
  CreateAccountStatusNotFoundException: 400,
  DestinationParentNotFoundException: 400,
  DuplicateAccountException: 400,
  DuplicateOrganizationalUnitException: 400,
  DuplicatePolicyAttachmentException: 400,
  DuplicatePolicyException: 400,
  InvalidInputException: 400,
  MalformedPolicyDocumentException: 400,
  MasterCannotLeaveOrganizationException: 400,
  OrganizationNotEmptyException: 400,
  OrganizationalUnitNotEmptyException: 400,
  OrganizationalUnitNotFoundException: 400,
  ParentNotFoundException: 400,
  PolicyInUseException: 400,
  PolicyNotAttachedException: 400,
  PolicyNotFoundException: 400,
  PolicyTypeAlreadyEnabledException: 400,
  PolicyTypeNotAvailableForOrganizationException: 400,
  PolicyTypeNotEnabledException: 400,
  RootNotFoundException: 400,
  SourceParentNotFoundException: 400,
  TargetNotFoundException: 400,

  // service-quotas
  DependencyAccessDeniedException: 400,
  IllegalArgumentException: 400,
  InvalidPaginationTokenException: 400,
  NoSuchResourceException: 400,
  QuotaExceededException: 400,
  TooManyTagsException: 400,

  // s3
  AccessControlListNotSupported: 400,
  AccessPointAlreadyOwnedByYou: 409,
  BadRequest: 400,
  BucketAlreadyExists: 409,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  ConditionalRequestConflict: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IllegalLocationConstraintException: 400,
  IllegalVersioningConfigurationException: 400,
  InvalidArgument: 400,
  InvalidBucketAclWithObjectOwnership: 400,
  InvalidBucketName: 400,
  InvalidBucketOwnerAWSAccountID: 400,
  InvalidLocationConstraint: 400,
  InvalidObjectState: 403,
  InvalidPart: 400,
  InvalidPartNumber: 416,
  InvalidPartOrder: 400,
  InvalidPolicyDocument: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidStorageClass: 400,
  InvalidTag: 400,
  KeyTooLongError: 400,
  MalformedACLError: 400,
  MalformedPOSTRequest: 400,
  MalformedPolicy: 400,
  MalformedXML: 400,
  MaxPostPreDataLengthExceeded: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  MissingSecurityHeader: 400,
  NoSuchAccessPoint: 404,
  NoSuchAccessPointPolicy: 404,
  NoSuchBucket: 404,
  NoSuchBucketPolicy: 404,
  NoSuchCORSConfiguration: 404,
  NoSuchConfiguration: 404,
  NoSuchKey: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchPublicAccessBlockConfiguration: 404,
  NoSuchTagSet: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NoSuchWebsiteConfiguration: 404,
  NotImplemented: 501,
  NotModified: 304,
  ObjectLockConfigurationNotFoundError: 404,
  OperationAborted: 409,
  OwnershipControlsNotFoundError: 404,
  PermanentRedirect: 301,
  PreconditionFailed: 412,
  ReplicationConfigurationNotFoundError: 404,
  TooManyAccessPoints: 400,
  TooManyBuckets: 400,
  UnexpectedContent: 400,
  UnresolvableGrantByEmailAddress: 400,

  // lambda
  InvalidRequestContentException: 400,
  PolicyLengthExceededException: 400,
  TooManyRequestsException: 429,
  InvalidParameterValueException: 400,
  PreconditionFailedException: 412,
  ResourceConflictException: 409,
  ResourceNotFoundException: 404,

  // logs
  InvalidParameterException: 400,
  ResourceAlreadyExistsException: 400,

  // ec2
  CannotDelete: 400,
  DependencyViolation: 400,
  DryRunOperation: 412,
  FilterLimitExceeded: 400,
  IdempotentParameterMismatch: 400,
  IncorrectInstanceState: 400,
  IncorrectState: 400,
  InstanceLimitExceeded: 400,
  'InvalidAMIID.Malformed': 400,
  'InvalidAMIID.NotFound': 400,
  'InvalidAssociationID.NotFound': 400,
  'InvalidDhcpOptionID.NotFound': 400,
  'InvalidDhcpOptionsId.Malformed': 400,
  'InvalidGroup.Duplicate': 400,
  'InvalidGroup.NotFound': 400,
  'InvalidGroup.Reserved': 400,
  'InvalidGroupId.Malformed': 400,
  InvalidID: 400,
  'InvalidIPAddress.InUse': 400,
  InvalidInstanceAttributeValue: 400,
  'InvalidInstanceID.Malformed': 400,
  'InvalidInstanceID.NotFound': 400,
  InvalidInstanceType: 400,
  'InvalidInternetGatewayID.NotFound': 400,
  'InvalidInternetGatewayId.Malformed': 400,
  'InvalidKey.Format': 400,
  'InvalidKeyPair.Duplicate': 400,
  'InvalidKeyPair.NotFound': 400,
  'InvalidNetworkAclID.NotFound': 400,
  'InvalidNetworkAclId.Malformed': 400,
  'InvalidNetworkInterfaceID.NotFound': 400,
  'InvalidNetworkInterfaceId.Malformed': 400,
  InvalidNextToken: 400,
  InvalidParameter: 400,
  InvalidParameterCombination: 400,
  'InvalidPermission.Duplicate': 400,
  'InvalidRouteTableID.NotFound': 400,
  'InvalidRouteTableId.Malformed': 400,
  'InvalidSecurityGroupRuleId.Malformed': 400,
  'InvalidSecurityGroupRuleId.NotFound': 400,
  'InvalidSubnetID.Malformed': 400,
  'InvalidSubnetID.NotFound': 400,
  'InvalidVolume.NotFound': 400,
  'InvalidVolumeID.Malformed': 400,
  'InvalidVpcID.Malformed': 400,
  'InvalidVpcID.NotFound': 400,
  MissingParameter: 400,
  OperationNotPermitted: 400,
  RulesPerSecurityGroupLimitExceeded: 400,
  SecurityGroupLimitExceeded: 400,
  SecurityGroupsPerInterfaceLimitExceeded: 400,
  TagLimitExceeded: 400,
  UnsupportedOperation: 400,

  // ssm
  ParameterNotFound: 400,
  ParameterVersionNotFound: 400,
  InvalidFilterKey: 400,
  InvalidFilterOption: 400,
  InvalidFilterValue: 400,
} as const satisfies Record<string, number>

export type RefusalCode = keyof typeof REFUSALS

/** Members of the error's own shape beyond code and message: `Reason`, `Key`, `BucketName`, … */
export type RefusalDetail = Readonly<Record<string, string | number>>

/** An answer AWS would give instead of a success. `code` is one of AWS's, or a concept that the service's dialect names. */
export class Refusal extends Error {
  readonly code: RefusalCode | Concept
  readonly detail: RefusalDetail
  /** Headers that go with the answer: the entity tag of a 304, the size of what a range missed. */
  readonly headers: Readonly<Record<string, string>>

  constructor(code: RefusalCode | Concept, message = '', detail: RefusalDetail = {}, headers: Refusal['headers'] = {}) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.detail = detail
    this.headers = headers
  }
}
