/** The global condition keys: what kind of value each holds, and whether it holds several. */

export type KeyType = 'String' | 'Arn' | 'Bool' | 'Date' | 'Numeric' | 'IpAddress'

export interface ConditionKey {
  readonly name: string
  readonly type: KeyType
  /** Needs `ForAllValues:` or `ForAnyValue:`, and cannot be a policy variable. */
  readonly multivalued?: true
  /** The name ends in a slash and is followed by a tag's key. */
  readonly tagged?: true
}

export const GLOBAL_KEYS = [
  { name: 'aws:AssumedRoot', type: 'Bool' },
  { name: 'aws:CalledVia', type: 'String', multivalued: true },
  { name: 'aws:CalledViaAWSMCP', type: 'String' },
  { name: 'aws:CalledViaFirst', type: 'String' },
  { name: 'aws:CalledViaLast', type: 'String' },
  { name: 'aws:ChatbotSourceArn', type: 'Arn' },
  { name: 'aws:CurrentTime', type: 'Date' },
  { name: 'aws:Ec2InstanceSourcePrivateIPv4', type: 'IpAddress' },
  { name: 'aws:Ec2InstanceSourceVpc', type: 'String' },
  { name: 'aws:EpochTime', type: 'Date' },
  { name: 'aws:FederatedProvider', type: 'String' },
  { name: 'aws:IsMcpServiceAction', type: 'Bool' },
  { name: 'aws:MultiFactorAuthAge', type: 'Numeric' },
  { name: 'aws:MultiFactorAuthPresent', type: 'Bool' },
  { name: 'aws:PrincipalAccount', type: 'String' },
  { name: 'aws:PrincipalArn', type: 'Arn' },
  { name: 'aws:PrincipalIsAWSService', type: 'Bool' },
  { name: 'aws:PrincipalOrgID', type: 'String' },
  { name: 'aws:PrincipalOrgPaths', type: 'String', multivalued: true },
  { name: 'aws:PrincipalServiceName', type: 'String' },
  { name: 'aws:PrincipalServiceNamesList', type: 'String', multivalued: true },
  { name: 'aws:PrincipalTag/', type: 'String', tagged: true },
  { name: 'aws:PrincipalType', type: 'String' },
  { name: 'aws:Referer', type: 'String' },
  { name: 'aws:RequestedRegion', type: 'String' },
  { name: 'aws:RequestTag/', type: 'String', tagged: true },
  { name: 'aws:ResourceAccount', type: 'String' },
  { name: 'aws:ResourceOrgID', type: 'String' },
  { name: 'aws:ResourceOrgPaths', type: 'String', multivalued: true },
  { name: 'aws:ResourceTag/', type: 'String', tagged: true },
  { name: 'aws:SecureTransport', type: 'Bool' },
  { name: 'aws:SourceAccount', type: 'String' },
  { name: 'aws:SourceArn', type: 'Arn' },
  { name: 'aws:SourceIdentity', type: 'String' },
  { name: 'aws:SourceIp', type: 'IpAddress' },
  { name: 'aws:SourceOrgID', type: 'String' },
  { name: 'aws:SourceOrgPaths', type: 'String', multivalued: true },
  { name: 'aws:SourceOwner', type: 'String' },
  { name: 'aws:SourceVpc', type: 'String' },
  { name: 'aws:SourceVpcArn', type: 'Arn' },
  { name: 'aws:SourceVpce', type: 'String' },
  { name: 'aws:TagKeys', type: 'String', multivalued: true },
  { name: 'aws:TokenIssueTime', type: 'Date' },
  { name: 'aws:UserAgent', type: 'String' },
  { name: 'aws:userid', type: 'String' },
  { name: 'aws:username', type: 'String' },
  { name: 'aws:ViaAWSMCPService', type: 'Bool' },
  { name: 'aws:ViaAWSService', type: 'Bool' },
  { name: 'aws:VpceAccount', type: 'String' },
  { name: 'aws:VpceOrgID', type: 'String' },
  { name: 'aws:VpceOrgPaths', type: 'String', multivalued: true },
  { name: 'aws:VpcSourceIp', type: 'IpAddress' },
] as const satisfies readonly ConditionKey[]

const byName: ReadonlyMap<string, ConditionKey> = new Map(GLOBAL_KEYS.map((key) => [key.name.toLowerCase(), key]))

/** The row of a global key, whatever its case; `aws:PrincipalTag/team` finds the row of its family. */
export function globalKey(name: string): ConditionKey | undefined {
  const key = name.toLowerCase()
  const slash = key.indexOf('/')
  return byName.get(slash === -1 ? key : key.slice(0, slash + 1))
}

export function isMultivalued(name: string): boolean {
  return globalKey(name)?.multivalued === true
}
