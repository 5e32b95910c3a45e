import { codeAt } from '../codes.ts'
import { MANAGEMENT } from '../harness.ts'
import { after, step, type Made, type Story } from './story.ts'

const Tags = [{ Key: 'team', Value: 'a' }]
const UserName = 'asked'
const SerialNumber = `arn:aws:iam::${MANAGEMENT}:mfa/team/asked`
const Password = 'Correct0!Horse'
const AccountAlias = 'asked'

/** Two codes in a row, the second of this many seconds from now. */
function codes(made: Made, off: number) {
  const { VirtualMFADevice: device } = made('iam:CreateVirtualMFADevice')
  const seed = Buffer.from(device?.Base32StringSeed ?? []).toString()
  const [AuthenticationCode1, AuthenticationCode2] = [off - 30, off].map((at) => codeAt(seed, Date.now() + at * 1000))
  return { AuthenticationCode1: AuthenticationCode1 ?? '', AuthenticationCode2: AuthenticationCode2 ?? '' }
}

export const iamSignIn: Story = {
  steps: [
    step('iam:CreateUser', { UserName, Tags }),

    step('iam:UpdateAccountPasswordPolicy', { AllowUsersToChangePassword: true }),
    step('iam:GetAccountPasswordPolicy', {}),
    step('iam:CreateLoginProfile', { UserName, Password }),
    step('iam:GetLoginProfile', { UserName }),
    step('iam:UpdateLoginProfile', { UserName, PasswordResetRequired: true }),
    step('iam:DeleteLoginProfile', { UserName }),
    step('iam:TagUser', { UserName: 'administrator', Tags }),
    step('iam:CreateLoginProfile', { Password }),
    step('iam:ChangePassword', { OldPassword: Password, NewPassword: 'Another0!Horse' }),
    step('iam:DeleteAccountPasswordPolicy', {}),

    step('iam:CreateVirtualMFADevice', { VirtualMFADeviceName: 'asked', Path: '/team/', Tags }),
    step('iam:TagMFADevice', { SerialNumber, Tags }),
    step('iam:ListMFADeviceTags', { SerialNumber }),
    after('iam:EnableMFADevice', (made) => ({ UserName, SerialNumber, ...codes(made, 0) })),
    step('iam:ListMFADevices', { UserName }),
    step('iam:GetMFADevice', { UserName, SerialNumber }),
    step('iam:ListVirtualMFADevices', {}),
    after('iam:ResyncMFADevice', (made) => ({ UserName, SerialNumber, ...codes(made, 120) })),
    step('iam:DeactivateMFADevice', { UserName, SerialNumber }),
    step('iam:UntagMFADevice', { SerialNumber, TagKeys: ['other'] }),
    step('iam:DeleteVirtualMFADevice', { SerialNumber }),

    step('iam:CreateAccountAlias', { AccountAlias }),
    step('iam:ListAccountAliases', {}),
    step('iam:DeleteAccountAlias', { AccountAlias }),
    step('iam:GetAccountSummary', {}),
  ],
}
