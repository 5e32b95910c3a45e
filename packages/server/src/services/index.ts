/** The services that are built, by name. */

import type { Service } from '../service.ts'
import { account } from './account/index.ts'
import { ec2 } from './ec2/index.ts'
import { iam } from './iam/index.ts'
import { lambda } from './lambda/index.ts'
import { logs } from './logs/index.ts'
import { organizations } from './organizations/index.ts'
import { s3 } from './s3/index.ts'
import { s3control } from './s3control/index.ts'
import { serviceQuotas } from './service-quotas/index.ts'
import { ssm } from './ssm/index.ts'
import { sts } from './sts/index.ts'

export const SERVICES: ReadonlyMap<string, Service> = new Map(
  [sts, iam, organizations, s3, s3control, ec2, lambda, logs, ssm, serviceQuotas, account].map((one) => [
    one.name,
    one,
  ]),
)
