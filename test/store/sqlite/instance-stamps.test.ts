// Stamps, in memory and in a file: who looks at them is never told that nothing has changed when something has.
import { existsSync, lstatSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stampChange, stampOf, type StampCounters, type StampView } from '../../../src/store/sqlite/instance-stamps.js'
import { makeStampFile, retireStampFile, StampReader, StampWriter } from '../../../src/store/sqlite/stamp-file.js'
import { StampMemory } from '../../../src/store/sqlite/stamp-memory.js'
import type { InstanceId } from '../../../src/task/identifiers.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'

interface Sides {
  readonly counters: StampCounters
  readonly view: StampView
}

const id = (text: string): InstanceId => text as InstanceId
const newPath = (): string => join(temporaryDirectory(), 'tasks.db-stamps')

function inMemory(): Sides {
  const counters = new StampMemory()
  return { counters, view: new StampMemory(counters.memory) }
}

function inFile(path = newPath()): Sides {
  makeStampFile(path)
  return { counters: new StampWriter(path), view: new StampReader(path) }
}

describe.each([
  ['in memory', inMemory],
  ['in a file', inFile],
])('stamps %s', (_where, open) => {
  test('are unknown while a change is being committed, and other ones after it', () => {
    const { counters, view } = open()
    const before = stampOf(view, id('a'))
    const committed = stampChange(counters, ['a'])
    expect(stampOf(view, id('a'))).toBeUndefined()
    committed()
    expect(stampOf(view, id('a'))).toBe((before ?? NaN) + 2)
    expect(stampOf(view, id('b'))).toBe(0)
  })

  test('of instances that share a counter change once in one commit', () => {
    const { counters, view } = open()
    // More names than there are counters.
    const names = Array.from({ length: 70_000 }, (_, index) => `instance-${index}`)
    const committed = stampChange(counters, names)
    expect(names.every((name) => stampOf(view, id(name)) === undefined)).toBe(true)
    committed()
    expect(names.every((name) => stampOf(view, id(name)) === 2)).toBe(true)
  })
})

describe('counters that cannot be written', () => {
  /** Counters that fail when `fails` says so; what was not written is remembered by who counts, as a StampWriter does. */
  function failing(fails: () => boolean): Sides {
    const meant = new Map<number, number>()
    const seen = new Map<number, number>()
    const counters: StampCounters = {
      read: (slot) => meant.get(slot) ?? 0,
      write: (slot, count) => {
        meant.set(slot, count)
        if (fails()) throw new Error('No space left on device')
        seen.set(slot, count)
      },
    }
    return { counters, view: { read: (slot) => seen.get(slot) ?? 0 } }
  }

  test('keep a change from being committed', () => {
    let isFull = true
    const { counters, view } = failing(() => isFull)
    expect(() => stampChange(counters, ['a'])).toThrow('No space left')
    expect(stampOf(view, id('a'))).toBe(0)
    isFull = false
    const committed = stampChange(counters, ['a'])
    expect(stampOf(view, id('a'))).toBeUndefined()
    committed()
    expect(stampOf(view, id('a'))).not.toBe(0)
  })

  test('after a commit leave it unknown what there is, until the next one, and during it', () => {
    let isFull = false
    const { counters, view } = failing(() => isFull)
    const committed = stampChange(counters, ['a'])
    isFull = true
    committed()
    expect(stampOf(view, id('a'))).toBeUndefined()
    isFull = false
    const again = stampChange(counters, ['a'])
    expect(stampOf(view, id('a'))).toBeUndefined()
    again()
    expect(stampOf(view, id('a'))).toBeDefined()
  })
})

describe('a file of stamps', () => {
  test('that is made anew, or removed, tells nothing to who has the old one open', () => {
    const path = newPath()
    const { view: old } = inFile(path)
    const { view: older } = inFile(path)
    expect([stampOf(old, id('a')), stampOf(older, id('a'))]).toEqual([undefined, 0])
    retireStampFile(path)
    expect(stampOf(older, id('a'))).toBeUndefined()
    expect(existsSync(path)).toBe(false)
    retireStampFile(path)
  })

  test('that was cut off tells nothing', () => {
    const path = newPath()
    const { view } = inFile(path)
    truncateSync(path, 0)
    expect(stampOf(view, id('a'))).toBeUndefined()
  })

  test('that is closed tells nothing, whatever file has its number now', () => {
    const path = newPath()
    makeStampFile(path)
    const reader = new StampReader(path)
    reader.close()
    inFile()
    expect(stampOf(reader, id('a'))).toBeUndefined()
    reader.close()
  })

  test('that is a link is removed, and what it leads to left alone', () => {
    const path = newPath()
    const other = `${path}-of-somebody`
    writeFileSync(other, 'precious')
    symlinkSync(other, path)
    inFile(path)
    expect(readFileSync(other, 'utf8')).toBe('precious')
    expect(lstatSync(path).isFile()).toBe(true)
  })

  test('on a full disk refuses what would be committed, as a full store does', () => {
    const counters = new StampWriter('/dev/full')
    expect(() => stampChange(counters, ['a'])).toThrow(expect.objectContaining({ code: 'RESOURCE_EXHAUSTED', reason: 'STORE_FULL' }))
    counters.close()
  })

  test('that cannot be made is named', () => {
    const path = join(temporaryDirectory(), 'missing', 'tasks.db-stamps')
    expect(() => makeStampFile(path)).toThrow(`${path}, which workers share, cannot be made: ENOENT`)
  })

  test('is missed by who only looks', () => {
    expect(() => new StampReader(newPath())).toThrow('ENOENT')
  })
})
