/** Amazon CloudWatch Logs, as far as functions and those who read their logs need it. */

import { service } from '../../service.ts'
import { filterLogEvents, getLogEvents, putLogEvents } from './event.ts'
import {
  createLogGroup,
  deleteLogGroup,
  deleteRetentionPolicy,
  describeLogGroups,
  putRetentionPolicy,
} from './group.ts'
import { createLogStream, deleteLogStream, describeLogStreams } from './stream.ts'
import { listTagsForResource, listTagsLogGroup, tagLogGroup, tagResource, untagLogGroup, untagResource } from './tag.ts'

export const logs = service('logs', [
  createLogGroup,
  createLogStream,
  deleteLogGroup,
  deleteLogStream,
  deleteRetentionPolicy,
  describeLogGroups,
  describeLogStreams,
  filterLogEvents,
  getLogEvents,
  listTagsForResource,
  listTagsLogGroup,
  putLogEvents,
  putRetentionPolicy,
  tagLogGroup,
  tagResource,
  untagLogGroup,
  untagResource,
])
