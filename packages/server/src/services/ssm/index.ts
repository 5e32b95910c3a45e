/** AWS Systems Manager, of which there are the public parameters that name Amazon's images. */

import { service } from '../../service.ts'
import { getParameter, getParameters, getParametersByPath } from './parameter.ts'

export const ssm = service('ssm', [getParameter, getParameters, getParametersByPath])
