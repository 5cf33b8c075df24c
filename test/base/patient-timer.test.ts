// The timer that reads before it calls anybody late.
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { startPatientTimer } from '../../src/base/patient-timer.js'

/** Lets this thread do nothing for so many milliseconds. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test('what has arrived while the process stood still is not late', async () => {
  const { port1: sender, port2: receiver } = new MessageChannel()
  const happened: string[] = []
  const stop = startPatientTimer(10, () => happened.push('expired'))
  const heard = once(receiver, 'message').then(() => {
    happened.push('heard')
    stop()
  })
  sender.postMessage('in time')
  standStill(50)
  await heard
  await nextTurn()
  await nextTurn()
  expect(happened).toEqual(['heard'])
  sender.close()
})

test('expires when nothing comes', async () => {
  const begin = performance.now()
  await new Promise<void>((resolve) => startPatientTimer(20, resolve))
  expect(performance.now() - begin).toBeGreaterThan(19)
})
