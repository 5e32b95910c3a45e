import { MANAGEMENT } from '../harness.ts'
import { leaf, RSA_LINE } from '../certificates.ts'
import { after, refused, step, type Story } from './story.ts'

const UserName = 'asked'
const ServerCertificateName = 'asked'
const Tags = [{ Key: 'team', Value: 'a' }]
const DelegationRequestId = 'a'.repeat(16)
const TemplateArn = 'arn:aws:iam::aws:role-template/some.amazonaws.com/Some:1'
const { certificate, key } = await leaf('asked')

export const iamRecords: Story = {
  steps: [
    step('iam:UploadServerCertificate', {
      ServerCertificateName,
      CertificateBody: certificate,
      PrivateKey: key,
      Path: '/team/',
      Tags,
    }),
    step('iam:GetServerCertificate', { ServerCertificateName }),
    step('iam:ListServerCertificates', {}),
    step('iam:UpdateServerCertificate', { ServerCertificateName, NewPath: '/other/' }),
    step('iam:TagServerCertificate', { ServerCertificateName, Tags }),
    step('iam:ListServerCertificateTags', { ServerCertificateName }),
    step('iam:UntagServerCertificate', { ServerCertificateName, TagKeys: ['other'] }),
    step('iam:DeleteServerCertificate', { ServerCertificateName }),

    step('iam:CreateUser', { UserName, Tags }),
    step('iam:UploadSigningCertificate', { UserName, CertificateBody: certificate }),
    step('iam:ListSigningCertificates', { UserName }),
    after('iam:UpdateSigningCertificate', (made) => ({
      UserName,
      ...certificateOf(made),
      Status: 'Inactive' as const,
    })),
    after('iam:DeleteSigningCertificate', (made) => ({ UserName, ...certificateOf(made) })),

    step('iam:UploadSSHPublicKey', { UserName, SSHPublicKeyBody: RSA_LINE }),
    step('iam:ListSSHPublicKeys', { UserName }),
    after('iam:GetSSHPublicKey', (made) => ({ UserName, ...sshOf(made), Encoding: 'PEM' as const })),
    after('iam:UpdateSSHPublicKey', (made) => ({ UserName, ...sshOf(made), Status: 'Inactive' as const })),
    after('iam:DeleteSSHPublicKey', (made) => ({ UserName, ...sshOf(made) })),

    step('iam:CreateServiceSpecificCredential', {
      UserName,
      ServiceName: 'codecommit.amazonaws.com',
      CredentialAgeDays: 7,
    }),
    step('iam:ListServiceSpecificCredentials', { UserName }),
    after('iam:UpdateServiceSpecificCredential', (made) => ({
      UserName,
      ...credentialOf(made),
      Status: 'Inactive' as const,
    })),
    after('iam:ResetServiceSpecificCredential', (made) => ({ UserName, ...credentialOf(made) })),
    after('iam:DeleteServiceSpecificCredential', (made) => ({ UserName, ...credentialOf(made) })),

    step('iam:CreateServiceLinkedRole', { AWSServiceName: 'autoscaling.amazonaws.com', CustomSuffix: 'asked' }),
    step('iam:DeleteServiceLinkedRole', { RoleName: 'AWSServiceRoleForAutoScaling_asked' }),
    after('iam:GetServiceLinkedRoleDeletionStatus', (made) => ({
      DeletionTaskId: made('iam:DeleteServiceLinkedRole').DeletionTaskId ?? '',
    })),

    step('iam:SetSecurityTokenServicePreferences', { GlobalEndpointTokenVersion: 'v2Token' }),
    step('iam:GetAccountProperties', {}),
    refused(step('iam:PutAccountProperties', { Properties: { 'RoleManager/Some': 'x' } })),
    refused(step('iam:GetRoleTemplateVersion', { TemplateArn })),
    refused(step('iam:AcquireRole', { TemplateArn })),

    refused(
      step('iam:CreateDelegationRequest', {
        Description: 'asked',
        Permissions: { PolicyTemplateArn: 'arn:aws:iam::aws:policy-template/some' },
        RequestorWorkflowId: 'asked',
        NotificationChannel: 'asked',
        SessionDuration: 900,
      }),
    ),
    step('iam:ListDelegationRequests', { OwnerId: `arn:aws:iam::${MANAGEMENT}:user/asked` }),
    refused(step('iam:GetDelegationRequest', { DelegationRequestId })),
    refused(step('iam:AssociateDelegationRequest', { DelegationRequestId })),
    refused(step('iam:UpdateDelegationRequest', { DelegationRequestId })),
    refused(step('iam:AcceptDelegationRequest', { DelegationRequestId })),
    refused(step('iam:RejectDelegationRequest', { DelegationRequestId })),
    refused(step('iam:SendDelegationToken', { DelegationRequestId })),
    refused(
      step('iam:GetHumanReadableSummary', {
        EntityArn: `arn:aws:iam::${MANAGEMENT}:delegation-request/${DelegationRequestId}`,
      }),
    ),
    refused(step('sts:GetDelegatedAccessToken', { TradeInToken: 'asked' })),

    step('organizations:EnableAWSServiceAccess', { ServicePrincipal: 'iam.amazonaws.com' }),
    step('iam:EnableOrganizationsRootCredentialsManagement', {}),
    step('iam:EnableOrganizationsRootSessions', {}),
    step('iam:ListOrganizationsFeatures', {}),
    step('iam:DisableOrganizationsRootSessions', {}),
    step('iam:DisableOrganizationsRootCredentialsManagement', {}),
  ],
}

type Made = Parameters<Parameters<typeof after>[1]>[0]

function certificateOf(made: Made) {
  return { CertificateId: made('iam:UploadSigningCertificate').Certificate?.CertificateId ?? '' }
}

function sshOf(made: Made) {
  return { SSHPublicKeyId: made('iam:UploadSSHPublicKey').SSHPublicKey?.SSHPublicKeyId ?? '' }
}

function credentialOf(made: Made) {
  const { ServiceSpecificCredential: it } = made('iam:CreateServiceSpecificCredential')
  return { ServiceSpecificCredentialId: it?.ServiceSpecificCredentialId ?? '' }
}
