/** Amazon EC2: instances as things that policies are about. They have states and tags, and run nothing. */

import { isOperation } from '../../operation.ts'
import { service } from '../../service.ts'
import * as accountAttribute from './account-attribute.ts'
import * as association from './association.ts'
import * as attribute from './attribute.ts'
import * as group from './group.ts'
import * as groupLife from './group-life.ts'
import * as groupRule from './group-rule.ts'
import * as groupRuleChange from './group-rule-change.ts'
import * as image from './image.ts'
import * as instance from './instance.ts'
import * as instanceType from './instance-type.ts'
import * as networkInterface from './interface.ts'
import * as interfaceAttribute from './interface-attribute.ts'
import * as keyPair from './key-pair.ts'
import * as launch from './launch.ts'
import * as modifyAttribute from './modify-attribute.ts'
import * as power from './power.ts'
import * as region from './region.ts'
import * as routing from './routing.ts'
import * as settings from './settings.ts'
import * as subnet from './subnet.ts'
import * as tag from './tag.ts'
import * as volume from './volume.ts'
import * as vpc from './vpc.ts'

const NOUNS = [
  region,
  accountAttribute,
  image,
  instanceType,
  launch,
  instance,
  attribute,
  modifyAttribute,
  settings,
  association,
  power,
  volume,
  networkInterface,
  interfaceAttribute,
  vpc,
  subnet,
  routing,
  group,
  groupLife,
  groupRule,
  groupRuleChange,
  keyPair,
  tag,
]

/** A noun's file exports its operations, beside what other nouns need of it. */
export const ec2 = service(
  'ec2',
  NOUNS.flatMap((noun) => Object.values<unknown>(noun).filter(isOperation)),
)
