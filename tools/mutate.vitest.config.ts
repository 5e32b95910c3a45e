/**
 * The law's tests for `npm run mutate`: each runs thousands of times, so the duel is a short one and always the same, what
 * asks only how long something takes, or asks the reference alone, is left out, and the slow ones come last.
 */

import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const SLOW = ['laws.test.ts', 'worlds.test.ts', 'duel.test.ts']

class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((one, other) => place(one) - place(other)))
  }
}

function place({ moduleId }: TestSpecification): number {
  return SLOW.findIndex((name) => moduleId.endsWith(name))
}

export default defineConfig({
  test: {
    include: ['packages/policy/test/**/*.test.ts'],
    exclude: ['**/reference.test.ts', '**/package.test.ts', '**/facts.test.ts'],
    testNamePattern: /^(?!.*hostile text)/,
    isolate: false,
    sequence: { sequencer: QuickFirst },
    env: { DUEL_CASES: '3000', DUEL_SEED: '1', DUEL_WORLDS: '300', DUEL_SHRINK: 'no' },
  },
})
