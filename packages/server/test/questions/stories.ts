/** All stories, told once: what every operation that is built asks. */

import type { ServiceName } from '../../src/operation.ts'
import { account } from './account.ts'
import { ec2 } from './ec2.ts'
import { iam } from './iam.ts'
import { iamReview } from './iam-review.ts'
import { iamSignIn } from './iam-sign-in.ts'
import { iamRecords } from './iam-records.ts'
import { lambda } from './lambda.ts'
import { logs } from './logs.ts'
import { organizationsDelegation } from './organizations-delegation.ts'
import { organizationsMembers } from './organizations-members.ts'
import { organizations } from './organizations.ts'
import { s3 } from './s3.ts'
import { s3Bucket } from './s3-bucket.ts'
import { s3control } from './s3control.ts'
import { serviceQuotas } from './service-quotas.ts'
import { ssm } from './ssm.ts'
import { tell, type Asked, type Story } from './story.ts'
import { saml } from './saml.ts'
import { sts } from './sts.ts'
import { webIdentity } from './web-identity.ts'

const STORIES: Readonly<Record<ServiceName, readonly Story[]>> = {
  sts: [sts, webIdentity, saml],
  iam: [iam, iamRecords, iamReview, iamSignIn],
  organizations: [organizations, organizationsDelegation, organizationsMembers],
  s3: [s3, s3Bucket],
  s3control: [s3control],
  ec2: [ec2],
  lambda: [lambda],
  logs: [logs],
  ssm: [ssm],
  'service-quotas': [serviceQuotas],
  account: [account],
}

let told: Promise<readonly Asked[]> | undefined

export function allAsked(): Promise<readonly Asked[]> {
  told ??= Promise.all(Object.values(STORIES).flat().map(tell)).then((asked) => asked.flat())
  return told
}
