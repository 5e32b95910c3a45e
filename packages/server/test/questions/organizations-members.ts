/** How accounts come into an organisation and go out of it: on a server whose organisation shares its bill alone. */

import { MANAGEMENT, PRODUCTION } from '../harness.ts'
import { after, refused, step, wait, type Made, type Story } from './story.ts'

const Tags = [{ Key: 'team', Value: 'a' }]
const DAY = 86_400

const account = (made: Made): string =>
  made('organizations:DescribeCreateAccountStatus').CreateAccountStatus?.AccountId ?? ''
const invitation = (made: Made): string => made('organizations:InviteAccountToOrganization').Handshake?.Id ?? ''
const transfer = { Id: 'rt-0123456789' }

export const organizationsMembers: Story = {
  options: { declaration: { management: { id: MANAGEMENT, name: 'Management', email: 'management@example.com' } } },
  steps: [
    step('organizations:CreateOrganization', { FeatureSet: 'CONSOLIDATED_BILLING' }),
    step('organizations:CreateAccount', { AccountName: 'New', Email: 'new@example.com' }),
    after('organizations:DescribeCreateAccountStatus', (made) => ({
      CreateAccountRequestId: made('organizations:CreateAccount').CreateAccountStatus?.Id ?? '',
    })),
    refused(step('organizations:LeaveOrganization', {})),
    wait(4 * DAY),
    after('organizations:RemoveAccountFromOrganization', (made) => ({ AccountId: account(made) })),
    step('organizations:InviteAccountToOrganization', { Target: { Id: 'new@example.com', Type: 'EMAIL' }, Tags }),
    after('organizations:DescribeHandshake', (made) => ({ HandshakeId: invitation(made) })),
    refused(after('organizations:AcceptHandshake', (made) => ({ HandshakeId: invitation(made) }))),
    refused(after('organizations:DeclineHandshake', (made) => ({ HandshakeId: invitation(made) }))),
    after('organizations:CancelHandshake', (made) => ({ HandshakeId: invitation(made) })),
    step('organizations:InviteAccountToOrganization', { Target: { Id: PRODUCTION, Type: 'ACCOUNT' }, Tags }),
    after('organizations:CancelHandshake', (made) => ({ HandshakeId: invitation(made) })),
    step('organizations:ListHandshakesForAccount', {}),
    step('organizations:ListHandshakesForOrganization', { Filter: { ActionType: 'INVITE' } }),
    step('organizations:EnableAllFeatures', {}),
    after('organizations:AcceptHandshake', (made) => ({
      HandshakeId: made('organizations:EnableAllFeatures').Handshake?.Id ?? '',
    })),
    step('organizations:CreateAccount', { AccountName: 'Another', Email: 'another@example.com' }),
    after('organizations:DescribeCreateAccountStatus', (made) => ({
      CreateAccountRequestId: made('organizations:CreateAccount').CreateAccountStatus?.Id ?? '',
    })),
    after('organizations:CloseAccount', (made) => ({ AccountId: account(made) })),
    refused(step('organizations:CreateGovCloudAccount', { AccountName: 'Gov', Email: 'gov@example.com', Tags })),
    refused(
      step('organizations:InviteOrganizationToTransferResponsibility', {
        Type: 'BILLING',
        Target: { Id: PRODUCTION, Type: 'ACCOUNT' },
        StartTimestamp: new Date('2100-01-01T00:00:00Z'),
        SourceName: 'Bills',
      }),
    ),
    step('organizations:ListInboundResponsibilityTransfers', { Type: 'BILLING' }),
    step('organizations:ListOutboundResponsibilityTransfers', { Type: 'BILLING' }),
    refused(step('organizations:DescribeResponsibilityTransfer', transfer)),
    refused(step('organizations:UpdateResponsibilityTransfer', { ...transfer, Name: 'Bills' })),
    refused(step('organizations:TerminateResponsibilityTransfer', transfer)),
  ],
}
