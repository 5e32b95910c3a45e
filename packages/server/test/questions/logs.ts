import { MANAGEMENT } from '../harness.ts'
import { step, type Story } from './story.ts'

const logGroupName = '/asked'
const logStreamName = 'asked'
const resourceArn = `arn:aws:logs:us-east-1:${MANAGEMENT}:log-group:${logGroupName}`
const tags = { team: 'a' }

export const logs: Story = {
  steps: [
    step('logs:CreateLogGroup', { logGroupName, tags }),
    step('logs:DescribeLogGroups', {}),
    step('logs:PutRetentionPolicy', { logGroupName, retentionInDays: 1 }),
    step('logs:DeleteRetentionPolicy', { logGroupName }),
    step('logs:TagResource', { resourceArn, tags }),
    step('logs:ListTagsForResource', { resourceArn }),
    step('logs:UntagResource', { resourceArn, tagKeys: ['other'] }),
    step('logs:TagLogGroup', { logGroupName, tags }),
    step('logs:ListTagsLogGroup', { logGroupName }),
    step('logs:UntagLogGroup', { logGroupName, tags: ['other'] }),
    step('logs:CreateLogStream', { logGroupName, logStreamName }),
    step('logs:DescribeLogStreams', { logGroupName }),
    step('logs:PutLogEvents', { logGroupName, logStreamName, logEvents: [{ timestamp: Date.now(), message: 'a' }] }),
    step('logs:GetLogEvents', { logGroupName, logStreamName }),
    step('logs:FilterLogEvents', { logGroupName }),
    step('logs:DeleteLogStream', { logGroupName, logStreamName }),
    step('logs:DeleteLogGroup', { logGroupName }),
  ],
}
