/** The bucket of a decision case, as real calls make it, and clients that call it as the case says. */

import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  PutBucketAbacCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateUserCommand } from '@aws-sdk/client-iam'
import type { PolicyCase } from '@sallyport/policy'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuthority, tlsServerOptions } from '../src/tls/ca.ts'
import { client, type Keys, type TestServer } from './harness.ts'
import { enter, iamOf } from './people.ts'
import { anonymous } from './sdks.ts'

/** The bucket, its object, and what hangs on both, all in the owner's account. */
export async function bucketOf(server: TestServer, one: PolicyCase, owner: Keys): Promise<void> {
  const s3 = client(S3Client, server, owner, regionOf(one))
  const { bucket, key } = objectOf(one)
  const region = regionOf(one)
  // a call for a bucket goes to the bucket's region; those of the cases are real ones
  const made =
    region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } }
  await s3.send(new CreateBucketCommand({ Bucket: bucket, ...made }))
  if (key !== '') await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x', Tagging: taggingOf(one) }))
  await bucketTags(s3, one)
  if (one.resourcePolicy !== null) await bucketPolicy(server, s3, one)
}

export async function s3Of(server: TestServer, one: PolicyCase, keys: Keys | undefined): Promise<S3Client> {
  const secure = text(one, 'aws:SecureTransport') === 'true'
  const s3 = secure ? await overTls(server, one, keys) : client(S3Client, server, keys, regionOf(one))
  return keys === undefined ? anonymous(s3) : s3
}

async function overTls(
  { server, administrator }: TestServer,
  one: PolicyCase,
  keys: Keys = administrator,
): Promise<S3Client> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-cases-'))
  const authority = await openAuthority({ dir: folder, now: Date.now })
  await rm(folder, { recursive: true })
  const port = await server.listen({ port: 0, host: '127.0.0.1', tls: await tlsServerOptions(authority) })
  return new S3Client({
    endpoint: `https://127.0.0.1:${port}`,
    region: regionOf(one),
    credentials: keys,
    forcePathStyle: true,
    requestHandler: { httpsAgent: { ca: authority.certificate } },
  })
}

/** With attribute-based access control a bucket's tags are those of the objects in it. */
async function bucketTags(s3: S3Client, one: PolicyCase): Promise<void> {
  const { bucket } = objectOf(one)
  const TagSet = keyed(one, 'aws:ResourceTag/').map(([Key, Value]) => ({ Key, Value }))
  if (TagSet.length === 0) return
  await s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }))
  await s3.send(new PutBucketAbacCommand({ Bucket: bucket, AbacStatus: { Status: 'Enabled' } }))
}

/** Whom it names must be there, and what it names must be this bucket; whether it is public is no question of these cases. */
async function bucketPolicy(server: TestServer, s3: S3Client, one: PolicyCase): Promise<void> {
  const { bucket } = objectOf(one)
  const text = JSON.stringify(one.resourcePolicy)
  for (const [, account = '', UserName = ''] of text.matchAll(/:iam::(\d{12}):user\/(\w+)/g)) {
    const iam = iamOf(server, await enter(server, account))
    await iam.send(new CreateUserCommand({ UserName })).catch(unless('EntityAlreadyExistsException'))
  }
  const own = JSON.stringify([`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`])
  const Policy = text.replaceAll('"Resource":"*"', `"Resource":${own}`)
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
}

function unless(name: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error) || error.name !== name) throw error
  }
}

export function objectOf({ request }: PolicyCase): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^arn:aws:s3:::([^/]+)(?:\/(.*))?$/s.exec(request.resource.arn) ?? []
  return { bucket, key }
}

export function text({ request }: PolicyCase, key: string): string | undefined {
  const value = request.context[key]
  return typeof value === 'string' ? value : undefined
}

function regionOf(one: PolicyCase): string {
  return text(one, 'aws:RequestedRegion') ?? 'us-east-1'
}

function taggingOf(one: PolicyCase): string {
  return new URLSearchParams(keyed(one, 's3:ExistingObjectTag/')).toString()
}

/** The keys of a family, without its name, and their values. */
export function keyed({ request }: PolicyCase, family: string): [string, string][] {
  const own = Object.entries(request.context).filter(([name]) => name.startsWith(family))
  return own.map(([name, value]) => [name.slice(family.length), String(value)])
}
