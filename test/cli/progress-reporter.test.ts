import { expect, onTestFinished, test } from 'vitest'
import type { ProgressLine } from '../../src/cli/progress-lines.js'
import { ProgressReporter } from '../../src/cli/progress-reporter.js'

test('reports one at a time, and of those that wait only the last', async () => {
  const sent: number[] = []
  let arrive: () => void = () => undefined
  const reporter = new ProgressReporter(({ percent }: ProgressLine) => {
    sent.push(percent)
    return new Promise<void>((resolve) => (arrive = resolve))
  })
  for (const percent of [1, 2, 3]) reporter.report({ percent, text: '' })
  const flushed = reporter.flush()
  while (sent.at(-1) !== 3) {
    arrive()
    await new Promise(setImmediate)
  }
  arrive()
  await flushed
  expect(sent).toEqual([1, 3])
})

test('goes on after a report that fails, as often as there is something to report', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): number => warnings.push(warning)
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  const sent: number[] = []
  await new Promise<void>((resolve) => {
    const reporter = new ProgressReporter(({ percent }: ProgressLine) => {
      sent.push(percent)
      if (percent === 50) void reporter.flush().then(resolve)
      else setImmediate(() => reporter.report({ percent: percent + 1, text: '' }))
      return Promise.reject(new Error('away'))
    }, 1)
    reporter.report({ percent: 1, text: '' })
  })
  expect(sent).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
  await new Promise(setImmediate)
  expect(warnings).toEqual([])
})
