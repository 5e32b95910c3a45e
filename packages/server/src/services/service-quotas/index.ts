/** Service Quotas: what an account may have, and how it asks for more. */

import { service } from '../../service.ts'
import { isOperation } from '../../operation.ts'
import * as quota from './quota.ts'
import * as request from './request.ts'
import * as tag from './tag.ts'

export const serviceQuotas = service(
  'service-quotas',
  [quota, request, tag].flatMap((noun) => Object.values(noun).filter(isOperation)),
)
