/** Access points: made for a bucket, listed, told of, and taken away. */

import { regionKey, type AccessPoint } from '@sallyport/estate'
import type { Call } from '../../call.ts'
import { DIRECTORY } from '../../directory.ts'
import { operation, type Input } from '../../operation.ts'
import { draw, type Random } from '../../random.ts'
import { Refusal } from '../../refusal.ts'
import { put, remove } from '../../store/store.ts'
import { page } from '../paging.ts'
import { readBlock, showBlock } from '../s3/public-access-block.ts'
import { pointArn } from '../s3/through.ts'
import { aboutAccount, aboutPoint, find, look, nameOf, originOf } from './shared.ts'

const POINTS_AT_MOST = 10_000
const PAGE_AT_MOST = 1000
/** S3 User Guide access-points-restrictions-limitations-naming-rules. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])$/
const RESERVED_ENDS = ['-s3alias', '--ol-s3', '--xa-s3']
const ALIAS_PREFIX = 20
const ALIAS_SUFFIX = 34
const EVERYTHING = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
}

/** s3control:CreateAccessPoint. To a bucket of the caller's, or to another's whose account is named; that lets nobody in yet. */
export const createAccessPoint = operation('s3control:CreateAccessPoint', {
  needs: () => [DIRECTORY],
  asks: (input, call) => aboutPoint(input, call, 's3:CreateAccessPoint'),
  refusals: ['AccessPointAlreadyOwnedByYou', 'InvalidRequest', 'NoSuchBucket', 'TooManyAccessPoints'],
  run(input, call) {
    const { account, region } = call
    refuse(input, call)
    const point: AccessPoint = {
      name: input.Name,
      region,
      bucket: input.Bucket,
      bucketAccount: bucketOf(input, call),
      alias: aliasOf(input.Name, call.random),
      createdAt: call.now,
      publicAccessBlock: readBlock(input.PublicAccessBlockConfiguration ?? EVERYTHING),
      ...(input.VpcConfiguration === undefined ? {} : { vpc: input.VpcConfiguration.VpcId }),
    }
    const place = { account: account.id, region, name: point.name }
    return {
      output: { AccessPointArn: pointArn(account.id, point), Alias: point.alias },
      changes: [
        put(account.id, 'accessPoint', regionKey(region, point.name), point),
        put(DIRECTORY, 'accessPointAlias', point.alias, place),
      ],
    }
  },
})

function refuse(input: Input<'s3control:CreateAccessPoint'>, call: Call): void {
  const { Name, Scope, Tags = [] } = input
  if (!NAME.test(Name) || RESERVED_ENDS.some((end) => Name.endsWith(end))) {
    throw new Refusal('InvalidRequest', 'Your Amazon S3 AccessPoint name is invalid')
  }
  if (Scope !== undefined) throw new Refusal('InvalidRequest', 'Scope is only supported for directory buckets')
  if (Tags.length > 0) throw new Refusal('notBuilt', 'sallyport has not built tags of access points')
  if (look(input, call) !== undefined) {
    throw new Refusal(
      'AccessPointAlreadyOwnedByYou',
      'Your previous request to create the named accesspoint succeeded and you already own it.',
    )
  }
  const own = [...call.account.all('accessPoint').values()].filter(({ region }) => region === call.region)
  if (own.length < POINTS_AT_MOST) return
  throw new Refusal('TooManyAccessPoints', 'You have attempted to create more access points than allowed')
}

/** The bucket's account; it must be the caller's, or the one that the caller names. It lies in the point's region. */
function bucketOf({ Bucket, BucketAccountId }: Input<'s3control:CreateAccessPoint'>, call: Call): string {
  const bucket = call.directory.all('bucketName').get(Bucket)
  if (bucket === undefined || bucket.account !== (BucketAccountId ?? call.account.id)) {
    throw new Refusal('InvalidRequest', 'Amazon S3 AccessPoint can only be created for existing bucket')
  }
  if (bucket.region === call.region) return bucket.account
  throw new Refusal('InvalidRequest', 'Amazon S3 AccessPoint must be created in the same region as its bucket')
}

function aliasOf(name: string, random: Random): string {
  const start = name.slice(0, ALIAS_PREFIX).replace(/-+$/, '')
  return `${start}-${draw(random, ALIAS_SUFFIX, 'abcdefghijklmnopqrstuvwxyz0123456789')}-s3alias`
}

/** s3control:GetAccessPoint. Its action takes no resource in policies but `*`. */
export const getAccessPoint = operation('s3control:GetAccessPoint', {
  asks: (input, call) => ({ ...aboutPoint(input, call, 's3:GetAccessPoint'), resource: '*' }),
  refusals: ['NoSuchAccessPoint'],
  run(input, call) {
    const point = find(input, call)
    return {
      output: {
        ...show(point, call),
        PublicAccessBlockConfiguration: showBlock(point.publicAccessBlock),
        CreationDate: new Date(point.createdAt),
        Endpoints: {
          ipv4: `s3-accesspoint.${point.region}.amazonaws.com`,
          dualstack: `s3-accesspoint.dualstack.${point.region}.amazonaws.com`,
        },
      },
    }
  },
})

/** s3control:ListAccessPoints. The account's own in the region, in order of their names, or those of one bucket. */
export const listAccessPoints = operation('s3control:ListAccessPoints', {
  asks: (input, call) => aboutAccount(input, call, 's3:ListAccessPoints'),
  refusals: ['InvalidRequest'],
  run({ Bucket, NextToken, MaxResults = PAGE_AT_MOST }, call) {
    const all = [...call.account.all('accessPoint').values()].filter(({ region }) => region === call.region)
    const wanted = Bucket === undefined ? all : all.filter(({ bucket }) => bucket === Bucket)
    const found = page(
      call.keyring,
      wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      {
        listing: `s3control:ListAccessPoints/${call.account.id}/${Bucket ?? ''}`,
        marker: NextToken,
        size: MaxResults,
        keyOf: ({ name }) => name,
      },
    )
    if (found === undefined) throw new Refusal('InvalidRequest', 'The continuation token provided is incorrect')
    return { output: { AccessPointList: found.items.map((point) => show(point, call)), NextToken: found.next } }
  },
})

/** s3control:DeleteAccessPoint. */
export const deleteAccessPoint = operation('s3control:DeleteAccessPoint', {
  needs: () => [DIRECTORY],
  asks: (input, call) => aboutPoint(input, call, 's3:DeleteAccessPoint'),
  refusals: ['NoSuchAccessPoint'],
  run(input, call) {
    const { alias } = find(input, call)
    return {
      output: {},
      changes: [
        remove(call.account.id, 'accessPoint', regionKey(call.region, nameOf(input))),
        remove(DIRECTORY, 'accessPointAlias', alias),
      ],
    }
  },
})

function show(point: AccessPoint, { account }: Call) {
  const { name, bucket, bucketAccount, alias, vpc } = point
  return {
    Name: name,
    Bucket: bucket,
    NetworkOrigin: originOf(point),
    VpcConfiguration: vpc === undefined ? undefined : { VpcId: vpc },
    AccessPointArn: pointArn(account.id, point),
    Alias: alias,
    BucketAccountId: bucketAccount,
  }
}
