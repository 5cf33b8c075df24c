// The grammar of path templates, as tables. Source: "Path template syntax" in google/api/http.proto.
import { describe, expect, test } from 'vitest'
import { parseTemplate, TemplateFault } from '../../src/gateway/template.js'

/** Segments and variables in one line: `v1 * {a.b=1..2} :verb`. */
function shape(text: string): string {
  const { segments, variables, verb } = parseTemplate(text)
  const parts = segments.map((segment) => (segment.kind === 'literal' ? segment.text : segment.kind))
  const bound = variables.map((variable) => `{${variable.fieldPath.join('.')}=${variable.start}..${variable.end}${variable.isMulti ? '+' : ''}}`)
  return [...parts, ...bound, ...(verb === undefined ? [] : [`:${verb}`])].join(' ')
}

describe('good', () => {
  const rows: readonly (readonly [text: string, shape: string])[] = [
    ['/v1', 'v1'],
    ['/v1/books', 'v1 books'],
    ['/*', '*'],
    ['/**', '**'],
    ['/v1/*/books', 'v1 * books'],
    ['/v1/**', 'v1 **'],
    ['/v1/{id}', 'v1 * {id=1..2}'],
    ['/v1/{id=*}', 'v1 * {id=1..2}'],
    ['/v1/{name=**}', 'v1 ** {name=1..2+}'],
    ['/v1/{name=shelves/*}', 'v1 shelves * {name=1..3+}'],
    ['/v1/{name=shelves}', 'v1 shelves {name=1..2}'],
    ['/v1/{name=shelves/*/books/*}', 'v1 shelves * books * {name=1..5+}'],
    ['/v1/{name=shelves/**}', 'v1 shelves ** {name=1..3+}'],
    ['/v1/{a}/{b}', 'v1 * * {a=1..2} {b=2..3}'],
    ['/v1/{a.b.c}', 'v1 * {a.b.c=1..2}'],
    ['/v1/{a.b=x/*}/y/{c}', 'v1 x * y * {a.b=1..3+} {c=4..5}'],
    ['/v1/books:list', 'v1 books :list'],
    ['/v1/{id}:cancel', 'v1 * {id=1..2} :cancel'],
    ['/v1/{name=a/**}:undelete', 'v1 a ** {name=1..3+} :undelete'],
    ['/**:any', '** :any'],
    ['/v1/a-b_c.d~e', 'v1 a-b_c.d~e'],
    ['/v1/a%20b', 'v1 a b'],
    ['/v1/%D0%B6', 'v1 ж'],
    ["/v1/!$&'()+,;@", "v1 !$&'()+,;@"],
    ['/pkg.Service/Method', 'pkg.Service Method'],
    ['/v1/{_id}', 'v1 * {_id=1..2}'],
    ['/v1/{a1.b2}', 'v1 * {a1.b2=1..2}'],
  ]
  for (const [text, expected] of rows) test(text, () => expect(shape(text)).toBe(expected))
})

describe('bad, and where', () => {
  const rows: readonly (readonly [text: string, column: number, problem: RegExp])[] = [
    ['', 1, /begins with "\/"/],
    ['v1/books', 1, /begins with "\/"/],
    ['/', 2, /a segment/],
    ['//v1', 2, /a segment/],
    ['/v1/', 5, /a segment/],
    ['/v1//books', 5, /a segment/],
    ['/v1/{', 6, /field name/],
    ['/v1/{}', 6, /field name/],
    ['/v1/{1a}', 6, /field name/],
    ['/v1/{a', 7, /"}"/],
    ['/v1/{a.}', 8, /field name/],
    ['/v1/{.a}', 6, /field name/],
    ['/v1/{a=}', 8, /a segment/],
    ['/v1/{a=b/}', 10, /a segment/],
    ['/v1/{a=/b}', 8, /a segment/],
    ['/v1/{a={b}}', 8, /may not hold another/],
    ['/v1/{a=x/{b}}', 10, /may not hold another/],
    ['/v1/{a}/{a}', 9, /"a" is bound twice/],
    ['/v1/{a-b}', 7, /"}"/],
    ['/v1/**/books', 8, /nothing may follow/],
    ['/v1/{a=**}/b', 12, /nothing may follow/],
    ['/v1/{a=**}/{b}', 14, /nothing may follow/],
    ['/v1/{a=**/b}', 11, /nothing may follow/],
    ['/v1/**/*', 8, /nothing may follow/],
    ['/v1/a*', 6, /unexpected "\*"/],
    ['/v1/*a', 6, /unexpected "a"/],
    ['/v1/***', 7, /unexpected "\*"/],
    ['/v1/{a}b', 8, /unexpected "b"/],
    ['/v1/a{b}', 6, /unexpected "{"/],
    ['/v1/a}', 6, /unexpected "}"/],
    ['/v1/a b', 6, /unexpected " "/],
    ['/v1/a?b', 6, /unexpected "\?"/],
    ['/v1/a#b', 6, /unexpected "#"/],
    ['/v1/ж', 5, /a segment/],
    ['/v1/%zz', 5, /a segment/],
    ['/v1/%2', 5, /a segment/],
    ['/v1/%ff', 5, /not UTF-8/],
    ['/v1:', 5, /a verb/],
    ['/v1:a/b', 6, /unexpected "\/"/],
    ['/v1:a:b', 6, /unexpected ":"/],
    ['/v1:*', 5, /a verb/],
    ['/v1/:verb', 5, /a segment/],
  ]
  for (const [text, column, problem] of rows) {
    test(text === '' ? '(empty)' : text, () => {
      const fault = faultOf(text)
      expect([fault.column, fault.message]).toEqual([column, expect.stringMatching(problem)])
    })
  }
})

function faultOf(text: string): TemplateFault {
  try {
    parseTemplate(text)
  } catch (error) {
    if (error instanceof TemplateFault) return error
    throw error
  }
  throw new Error(`${text} was taken`)
}
