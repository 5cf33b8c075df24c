// Every text in every language, and values as each language writes them.
import { describe, expect, test } from 'vitest'
import { LANGUAGES, message, MESSAGES, type Language, type MessageKey } from '../../src/console/text/messages.js'
import { durationMs, Format } from '../../src/console/text/format.js'

const languages = Object.keys(LANGUAGES) as Language[]

describe.each(Object.entries(MESSAGES))('%s', (_key, texts) => {
  test('stands in every language, with the same values', () => {
    const values = languages.map((language) => [...texts[language].matchAll(/\{\w+\}/g)].map(String).sort())
    expect(languages.filter((language) => texts[language].trim() === '')).toEqual([])
    expect(values).toEqual(languages.map(() => values[0]))
  })
})

test('values take their places', () => {
  expect(message('en', 'taskMissingNote', { id: 't{id}', instance: 'vdc-1' })).toMatch(/^Nothing called t\{id\} is known in vdc-1\./)
})

test('every status of the API has a word', () => {
  const statuses: MessageKey[] = ['PENDING', 'RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED']
  expect(new Set(statuses.map((status) => message('ru', status))).size).toBe(statuses.length)
})

describe('lengths of time', () => {
  for (const [ms, expected] of [
    [0, '0s'],
    [-5, '0s'],
    [999, '0s'],
    [59_600, '59s'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [3_660_000 + 59_000, '1h 1m'],
    [90_000_000, '1d 1h'],
  ] as const) {
    test(`${ms} ms is ${expected}`, () => expect(new Format('en').duration(ms)).toBe(expected))
  }

  test('are said in the language of the reader', () => {
    expect(languages.map((language) => new Format(language).duration(61_000))).toEqual(['1m 1s', '1 мин 1 с', '1分钟 1秒'])
    expect(languages.map((language) => new Format(language).ago(120_000))).toEqual(['2m ago', '2 мин. назад', '2分钟前'])
  })
})

test('durations of the API are read', () => {
  expect(['15s', '0.25s', '', undefined, '5m'].map(durationMs)).toEqual([15_000, 250, undefined, undefined, undefined])
})
