/** Roles of the core accounts that roles in every other account trust: the delivery pipeline, the security team, the monitors. */

import { rootArn } from '@sallyport/estate'
import { coreOf, type Blueprint, type Core } from './blueprint.ts'
import { PROTECTED } from './guardrails.ts'
import { allow, policyText, trustText } from './texts.ts'

interface Anchor {
  readonly of: Core
  readonly path: string
  /** The service that works in the role, where one does, beside people of the account itself. */
  readonly service?: string
  readonly may: string
}

export const ANCHORS = {
  'pipeline-runner': {
    of: 'tooling',
    path: '/delivery/',
    service: 'codebuild.amazonaws.com',
    may: policyText(
      allow('sts:AssumeRole', 'arn:aws:iam::*:role/delivery/deploy'),
      allow(['logs:CreateLogStream', 'logs:PutLogEvents', 's3:GetObject', 's3:PutObject']),
    ),
  },
  'security-reader': {
    of: 'security',
    path: '/security/',
    may: policyText(allow('sts:AssumeRole', 'arn:aws:iam::*:role/read-only')),
  },
  'security-auditor': {
    of: 'security',
    path: '/security/',
    service: 'lambda.amazonaws.com',
    may: policyText(
      allow('sts:AssumeRole', `arn:aws:iam::*:role${PROTECTED}security-audit`),
      allow(['s3:GetObject', 's3:ListBucket'], ['arn:aws:s3:::*-trail', 'arn:aws:s3:::*-trail/*']),
    ),
  },
  'incident-responder': {
    of: 'security',
    path: '/security/',
    may: policyText(allow('sts:AssumeRole', `arn:aws:iam::*:role${PROTECTED}incident-response`)),
  },
  'observability-connector': {
    of: 'shared',
    path: '/platform/',
    service: 'ecs-tasks.amazonaws.com',
    may: policyText(allow('sts:AssumeRole', 'arn:aws:iam::*:role/platform/observability')),
  },
} as const satisfies Readonly<Record<string, Anchor>>

export type AnchorName = keyof typeof ANCHORS
export const ANCHOR_NAMES = Object.keys(ANCHORS) as readonly AnchorName[] // the keys of the table above

export function anchorArn(blueprint: Blueprint, name: AnchorName): string {
  const { of, path }: Anchor = ANCHORS[name]
  return `arn:aws:iam::${coreOf(blueprint, of).id}:role${path}${name}`
}

export function anchorTrust(account: string, name: AnchorName): string {
  const { service }: Anchor = ANCHORS[name]
  return trustText({ AWS: rootArn(account), ...(service === undefined ? {} : { Service: service }) })
}
