import { expect, test } from 'vitest'
import { ReaderPool } from '../../../src/store/sqlite/reader-pool.js'

const NEVER = new AbortController().signal

class Reader {
  isClosed = false

  close(): void {
    this.isClosed = true
  }
}

/** A pool of two, the readers it has opened, and work that goes on until it is told to end. */
function poolOfTwo(): {
  pool: ReaderPool<Reader>
  opened: Reader[]
  work: (signal?: AbortSignal) => { reader: Promise<Reader>; done: Promise<void>; end: () => void }
} {
  const opened: Reader[] = []
  const pool = new ReaderPool(2, () => {
    const reader = new Reader()
    opened.push(reader)
    return reader
  })
  const work = (signal = NEVER): { reader: Promise<Reader>; done: Promise<void>; end: () => void } => {
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    let lent: (reader: Reader) => void = () => undefined
    const reader = new Promise<Reader>((resolve) => (lent = resolve))
    const done = pool.use(async (its) => {
      lent(its)
      await ended
    }, signal)
    return { reader, done, end }
  }
  return { pool, opened, work }
}

// The store opens listReaders.
test('lends each reader once at a time, and opens no more than it may', async () => {
  const { opened, work } = poolOfTwo()
  const [first, second, third] = [work(), work(), work()]
  expect(await first.reader).not.toBe(await second.reader)
  second.end()
  await second.done
  expect(await third.reader).toBe(await second.reader)
  first.end()
  third.end()
  await Promise.all([first.done, third.done])
  const last = work()
  expect(opened).toContain(await last.reader)
  expect(opened).toHaveLength(2)
})

test('whoever waits leaves with his signal, and those behind him go on', async () => {
  const { work } = poolOfTwo()
  const ended = new AbortController()
  const reason = new Error('enough')
  const [first, , waiting, behind] = [work(), work(), work(ended.signal), work()]
  ended.abort(reason)
  await expect(waiting.done).rejects.toBe(reason)
  first.end()
  expect(await behind.reader).toBe(await first.reader)
  await expect(work(ended.signal).done).rejects.toBe(reason)
})

test('a reader comes back from work that fails', async () => {
  const { pool, work } = poolOfTwo()
  const failure = new Error('broken')
  for (let time = 0; time < 5; time += 1) {
    await expect(pool.use(() => Promise.reject(failure), NEVER)).rejects.toBe(failure)
  }
  await work().reader
})

test('closes its readers, each when it is back', async () => {
  const { pool, opened, work } = poolOfTwo()
  const [first, second] = [work(), work()]
  await second.reader
  second.end()
  await second.done
  const closed = pool.close()
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([false, true])
  first.end()
  await closed
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true])
})
