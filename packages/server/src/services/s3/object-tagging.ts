/** The three calls about an object's tags, of the latest version or of one that is named. */

import { operation } from '../../operation.ts'
import { placeOf } from './object.ts'
import { aboutSeen, lookAt, present } from './reading.ts'
import { ownersOf } from './shared.ts'
import { putTags, requestedTags, tagsOf } from './tag-set.ts'
import { shownId } from './writing.ts'

/** s3:GetObjectTagging. */
export const getObjectTagging = operation('s3:GetObjectTagging', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookAt(call, input),
  asks: (input, call) => aboutSeen(call, input, { action: 's3:GetObjectTagging', seen: call.seen }),
  refusals: ['MethodNotAllowed', 'NoSuchBucket', 'NoSuchKey', 'NoSuchVersion'],
  run(input, call) {
    const object = present(call, input, call.seen)
    return {
      output: {
        TagSet: call.seen.tags.map(({ key, value }) => ({ Key: key, Value: value })),
        VersionId: shownId(call, placeOf(call, input), object),
      },
    }
  },
})

/** s3:PutObjectTagging. All tags anew; the object's time stays what it was. */
export const putObjectTagging = operation('s3:PutObjectTagging', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookAt(call, input),
  asks(input, call) {
    const context = requestedTags(tagsOf(input.Tagging.TagSet ?? []))
    return aboutSeen(call, input, { action: 's3:PutObjectTagging', seen: call.seen, context })
  },
  refusals: ['BadRequest', 'InvalidTag', 'MethodNotAllowed', 'NoSuchBucket', 'NoSuchKey', 'NoSuchVersion'],
  run(input, call) {
    const object = present(call, input, call.seen)
    const place = placeOf(call, input)
    return {
      output: { VersionId: shownId(call, place, object) },
      changes: [putTags(place, object, tagsOf(input.Tagging.TagSet ?? []))],
    }
  },
})

/** s3:DeleteObjectTagging. */
export const deleteObjectTagging = operation('s3:DeleteObjectTagging', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookAt(call, input),
  asks: (input, call) => aboutSeen(call, input, { action: 's3:DeleteObjectTagging', seen: call.seen }),
  refusals: ['MethodNotAllowed', 'NoSuchBucket', 'NoSuchKey', 'NoSuchVersion'],
  run(input, call) {
    const object = present(call, input, call.seen)
    const place = placeOf(call, input)
    return { output: { VersionId: shownId(call, place, object) }, changes: [putTags(place, object, [])] }
  },
})
