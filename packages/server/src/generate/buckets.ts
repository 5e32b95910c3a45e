/** The buckets of a generated account, and who else may look into them. */

import type { Bucket } from '@sallyport/estate'
import { anchorArn } from './anchors.ts'
import { coreOf } from './blueprint.ts'
import type { Dice } from './dice.ts'
import type { Site } from './roles.ts'
import { policyText } from './texts.ts'

const USES = ['data', 'artifacts', 'exports', 'logs'] as const

export function buckets(site: Site, dice: Dice): readonly Bucket[] {
  const { blueprint, plot } = site
  const trail = coreOf(blueprint, 'logs') === plot && blueprint.order.roles > 0 ? ['trail'] : []
  const uses = plot.purpose === 'retired' ? [] : dice.some(USES, dice.between(0, 2))
  return [...trail, ...uses].map((use) => bucket(site, dice, use))
}

function bucket({ blueprint, plot, bind, neighbours }: Site, dice: Dice, use: string): Bucket {
  const name = `${blueprint.company}-${plot.slug}-${use}`
  const statements = [
    ...(use === 'trail' ? ofTrails(name, anchorArn(blueprint, 'security-auditor')) : []),
    ...(use === 'exports'
      ? [readable(name, '*', { StringEquals: { 'aws:PrincipalOrgID': blueprint.organization.id } })]
      : []),
    ...(use === 'data' && neighbours.length > 0 ? [readable(name, dice.pick(neighbours))] : []),
    ...(dice.chance(0.4) ? [encryptedOnly(name)] : []),
  ]
  return {
    name,
    region: dice.pick(blueprint.regions),
    createdAt: plot.joinedAt + dice.between(0, 2_000_000) * 1000,
    tags: [],
    ...(statements.length === 0 ? {} : { policy: bind(policyText(...statements)) }),
  }
}

function ofTrails(name: string, auditor: string): readonly object[] {
  return [
    {
      Sid: 'TrailsOfAllAccounts',
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${name}/AWSLogs/*`,
      Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
    },
    readable(name, auditor),
  ]
}

function readable(name: string, principal: string, condition?: object): object {
  return {
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: ['s3:GetObject', 's3:ListBucket'],
    Resource: [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`],
    ...(condition === undefined ? {} : { Condition: condition }),
  }
}

function encryptedOnly(name: string): object {
  return {
    Sid: 'EncryptedConnectionsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  }
}
