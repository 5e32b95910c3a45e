/** Giving an upload up: its parts go with it. */

import { operation } from '../../operation.ts'
import { PART, partRow, partsOf, removeBlobs } from './bytes.ts'
import { remove } from '../../store/store.ts'
import { placeOf } from './object.ts'
import { aboutObject, ownersOf } from './shared.ts'
import { lookForUpload, removeUpload, uploadOf } from './upload.ts'

/** s3:AbortMultipartUpload. A part that is on its way finds no upload any more. */
export const abortMultipartUpload = operation('s3:AbortMultipartUpload', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  look: (input, call) => lookForUpload(call, input),
  asks: (input, call) => aboutObject(call, input),
  refusals: ['NoSuchBucket', 'NoSuchUpload'],
  run(input, call) {
    const upload = uploadOf(call, input)
    const place = placeOf(call, input)
    return {
      output: {},
      changes: [removeUpload(place.owner, upload)],
      // Only now no part can come any more.
      async afterwards() {
        const parts = await partsOf(call, place, { upload: upload.id })
        await removeBlobs(call.blobs, parts)
        return { changes: parts.map(({ number }) => remove(place.owner, PART, partRow(place, upload.id, number))) }
      },
    }
  },
})
