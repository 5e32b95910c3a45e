/** Instance profiles as EC2 takes them: which one is meant, and whether the caller may pass its role on. */

import { identityArn, nameKey, profileArn, type InstanceProfile, type ProfileAssociation } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { ec2Id } from '../../ids.ts'
import type { Asking } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { resourceTags } from '../tags.ts'
import { arnOf } from './shared.ts'

export interface ProfileNamed {
  readonly Arn?: string
  readonly Name?: string
}

/** The ARN that is meant; the profile's own where there is one. */
export function profileArnOf(call: Call, named: ProfileNamed): string {
  const profile = profileNamed(call, named)
  if (profile !== undefined) return profileArn(call.account.id, profile)
  return named.Arn ?? profileArn(call.account.id, { path: '/', name: named.Name ?? '' })
}

/** iam:PassRole for the role of the profile. None is passed by a profile that is not there or has no role yet. */
export function passing(call: Call, named: ProfileNamed, instance = '*'): readonly Asking[] {
  const { account } = call
  const role = account.all('role').get(nameKey(profileNamed(call, named)?.role ?? ''))
  if (role === undefined) return []
  return [
    {
      action: 'iam:PassRole',
      resource: identityArn(account.id, role),
      context: {
        'iam:PassedToService': 'ec2.amazonaws.com',
        'iam:AssociatedResourceArn': arnOf(call, 'instance', instance),
        ...resourceTags(role.tags, 'iam'),
      },
    },
  ]
}

/** The profile, which must be there and have a role. */
export function findProfile(call: Call, named: ProfileNamed): InstanceProfile {
  const profile = profileNamed(call, named)
  if (profile === undefined) throw unknown(named)
  if (profile.role !== undefined) return profile
  const arn = profileArn(call.account.id, profile)
  throw new Refusal('InvalidParameterValue', `IAM Instance Profile "${arn}" has no associated IAM Roles`)
}

export function associate(call: Call, profile: InstanceProfile): ProfileAssociation {
  const arn = profileArn(call.account.id, profile)
  return { id: ec2Id(call.random, 'iip-assoc'), arn, profileId: profile.id, since: call.now }
}

function profileNamed({ account }: Call, { Arn, Name }: ProfileNamed): InstanceProfile | undefined {
  if (Arn !== undefined && Name !== undefined) {
    throw new Refusal(
      'InvalidParameterCombination',
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    )
  }
  const name = Name ?? Arn?.slice(Arn.lastIndexOf('/') + 1) ?? ''
  const profile = account.all('instanceProfile').get(nameKey(name))
  return profile === undefined || (Arn !== undefined && profileArn(account.id, profile) !== Arn) ? undefined : profile
}

function unknown({ Arn, Name }: ProfileNamed): Refusal {
  const [member, value, noun] = Arn === undefined ? ['name', Name ?? '', 'name'] : ['arn', Arn, 'ARN']
  const text = `Value (${value}) for parameter iamInstanceProfile.${member} is invalid. Invalid IAM Instance Profile ${noun}`
  return new Refusal('InvalidParameterValue', text)
}
