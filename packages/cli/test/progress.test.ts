import { describe, expect, test } from 'vitest'
import { progress } from '../src/progress.ts'

/** What was written by the end, with the time at each step. */
function watched(isTTY: boolean, steps: readonly (readonly [time: number, done: number])[]): readonly string[] {
  const lines: string[] = []
  let time = 0
  const stream = { isTTY, write: (text: string) => lines.push(text) > 0 }
  const bar = progress(200, 'accounts', { stream, now: () => time })
  for (const [at, done] of steps) {
    time = at
    bar.at(done)
  }
  bar.end()
  return lines
}

describe('progress', () => {
  test('is a bar that is drawn over itself where somebody watches, and gone at the end', () => {
    expect(
      watched(true, [
        [50, 1],
        [1_000, 50],
        [1_050, 60],
        [2_000, 100],
      ]),
    ).toEqual([
      `\r${'█'.repeat(8)}${'░'.repeat(22)} 50 of 200 accounts, 3 s left\u001B[K`,
      `\r${'█'.repeat(15)}${'░'.repeat(15)} 100 of 200 accounts, 2 s left\u001B[K`,
      '\r\u001B[K',
    ])
  })

  test('is a line every few seconds in a log, and nothing where it is soon over', () => {
    expect(
      watched(false, [
        [4_000, 20],
        [5_100, 30],
        [9_000, 60],
        [10_200, 80],
      ]),
    ).toEqual(['sallyport: 30 of 200 accounts\n', 'sallyport: 80 of 200 accounts\n'])
    expect(watched(false, [[900, 200]])).toEqual([])
  })
})
