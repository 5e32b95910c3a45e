/** Whether a bucket keeps versions: never yet, from now on, or no longer. */

import { operation } from '../../operation.ts'
import { Refusal } from '../../refusal.ts'
import { put } from '../../store/store.ts'
import { aboutBucket, find, ownersOf } from './shared.ts'

/** s3:GetBucketVersioning. Says nothing of a bucket that never had versions. */
export const getBucketVersioning = operation('s3:GetBucketVersioning', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['NoSuchBucket'],
  run: (input, call) => ({ output: { Status: find(call, input).bucket.versioning } }),
})

/** s3:PutBucketVersioning. What has versions keeps them: there is no way back, only a stop. */
export const putBucketVersioning = operation('s3:PutBucketVersioning', {
  needs: ({ Bucket }, { directory }) => ownersOf(directory, Bucket),
  asks: (input, call) => aboutBucket(call, input),
  refusals: ['IllegalVersioningConfigurationException', 'MalformedXML', 'NoSuchBucket'],
  run(input, call) {
    const { bucket, owner } = find(call, input)
    const { Status, MFADelete } = input.VersioningConfiguration
    if (MFADelete === 'Enabled') throw new Refusal('notBuilt', 'sallyport has not built MFA Delete')
    if (Status === undefined) {
      throw new Refusal('IllegalVersioningConfigurationException', 'The Versioning element must be specified')
    }
    if (Status !== 'Enabled' && Status !== 'Suspended') {
      throw new Refusal(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      )
    }
    return { output: {}, changes: [put(owner, 'bucket', bucket.name, { ...bucket, versioning: Status })] }
  },
})
