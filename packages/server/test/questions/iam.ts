import { MANAGEMENT } from '../harness.ts'
import { policyText, trustText } from '../people.ts'
import { after, step, type Story } from './story.ts'

const Tags = [{ Key: 'team', Value: 'a' }]
const UserName = 'asked'
const RoleName = 'asked'
const GroupName = 'asked'
const InstanceProfileName = 'asked'
const PolicyName = 'asked'
const PolicyDocument = policyText({ Effect: 'Allow', Action: 's3:Get*', Resource: '*' })
const PolicyArn = `arn:aws:iam::${MANAGEMENT}:policy/asked`
const VersionId = 'v2'
const Path = '/team/'
const PermissionsBoundary = 'arn:aws:iam::aws:policy/AdministratorAccess'
const AssumeRolePolicyDocument = trustText({ AWS: MANAGEMENT })
const ROLE = `arn:aws:iam::${MANAGEMENT}:role/team/asked`

export const iam: Story = {
  steps: [
    step('iam:CreatePolicy', { PolicyName, PolicyDocument, Tags }),
    step('iam:CreatePolicyVersion', { PolicyArn, PolicyDocument }),
    step('iam:SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' }),
    step('iam:GetPolicy', { PolicyArn }),
    step('iam:GetPolicyVersion', { PolicyArn, VersionId }),
    step('iam:ListPolicies', { PathPrefix: '/' }),
    step('iam:ListPolicyVersions', { PolicyArn }),
    step('iam:TagPolicy', { PolicyArn, Tags }),
    step('iam:ListPolicyTags', { PolicyArn }),
    step('iam:UntagPolicy', { PolicyArn, TagKeys: ['other'] }),

    step('iam:CreateUser', { UserName, Path, PermissionsBoundary, Tags }),
    step('iam:GetUser', { UserName }),
    step('iam:UpdateUser', { UserName, NewPath: '/team/a/' }),
    step('iam:ListUsers', { PathPrefix: '/' }),
    step('iam:TagUser', { UserName, Tags }),
    step('iam:ListUserTags', { UserName }),
    step('iam:UntagUser', { UserName, TagKeys: ['other'] }),
    step('iam:PutUserPermissionsBoundary', { UserName, PermissionsBoundary }),
    step('iam:PutUserPolicy', { UserName, PolicyName, PolicyDocument }),
    step('iam:GetUserPolicy', { UserName, PolicyName }),
    step('iam:ListUserPolicies', { UserName }),
    step('iam:AttachUserPolicy', { UserName, PolicyArn }),
    step('iam:ListAttachedUserPolicies', { UserName }),
    step('iam:CreateAccessKey', { UserName }),
    step('iam:ListAccessKeys', { UserName }),
    after('iam:UpdateAccessKey', (made) => ({
      UserName,
      AccessKeyId: made('iam:CreateAccessKey').AccessKey?.AccessKeyId ?? '',
      Status: 'Inactive' as const,
    })),
    after('iam:GetAccessKeyLastUsed', (made) => ({
      AccessKeyId: made('iam:CreateAccessKey').AccessKey?.AccessKeyId ?? '',
    })),

    step('iam:CreateGroup', { GroupName, Path }),
    step('iam:GetGroup', { GroupName }),
    step('iam:UpdateGroup', { GroupName, NewPath: '/team/a/' }),
    step('iam:ListGroups', { PathPrefix: '/' }),
    step('iam:AddUserToGroup', { GroupName, UserName }),
    step('iam:ListGroupsForUser', { UserName }),
    step('iam:PutGroupPolicy', { GroupName, PolicyName, PolicyDocument }),
    step('iam:GetGroupPolicy', { GroupName, PolicyName }),
    step('iam:ListGroupPolicies', { GroupName }),
    step('iam:AttachGroupPolicy', { GroupName, PolicyArn }),
    step('iam:ListAttachedGroupPolicies', { GroupName }),

    step('iam:CreateRole', { RoleName, Path, AssumeRolePolicyDocument, PermissionsBoundary, Tags }),
    step('iam:GetRole', { RoleName }),
    step('iam:ListRoles', { PathPrefix: '/' }),
    step('iam:UpdateRole', { RoleName, Description: 'asked' }),
    step('iam:UpdateRoleDescription', { RoleName, Description: 'asked' }),
    step('iam:UpdateAssumeRolePolicy', { RoleName, PolicyDocument: AssumeRolePolicyDocument }),
    step('iam:TagRole', { RoleName, Tags }),
    step('iam:ListRoleTags', { RoleName }),
    step('iam:UntagRole', { RoleName, TagKeys: ['other'] }),
    step('iam:DeleteRolePermissionsBoundary', { RoleName }),
    step('iam:PutRolePermissionsBoundary', { RoleName, PermissionsBoundary }),
    step('iam:PutRolePolicy', { RoleName, PolicyName, PolicyDocument }),
    step('iam:GetRolePolicy', { RoleName, PolicyName }),
    step('iam:ListRolePolicies', { RoleName }),
    step('iam:AttachRolePolicy', { RoleName, PolicyArn }),
    step('iam:ListAttachedRolePolicies', { RoleName }),
    step('iam:ListEntitiesForPolicy', { PolicyArn }),

    step('iam:CreateInstanceProfile', { InstanceProfileName, Path, Tags }),
    step('iam:GetInstanceProfile', { InstanceProfileName }),
    step('iam:AddRoleToInstanceProfile', { InstanceProfileName, RoleName }),
    step('iam:ListInstanceProfiles', { PathPrefix: '/' }),
    step('iam:ListInstanceProfilesForRole', { RoleName }),
    step('iam:TagInstanceProfile', { InstanceProfileName, Tags }),
    step('iam:ListInstanceProfileTags', { InstanceProfileName }),
    step('iam:UntagInstanceProfile', { InstanceProfileName, TagKeys: ['other'] }),
    step('iam:RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }),
    step('iam:DeleteInstanceProfile', { InstanceProfileName }),

    step('iam:SimulateCustomPolicy', { PolicyInputList: [PolicyDocument], ActionNames: ['s3:GetObject'] }),
    step('iam:SimulatePrincipalPolicy', { PolicySourceArn: ROLE, ActionNames: ['s3:GetObject'] }),
    step('iam:GetContextKeysForCustomPolicy', { PolicyInputList: [PolicyDocument] }),
    step('iam:GetContextKeysForPrincipalPolicy', { PolicySourceArn: ROLE }),

    step('iam:DetachRolePolicy', { RoleName, PolicyArn }),
    step('iam:DeleteRolePolicy', { RoleName, PolicyName }),
    step('iam:DeleteRole', { RoleName }),
    step('iam:RemoveUserFromGroup', { GroupName, UserName }),
    step('iam:DetachGroupPolicy', { GroupName, PolicyArn }),
    step('iam:DeleteGroupPolicy', { GroupName, PolicyName }),
    step('iam:DeleteGroup', { GroupName }),
    after('iam:DeleteAccessKey', (made) => ({
      UserName,
      AccessKeyId: made('iam:CreateAccessKey').AccessKey?.AccessKeyId ?? '',
    })),
    step('iam:DetachUserPolicy', { UserName, PolicyArn }),
    step('iam:DeleteUserPolicy', { UserName, PolicyName }),
    step('iam:DeleteUserPermissionsBoundary', { UserName }),
    step('iam:DeleteUser', { UserName }),
    step('iam:DeletePolicyVersion', { PolicyArn, VersionId }),
    step('iam:DeletePolicy', { PolicyArn }),
  ],
}
