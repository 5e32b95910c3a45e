/** What goes over the wire, without a socket: a request as it came and an answer as it goes. */

/** A request whose head has been read. `path` and `query` are raw, as sent, before any decoding. */
export interface Message {
  readonly method: string
  /** The path as sent, percent-encoding and all, without the query. */
  readonly path: string
  /** The query string as sent, without `?`; empty where there is none. */
  readonly query: string
  /** Lower-cased names; several headers of one name are joined with `,` as they came. */
  readonly headers: Readonly<Record<string, string>>
  /** The whole body; empty for operations that stream. */
  readonly body: Uint8Array
  /** The client's address, and whether it came over TLS, and of which version: `1.3`. */
  readonly source: { readonly ip: string; readonly tls: boolean; readonly tlsVersion?: string }
}

/** The host's name that the client asked for, without the port. */
export function hostName({ headers }: Pick<Message, 'headers'>): string {
  return (headers['host'] ?? '').replace(/:\d+$/, '').toLowerCase()
}

export type AnswerBody = string | Uint8Array | AsyncIterable<Uint8Array>

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: AnswerBody
}

/** What codecs put into every answer. `requestId` is a UUID; S3 also wants an extended id. */
export interface AnswerMarks {
  readonly requestId: string
  readonly hostId: string
}
