/** AWS Lambda: functions as they are configured. */

import { service } from '../../service.ts'
import { createFunction } from './create-function.ts'
import {
  deleteFunction,
  getFunction,
  getFunctionConfiguration,
  listFunctions,
  listVersionsByFunction,
} from './function.ts'
import { listTags, tagResource, untagResource } from './tag.ts'
import { updateFunctionCode, updateFunctionConfiguration } from './update-function.ts'

export const lambda = service('lambda', [
  createFunction,
  deleteFunction,
  getFunction,
  getFunctionConfiguration,
  listFunctions,
  listTags,
  listVersionsByFunction,
  tagResource,
  untagResource,
  updateFunctionCode,
  updateFunctionConfiguration,
])
