/** What a codec is: one protocol's way to read an input and to write an output or a refusal. */
import type { RefusalDetail } from '../refusal.ts'
import type { Answer, AnswerMarks, Message } from './message.ts'
import type { Model, OperationModel, ProtocolName } from './model.ts'

/** An input or output as operations know it: AWS's member names, `Date` for timestamps, `Uint8Array` for blobs. */
export type Values = Record<string, unknown>

/** What dispatch took from the path and the host: S3's `Bucket` and `Key`, Lambda's `FunctionName`. */
export type Labels = Readonly<Record<string, string>>

export interface Codec {
  readonly protocol: ProtocolName
  /** Throws `Refusal('malformed' | 'invalid' | 'missingParameter')`. Without `labels` they are taken from the path. */
  readInput(model: Model, operation: OperationModel, message: Message, labels?: Labels): Values
  writeOutput(model: Model, operation: OperationModel, output: Values, marks: AnswerMarks): Answer
  /** The answer has a body even where the request was a HEAD: the gate, which knows the method, drops it. */
  writeRefusal(service: Model | undefined, refusal: WireRefusal, marks: AnswerMarks): Answer
}

/** A refusal with everything that the wire needs; `wireRefusal` in `dialect.ts` makes it. */
export interface WireRefusal {
  readonly code: string
  readonly message: string
  readonly status: number
  readonly fault: 'Sender' | 'Receiver'
  readonly detail: RefusalDetail
  /** The error's shape in the model, where it has one. */
  readonly shape?: string
}
