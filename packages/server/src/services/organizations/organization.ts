/** The organisation itself: founded by an account that becomes its management account, ended when it is alone again. */

import {
  organizationOf,
  type FeatureSet,
  type Member,
  type OrganizationKind,
  type OrganizationSelf,
} from '@sallyport/estate'
import { ownerOf, ownerRow } from '../../account-owner.ts'
import { ORGANIZATION } from '../../directory.ts'
import { organizationId, rootId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import type { Random } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove, type Change } from '../../store/store.ts'
import { ownLinkedRole } from './linked-role.ts'
import { AWS_MANAGED } from './managed.ts'
import { arnOf, inUse, manage, MANAGED, touches } from './shared.ts'

interface Management {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly at: number
}

/**
 * The rows of a new organisation. No policy type is enabled in its root yet, whatever API_CreateOrganization says:
 * AWS answers ListRoots with none (terraform-provider-aws#4545, cloudformation-coverage-roadmap#1901).
 */
export function newOrganization(random: Random, management: Management, featureSet: FeatureSet): readonly Change[] {
  const { id, name, email, at } = management
  const organization: OrganizationSelf = {
    id: organizationId(random),
    rootId: rootId(random),
    managementAccount: id,
    managementEmail: email,
    featureSet,
    createdAt: at,
    enabledPolicyTypes: [],
    rootTags: [],
  }
  const member: Member = {
    id,
    name,
    email,
    status: 'ACTIVE',
    joinedMethod: 'INVITED',
    joinedAt: at,
    parent: organization.rootId,
    tags: [],
  }
  return [
    put(ORGANIZATION, 'organization', 'self', organization),
    put(ORGANIZATION, 'member', id, member),
    ...AWS_MANAGED.map((policy) => put(ORGANIZATION, 'orgPolicy', policy.id, policy)),
  ]
}

/** organizations:CreateOrganization. Makes the caller's account the management account of a new organisation. */
export const createOrganization = operation('organizations:CreateOrganization', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: ['AccessDeniedForDependencyException', 'AlreadyInOrganizationException', 'ConstraintViolationException'],
  run({ FeatureSet = 'ALL' }, call) {
    const { estate, account, now, random } = call
    const { organization: land } = estate
    if (land.all('member').has(account.id)) {
      throw new Refusal('AlreadyInOrganizationException', 'The AWS account is already a member of an organization.')
    }
    if (organizationOf(land) !== undefined) {
      throw new Refusal(
        'ConstraintViolationException',
        'sallyport holds one organization a server; start another server for a second one',
      )
    }
    const changes = newOrganization(random, { id: account.id, ...ownerOf(call, account.id), at: now }, FeatureSet)
    const founded = changes.find(({ kind }) => kind === 'organization')?.value
    const linked = FeatureSet === 'ALL' ? ownLinkedRole(call) : []
    return { output: { Organization: show(founded as OrganizationSelf) }, changes: [...changes, ...linked] } // `newOrganization` wrote it so
  },
})

/** organizations:DescribeOrganization. Any account of the organisation may ask. */
export const describeOrganization = operation('organizations:DescribeOrganization', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: ['AWSOrganizationsNotInUseException'],
  run: (_input, call) => ({ output: { Organization: show(inUse(call)) } }),
})

/** organizations:DeleteOrganization. Ends an organisation that has no member, OU or policy of the customer's left. */
export const deleteOrganization = operation('organizations:DeleteOrganization', {
  needs: touches,
  asks: () => ({ resource: '*' }),
  refusals: [...MANAGED, 'OrganizationNotEmptyException'],
  run(_input, call) {
    manage(call)
    const { organization: land } = call.estate
    const own = [...land.all('orgPolicy').values()].filter(({ awsManaged }) => !awsManaged)
    if (land.all('member').size > 1 || land.all('unit').size > 0 || own.length > 0) {
      throw new Refusal(
        'OrganizationNotEmptyException',
        'To delete an organization you must first remove all member accounts (except the master).',
      )
    }
    const kinds: readonly OrganizationKind[] = [
      'organization',
      'member',
      'orgPolicy',
      'attachment',
      'standard',
      'creation',
      'handshake',
      'serviceAccess',
      'emailUpdate',
    ]
    return {
      output: {},
      changes: [
        ...kinds.flatMap((kind) => [...land.all(kind).keys()].map((key) => remove(ORGANIZATION, kind, key))),
        ...ownerRow(call.directory, land.all('member').get(call.account.id)),
      ],
    }
  },
})

function show(organization: OrganizationSelf) {
  const { id, featureSet, managementAccount, managementEmail } = organization
  return {
    Id: id,
    Arn: arnOf(organization, 'organization'),
    FeatureSet: featureSet,
    MasterAccountArn: arnOf(organization, 'account', managementAccount),
    MasterAccountId: managementAccount,
    MasterAccountEmail: managementEmail,
    // AWS stopped keeping this member and answers so ever since, whatever is enabled (API_Organization).
    AvailablePolicyTypes:
      featureSet === 'ALL' ? [{ Type: 'SERVICE_CONTROL_POLICY' as const, Status: 'ENABLED' as const }] : [],
  }
}
