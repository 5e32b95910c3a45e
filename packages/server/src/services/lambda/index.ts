/** AWS Lambda. */

import { service } from '../../service.ts'
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from './alias.ts'
import {
  deleteFunctionEventInvokeConfig,
  getFunctionEventInvokeConfig,
  listFunctionEventInvokeConfigs,
  putFunctionEventInvokeConfig,
  updateFunctionEventInvokeConfig,
} from './asynchronous.ts'
import {
  deleteFunctionConcurrency,
  getAccountSettings,
  getFunctionConcurrency,
  putFunctionConcurrency,
} from './concurrency.ts'
import { createFunction } from './create-function.ts'
import { deleteFunction, getFunction, getFunctionConfiguration, listFunctions } from './function.ts'
import { invoke } from './invoke.ts'
import { addPermission, getPolicy, removePermission } from './permission.ts'
import {
  getFunctionCodeSigningConfig,
  getFunctionRecursionConfig,
  getRuntimeManagementConfig,
  putFunctionRecursionConfig,
  putRuntimeManagementConfig,
} from './setting.ts'
import { listTags, tagResource, untagResource } from './tag.ts'
import { updateFunctionCode, updateFunctionConfiguration } from './update-function.ts'
import { listVersionsByFunction, publishVersion } from './version.ts'

export const lambda = service('lambda', [
  addPermission,
  createAlias,
  createFunction,
  deleteAlias,
  deleteFunction,
  deleteFunctionConcurrency,
  deleteFunctionEventInvokeConfig,
  getAccountSettings,
  getAlias,
  getFunction,
  getFunctionCodeSigningConfig,
  getFunctionConcurrency,
  getFunctionConfiguration,
  getFunctionEventInvokeConfig,
  getFunctionRecursionConfig,
  getPolicy,
  getRuntimeManagementConfig,
  invoke,
  listAliases,
  listFunctionEventInvokeConfigs,
  listFunctions,
  listTags,
  listVersionsByFunction,
  publishVersion,
  putFunctionConcurrency,
  putFunctionEventInvokeConfig,
  putFunctionRecursionConfig,
  putRuntimeManagementConfig,
  removePermission,
  tagResource,
  untagResource,
  updateAlias,
  updateFunctionCode,
  updateFunctionConfiguration,
  updateFunctionEventInvokeConfig,
])
