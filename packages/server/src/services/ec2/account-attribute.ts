/** What EC2 says of an account. */

import { operation } from '../../operation.ts'
import { networkIn } from './network.ts'
import { refuseDry, somewhere } from './shared.ts'

/** ec2:DescribeAccountAttributes. */
export const describeAccountAttributes = operation('ec2:DescribeAccountAttributes', {
  asks: (_input, call) => somewhere(call),
  refusals: ['DryRunOperation', 'InvalidParameterValue'],
  run({ AttributeNames = [], DryRun }, call) {
    refuseDry(DryRun)
    const values: Readonly<Record<string, string>> = {
      'supported-platforms': 'VPC',
      'default-vpc': networkIn(call).vpcId,
      'max-instances': '20',
      'max-elastic-ips': '5',
      'vpc-max-elastic-ips': '5',
      'vpc-max-security-groups-per-interface': '5',
    }
    const wanted: readonly string[] = AttributeNames.length === 0 ? Object.keys(values) : AttributeNames
    const shown = wanted.map((AttributeName) => ({
      AttributeName,
      AttributeValues: [{ AttributeValue: values[AttributeName] }],
    }))
    return { output: { AccountAttributes: shown } }
  },
})
