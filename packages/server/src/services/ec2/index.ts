/** Amazon EC2: instances as things that policies are about. They have states and tags, and run nothing. */

import { service } from '../../service.ts'
import { describeImages } from './image.ts'
import { describeInstances, describeInstanceStatus } from './instance.ts'
import { runInstances } from './launch.ts'
import { rebootInstances, startInstances, stopInstances, terminateInstances } from './power.ts'
import { describeAvailabilityZones, describeRegions } from './region.ts'
import { createTags, deleteTags, describeTags } from './tag.ts'

export const ec2 = service('ec2', [
  describeRegions,
  describeAvailabilityZones,
  describeImages,
  runInstances,
  describeInstances,
  describeInstanceStatus,
  startInstances,
  stopInstances,
  rebootInstances,
  terminateInstances,
  createTags,
  deleteTags,
  describeTags,
])
