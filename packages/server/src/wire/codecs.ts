/** The codecs by protocol. */
import { cbor } from './cbor.ts'
import { ec2Query } from './ec2.ts'
import { awsJson1_0, awsJson1_1 } from './json.ts'
import { awsQuery } from './query.ts'
import { restJson1 } from './rest-json.ts'
import { restXml } from './rest-xml.ts'
import type { Codec } from './codec.ts'
import type { ProtocolName } from './model.ts'

export type { Codec, Labels, Values, WireRefusal } from './codec.ts'

export const CODECS: Readonly<Record<ProtocolName, Codec>> = {
  awsQuery,
  ec2Query,
  awsJson1_0,
  awsJson1_1,
  restJson1,
  restXml,
  rpcv2Cbor: cbor,
}
