/** Policy documents with a mark in them, by which whoever reads one knows who wrote it. */

import { named } from './answers.ts'

export function trust(account: string, mark: string): string {
  return document({ Sid: mark, Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' })
}

export function permission(mark: string): string {
  const Resource = `arn:aws:s3:::${mark.toLowerCase()}/*`
  return document({ Sid: mark, Effect: 'Allow', Action: 's3:GetObject', Resource })
}

/** The mark of the document that an answer has in this element. */
export function markIn(answer: string, element: string): string {
  return /"Sid":"(\w+)"/.exec(decodeURIComponent(named(answer, element)[0] ?? ''))?.[1] ?? 'unmarked'
}

function document(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}
