/**
 * The compact form of an AWS service model: what codecs, dispatch and validation are driven by.
 *
 * Made at build time by `tools/models/generate.ts` from the pinned SDK schemas and the committed constraint overlay
 * (`packages/server/overlay/`), one JSON file a service under `packages/server/data/models/`, read lazily.
 */

export type ProtocolName = 'awsQuery' | 'ec2Query' | 'awsJson1_0' | 'awsJson1_1' | 'restJson1' | 'restXml' | 'rpcv2Cbor'

/** Where a member of an input or output travels when it is not in the body. */
export type Binding = 'label' | 'query' | 'queryParams' | 'header' | 'prefixHeaders' | 'payload' | 'statusCode'

export interface Member {
  /** The name of the target shape in `Model.shapes`, or a simple type: `string`, `number`, `boolean`, … */
  readonly target: string
  readonly required?: true
  readonly binding?: Binding
  /** The name on the wire where it differs from the member's: label, header, query key, XML element, EC2 query key. */
  readonly wire?: string
  /** ec2Query's own name for the member on input. */
  readonly ec2?: string
  readonly flat?: true
  readonly attribute?: true
  readonly sensitive?: true
  readonly token?: true
  readonly format?: 'date-time' | 'http-date' | 'epoch-seconds'
  /** XML namespace on the element. */
  readonly namespace?: string
}

export type SimpleType = 'string' | 'integer' | 'float' | 'boolean' | 'timestamp' | 'blob' | 'document'

export interface Constraints {
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
}

/** A shape is one of these by `kind`; `c` are its constraints from the overlay. */
export type Shape =
  | {
      readonly kind: 'simple'
      readonly type: SimpleType
      readonly streaming?: true
      readonly sensitive?: true
      readonly format?: Member['format']
      readonly c?: Constraints
    }
  | { readonly kind: 'list'; readonly member: Member; readonly c?: Constraints }
  | { readonly kind: 'map'; readonly key: Member; readonly value: Member; readonly c?: Constraints }
  | {
      readonly kind: 'structure' | 'union'
      readonly members: Readonly<Record<string, Member>>
      /** The XML element's name where it differs from the shape's, and whether the union is an event stream. */
      readonly wire?: string
      readonly streaming?: true
    }
  | {
      readonly kind: 'error'
      readonly members: Readonly<Record<string, Member>>
      readonly code: string
      readonly status?: number
      readonly fault?: 'client' | 'server'
    }

export interface OperationModel {
  readonly name: string
  readonly input: string
  readonly output: string
  readonly http?: { readonly method: string; readonly uri: string; readonly status: number }
  /** The operation takes no signature: AssumeRoleWithSAML, sso-oidc, … */
  readonly unsigned?: true
  /** What stands before the host: `stream-`, `{RequestRoute}.`. */
  readonly hostPrefix?: string
  /** Errors the operation documents, as shape names. */
  readonly errors?: readonly string[]
}

export interface Model {
  /** Our name of the service, as folders and `operation('iam:…')` use it: sts, iam, organizations, s3, ec2, lambda, … */
  readonly service: string
  /** The service name in a credential scope: `sts`, `iam`, `sso`, … */
  readonly signingName: string
  readonly version: string
  readonly protocols: readonly ProtocolName[]
  readonly namespace?: string
  /** `AWSOrganizationsV20161128`, without the dot. */
  readonly target?: string
  readonly operations: Readonly<Record<string, OperationModel>>
  readonly shapes: Readonly<Record<string, Shape>>
}
