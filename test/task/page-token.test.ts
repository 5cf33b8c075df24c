import { expect, test } from 'vitest'
import { LIST_LIMITS } from '../../src/limits.js'
import type { InstanceId } from '../../src/task/identifiers.js'
import { readPageToken, writePageToken, type ListIdentity } from '../../src/task/page-token.js'
import { outcome } from '../support/outcome.js'
import { smallerLimits } from '../support/smaller-limits.js'

const NOW = new Date('2026-01-01T00:00:00Z')
const LIST: ListIdentity = {
  instance: 'vdc-1' as InstanceId,
  filter: 'status = FAILED',
  order: { field: 'created_at', descending: true },
}
const TOKEN = writePageToken(LIST, 42n, NOW)

const later = (ms: number): Date => new Date(NOW.getTime() + ms)

test.each([
  ['the empty token', '', LIST, NOW, undefined],
  ['its own list', TOKEN, LIST, NOW, 42n],
  ['its own list, a day later', TOKEN, LIST, later(LIST_LIMITS.pageTokenAgeMs), 42n],
  ['its own list, more than a day later', TOKEN, LIST, later(LIST_LIMITS.pageTokenAgeMs + 1), 'INVALID_PAGE_TOKEN'],
  ['another instance', TOKEN, { ...LIST, instance: 'vdc-2' as InstanceId }, NOW, 'PAGE_TOKEN_MISMATCH'],
  ['another filter', TOKEN, { ...LIST, filter: '' }, NOW, 'PAGE_TOKEN_MISMATCH'],
  ['another order', TOKEN, { ...LIST, order: { field: 'modified_at', descending: true } }, NOW, 'PAGE_TOKEN_MISMATCH'],
  ['another direction', TOKEN, { ...LIST, order: { field: 'created_at', descending: false } }, NOW, 'PAGE_TOKEN_MISMATCH'],
  ['no token at all', 'hello', LIST, NOW, 'INVALID_PAGE_TOKEN'],
  ['a cut token', TOKEN.slice(0, -1), LIST, NOW, 'INVALID_PAGE_TOKEN'],
  ['a longer token', `${TOKEN}A`, LIST, NOW, 'INVALID_PAGE_TOKEN'],
  ['a padded token', `${TOKEN}=`, LIST, NOW, 'INVALID_PAGE_TOKEN'],
  ['a huge token', 'A'.repeat(1_000_000), LIST, NOW, 'INVALID_PAGE_TOKEN'],
] as const)('%s', (...[, token, list, now, expected]) => {
  expect(outcome(() => readPageToken(token, list, now))).toBe(expected)
})

test('a token with any one character changed is refused', () => {
  for (let at = 0; at < TOKEN.length; at += 1) {
    const changed = TOKEN.slice(0, at) + (TOKEN[at] === 'A' ? 'B' : 'A') + TOKEN.slice(at + 1)
    expect(outcome(() => readPageToken(changed, LIST, NOW))).toBe('INVALID_PAGE_TOKEN')
  }
})

test('a token is no longer than pageTokenLength', () => {
  smallerLimits(LIST_LIMITS, { pageTokenLength: TOKEN.length })
  expect(readPageToken(TOKEN, LIST, NOW)).toBe(42n)
  smallerLimits(LIST_LIMITS, { pageTokenLength: TOKEN.length - 1 })
  expect(outcome(() => readPageToken(TOKEN, LIST, NOW))).toBe('INVALID_PAGE_TOKEN')
})

test('a token is safe in a URL as it is', () => {
  expect(encodeURIComponent(TOKEN)).toBe(TOKEN)
})
