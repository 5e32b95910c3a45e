/** What EC2 keeps of an account, as plain data: instances with what belongs to them, key pairs, security groups. */

import type { AccountId, Tag } from './account.ts'

export type InstanceStateName = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped'

export interface Instance {
  readonly id: string
  readonly region: string
  readonly zone: string
  readonly imageId: string
  readonly type: string
  readonly reservationId: string
  readonly launchIndex: number
  readonly launchedAt: number
  /** What the instance is on its way from and when it set out; where it is now follows from the clock. */
  readonly transition: {
    readonly to: 'running' | 'stopped' | 'terminated'
    readonly since: number
    readonly reason: string
  }
  readonly privateIp: string
  readonly keyName?: string
  readonly clientToken?: string
  /** Digest of the launch's parameters: the same token with others is refused. */
  readonly launch?: string
  readonly tags: readonly Tag[]
  /** Absent for what an older release launched: then it is as that release's instances were. */
  readonly machine?: Machine
}

/** What an instance has and how it is set. */
export interface Machine {
  /** Ids of its security groups. */
  readonly groups: readonly string[]
  readonly nic: NetworkCard
  readonly volumes: readonly Volume[]
  readonly metadata: MetadataOptions
  readonly monitoring: boolean
  readonly ebsOptimized: boolean
  readonly disableApiTermination: boolean
  readonly disableApiStop: boolean
  readonly shutdownBehavior: 'stop' | 'terminate'
  /** Of burstable types. */
  readonly credits?: 'standard' | 'unlimited'
  readonly profile?: ProfileAssociation
  /** Base64, as it was given. */
  readonly userData?: string
}

/** The instance's one network interface. */
export interface NetworkCard {
  readonly id: string
  readonly attachmentId: string
  readonly mac: string
  readonly description: string
  readonly sourceDestCheck: boolean
  /** Whether it has a public address while it runs. */
  readonly public: boolean
  readonly tags: readonly Tag[]
}

export interface Volume {
  readonly id: string
  readonly device: string
  /** GiB. */
  readonly size: number
  readonly type: string
  readonly iops?: number
  /** MiB a second. */
  readonly throughput?: number
  readonly encrypted: boolean
  readonly snapshot?: string
  readonly createdAt: number
  readonly tags: readonly Tag[]
}

/** How the instance's metadata service answers. */
export interface MetadataOptions {
  readonly tokens: 'optional' | 'required'
  readonly hops: number
  readonly endpoint: 'enabled' | 'disabled'
  readonly ipv6: 'enabled' | 'disabled'
  readonly tags: 'enabled' | 'disabled'
}

export interface ProfileAssociation {
  readonly id: string
  /** The profile's ARN and unique id, as they were when it was associated. */
  readonly arn: string
  readonly profileId: string
  readonly since: number
}

export interface KeyPair {
  readonly id: string
  readonly region: string
  readonly name: string
  readonly type: 'rsa' | 'ed25519'
  readonly fingerprint: string
  /** In OpenSSH's form. The private half is nowhere. */
  readonly publicKey: string
  readonly createdAt: number
  readonly tags: readonly Tag[]
}

export interface SecurityGroup {
  readonly id: string
  readonly region: string
  readonly name: string
  readonly description: string
  readonly vpcId: string
  readonly rules: readonly SecurityGroupRule[]
  readonly tags: readonly Tag[]
}

export interface SecurityGroupRule {
  readonly id: string
  readonly egress: boolean
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or a number. */
  readonly protocol: string
  /** Ports, or ICMP's type and code; absent where the protocol has none. */
  readonly from?: number
  readonly to?: number
  readonly peer: RulePeer
  readonly description?: string
  readonly tags: readonly Tag[]
}

export type RulePeer =
  | { readonly kind: 'ipv4' | 'ipv6'; readonly range: string }
  | { readonly kind: 'group'; readonly group: string; readonly account: AccountId }

/** Tags of what is not kept since it follows from account and region: the default network. */
export interface NetworkTags {
  readonly id: string
  readonly region: string
  readonly tags: readonly Tag[]
}
