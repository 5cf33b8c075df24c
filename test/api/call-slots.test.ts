// Who gets a place among the calls that run.
import { describe, expect, test } from 'vitest'
import { CallSlots, type CallSlot } from '../../src/api/call-slots.js'
import { MemoryPressure } from '../../src/api/memory-pressure.js'
import { CALL_LIMITS, MEMORY_LIMITS } from '../../src/limits.js'
import { smallerLimits } from '../support/smaller-limits.js'
import { thrownBy } from '../support/outcome.js'

const READ = { name: 'read', waits: false, writes: false }
const WRITE = { name: 'write', waits: false, writes: true }
const WAIT = { name: 'wait', waits: true, writes: false }
const TOO_MANY = { code: 'RESOURCE_EXHAUSTED', reason: 'TOO_MANY_CALLS' }

function enter(slots: CallSlots, instance: string, operation = READ): CallSlot {
  const slot = slots.enter(operation, 0)
  slot.join(instance)
  slot.hold()
  return slot
}

/** Takes places until one is refused. */
function fill(slots: CallSlots, instance: string, operation = READ): CallSlot[] {
  const taken: CallSlot[] = []
  try {
    for (;;) taken.push(enter(slots, instance, operation))
  } catch (error) {
    expect(error).toMatchObject(TOO_MANY)
    return taken
  }
}

describe('an instance', () => {
  test(`has ${CALL_LIMITS.tenantCalls} calls at once, reads and writes together, and others have theirs`, () => {
    const slots = new CallSlots()
    const writes = Array.from({ length: 20 }, () => enter(slots, 'a', WRITE))
    const reads = fill(slots, 'a')
    expect(writes.length + reads.length).toBe(CALL_LIMITS.tenantCalls)
    expect(thrownBy(() => enter(slots, 'a', WRITE))).toMatchObject({ ...TOO_MANY, details: { retryDelayMs: CALL_LIMITS.retryDelayMs } })
    enter(slots, 'a', WAIT)
    enter(slots, 'b', WRITE).leave()
    writes[0]?.leave()
    expect(fill(slots, 'a')).toHaveLength(1)
    expect(fill(slots, 'b')).toHaveLength(CALL_LIMITS.tenantCalls)
  })

  test('gives back once what it took, and nothing that it did not get', () => {
    const slots = new CallSlots()
    for (let round = 0; round < 3; round += 1) {
      const taken = fill(slots, 'a')
      expect(taken).toHaveLength(CALL_LIMITS.tenantCalls)
      for (const slot of [...taken, ...taken]) slot.leave()
    }
  })

  test.each([1, 4, 7])('can be joined by another one, although %i greedy ones take all they can', (greedy) => {
    const slots = new CallSlots()
    for (let one = 0; one < greedy; one += 1) expect(fill(slots, `greedy ${one}`, WRITE).length).toBeGreaterThan(0)
    expect(fill(slots, 'late', WRITE).length).toBeGreaterThan(0)
  })

  test(`begins ${CALL_LIMITS.tenantBurst} calls at once and is told when to begin the next, also when they wait`, () => {
    const slots = new CallSlots()
    for (let call = 0; call < CALL_LIMITS.tenantBurst; call += 1) enter(slots, 'a', call % 2 === 0 ? READ : WAIT).leave()
    for (const operation of [READ, WRITE, WAIT]) {
      expect(thrownBy(() => enter(slots, 'a', operation))).toMatchObject({ ...TOO_MANY, details: { retryDelayMs: 5 } })
    }
    enter(slots, 'b')
  })
})

test.each([
  [MEMORY_LIMITS.shedPercent - 1, [READ, WRITE, WAIT]],
  [MEMORY_LIMITS.shedPercent, [READ, WRITE]],
  [MEMORY_LIMITS.refusePercent - 1, [READ, WRITE]],
  [MEMORY_LIMITS.refusePercent, []],
])('at %i percent of the memory these are taken: %j', (percent, taken) => {
  const slots = new CallSlots(new MemoryPressure(() => percent))
  const entered = [READ, WRITE, WAIT].filter((operation) => {
    try {
      slots.enter(operation, 0)
      return true
    } catch (error) {
      expect(error).toMatchObject({ ...TOO_MANY, details: { retryDelayMs: CALL_LIMITS.retryDelayMs } })
      return false
    }
  })
  expect(entered).toEqual(taken)
})

test('memory is looked at again after a while', () => {
  smallerLimits(MEMORY_LIMITS, { checkMs: 20 })
  let percent = 99
  const slots = new CallSlots(new MemoryPressure(() => percent))
  expect(thrownBy(() => slots.enter(READ, 0))).toMatchObject(TOO_MANY)
  percent = 1
  expect(thrownBy(() => slots.enter(READ, 19))).toMatchObject(TOO_MANY)
  slots.enter(READ, 20).leave()
})

test('the heap of this process has room', () => {
  expect(new MemoryPressure().hasRoom(true, performance.now())).toBe(true)
})
