/** The machine that a launch makes: its parts with ids of their own, its settings as asked for or by default. */

import type { Machine, MetadataOptions } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { ec2Id } from '../../ids.ts'
import { Refusal } from '../../refusal.ts'
import { findGroup } from './group.ts'
import type { Image } from './image.ts'
import { DEFAULT_TYPE, isNothing, nicOf, volumesAsked, type Launching } from './launch-plan.ts'
import { macOf } from './machine.ts'
import { networkIn } from './network.ts'
import { associate, findProfile } from './profile.ts'
import { withOptions } from './settings.ts'
import { readTags, tagsFor } from './tagging.ts'
import { isBurstable } from './type.ts'

const GROUPS_AT_MOST = 5
const USER_DATA_AT_MOST = 16_384

/** An image that says so asks for tokens, and lets them go one hop farther (EC2 User Guide, "Configure instance metadata options for new instances"). */
function metadataOf(input: Launching, image: Image): MetadataOptions {
  const strict = image.imds === 'v2.0'
  const before = {
    tokens: strict ? 'required' : 'optional',
    hops: strict ? 2 : 1,
    endpoint: 'enabled',
    ipv6: 'disabled',
    tags: 'disabled',
  } as const
  return withOptions(before, input.MetadataOptions ?? {})
}

/** The machine that a launch makes of an image; what has an id of its own gets one. */
export function machineFor(input: Launching, call: Call, image: Image): Machine {
  const { InstanceType: type = DEFAULT_TYPE, IamInstanceProfile, UserData, Monitoring, EbsOptimized = false } = input
  const nic = nicOf(input)
  const id = ec2Id(call.random, 'eni')
  const tagged = (noun: string) => readTags(tagsFor(input.TagSpecifications, noun))
  return {
    groups: groupIdsOf(input, call),
    nic: {
      id,
      attachmentId: ec2Id(call.random, 'eni-attach'),
      mac: macOf(id),
      description: nic.description,
      sourceDestCheck: true,
      public: nic.public ?? true,
      tags: tagged('network-interface'),
    },
    volumes: volumesAsked(input, image).map((plan) => ({
      ...plan,
      id: ec2Id(call.random, 'vol'),
      createdAt: call.now,
      tags: tagged('volume'),
    })),
    metadata: metadataOf(input, image),
    monitoring: Monitoring?.Enabled ?? false,
    ebsOptimized: EbsOptimized,
    disableApiTermination: input.DisableApiTermination ?? false,
    disableApiStop: input.DisableApiStop ?? false,
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
    ...(isBurstable(type) ? { credits: creditsOf(input, type) } : {}),
    ...(isNothing(IamInstanceProfile) ? {} : { profile: associate(call, findProfile(call, IamInstanceProfile ?? {})) }),
    ...(UserData === undefined || UserData === '' ? {} : { userData: UserData }),
  }
}

function creditsOf({ CreditSpecification }: Launching, type: string): 'standard' | 'unlimited' {
  const asked = CreditSpecification?.CpuCredits
  if (asked === undefined) return type.startsWith('t2.') ? 'standard' : 'unlimited'
  if (asked === 'standard' || asked === 'unlimited') return asked
  throw new Refusal('InvalidParameterValue', `Value (${asked}) for parameter cpuCredits is invalid.`)
}

export function checkUserData(data = ''): void {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data.replaceAll(/\s/g, '')))
    throw new Refusal('InvalidParameterValue', 'Invalid BASE64 encoding of user data.')
  if (Buffer.from(data, 'base64').length > USER_DATA_AT_MOST)
    throw new Refusal('InvalidParameterValue', `User data is limited to ${USER_DATA_AT_MOST} bytes`)
}

/** Ids of the groups that are named, or of the default one. */
function groupIdsOf(input: Launching, call: Call): readonly string[] {
  const { groupIds, groupNames } = nicOf(input)
  const ids = [...groupIds, ...groupNames.map((GroupName) => findGroup(call, { GroupName }).id)]
  return ids.length === 0 ? [networkIn(call).groupId] : groupsFor(call, ids)
}

/** Groups for an interface: all there, and no more than it may be in. */
export function groupsFor(call: Call, ids: readonly string[]): readonly string[] {
  const found = [...new Set(ids.map((GroupId) => findGroup(call, { GroupId }).id))]
  if (found.length <= GROUPS_AT_MOST) return found
  throw new Refusal(
    'SecurityGroupsPerInterfaceLimitExceeded',
    'The maximum number of security groups per interface has been reached.',
  )
}
