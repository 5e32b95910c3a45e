/** Role templates: AWS's services publish them. None does here, so none is found. */

import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'

/** iam:GetRoleTemplateVersion. */
export const getRoleTemplateVersion = operation('iam:GetRoleTemplateVersion', {
  asks: ({ TemplateArn }) => ({ resource: TemplateArn }),
  refusals: ['NoSuchEntity'],
  run({ TemplateArn }) {
    throw absent(TemplateArn)
  },
})

/** iam:AcquireRole. */
export const acquireRole = operation('iam:AcquireRole', {
  asks: ({ TemplateArn }) => ({ resource: TemplateArn }),
  refusals: ['NoSuchEntity'],
  run({ TemplateArn }) {
    throw absent(TemplateArn)
  },
})

function absent(arn: string): Refusal {
  return new Refusal('NoSuchEntity', `Role template ${arn} cannot be found.`)
}
