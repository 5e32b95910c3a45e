/** The record that every call leaves, in CloudTrail's own JSON (CloudTrail User Guide, "Record contents"). */

/** CloudTrail's `userIdentity`. */
export interface UserIdentity {
  readonly type:
    | 'Root'
    | 'IAMUser'
    | 'AssumedRole'
    | 'FederatedUser'
    | 'WebIdentityUser'
    | 'SAMLUser'
    | 'AWSService'
    | 'AWSAccount'
    | 'Unknown'
  readonly principalId?: string
  readonly arn?: string
  readonly accountId?: string
  readonly accessKeyId?: string
  readonly userName?: string
  readonly identityProvider?: string
  readonly invokedBy?: string
  readonly sessionContext?: object
}

export interface AuditRecord {
  readonly eventVersion: string
  readonly userIdentity: UserIdentity
  /** ISO 8601, whole seconds, by the server's (test) clock. */
  readonly eventTime: string
  readonly eventSource: string
  readonly eventName: string
  readonly awsRegion: string
  readonly sourceIPAddress: string
  readonly userAgent: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly requestParameters: unknown
  readonly responseElements: unknown
  readonly additionalEventData?: Readonly<Record<string, unknown>>
  readonly requestID: string
  readonly eventID: string
  readonly readOnly: boolean
  readonly resources?: readonly { readonly ARN: string; readonly accountId?: string }[]
  readonly eventType: 'AwsApiCall'
  readonly apiVersion?: string
  readonly managementEvent: boolean
  readonly recipientAccountId?: string
  readonly eventCategory: 'Management' | 'Data'
}
