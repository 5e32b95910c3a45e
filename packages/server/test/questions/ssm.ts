import { step, type Story } from './story.ts'

const Path = '/aws/service/ami-amazon-linux-latest'
const Name = `${Path}/al2023-ami-kernel-default-x86_64`

export const ssm: Story = {
  steps: [
    step('ssm:GetParameter', { Name }),
    step('ssm:GetParameters', { Names: [Name] }),
    step('ssm:GetParametersByPath', { Path }),
  ],
}
