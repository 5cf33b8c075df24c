// Events come out whole, however the network cuts them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventStream, type SentEvent } from '../../src/console/api/event-stream.js'

function read(...pieces: readonly string[]): SentEvent[] {
  const stream = new EventStream()
  return pieces.flatMap((piece) => stream.push(piece))
}

test('ids stay, names do not, comments are nothing', () => {
  expect(read(':\n\nid: 7\ndata: {"a":1}\n\n', 'event: error\ndata: first\ndata: second\n\ndata:bare\n\n')).toEqual([
    { event: 'message', data: '{"a":1}', id: '7' },
    { event: 'error', data: 'first\nsecond', id: '7' },
    { event: 'message', data: 'bare', id: '7' },
  ])
})

test('an event that has not ended is none', () => {
  expect(read('data: half')).toEqual([])
})

test('the places where it is cut make no difference', () => {
  const line = fc.constantFrom('data: x', 'data: 1: 2', 'id: 3', 'event: end', ': alive', '')
  const end = fc.constantFrom('\n', '\r\n', '\r')
  const source = fc.array(fc.tuple(line, end), { maxLength: 20 }).map((lines) => lines.map((pair) => pair.join('')).join(''))
  fc.assert(
    fc.property(source, fc.array(fc.nat(200), { maxLength: 6 }), (text, cuts) => {
      const whole = `${text}\n\n`
      const places = [0, ...cuts.map((cut) => cut % whole.length).sort((a, b) => a - b), whole.length]
      const pieces = places.slice(1).map((place, index) => whole.slice(places[index], place))
      expect(read(...pieces)).toEqual(read(whole))
    }),
  )
})
