// What an operator may write into the access file.
import { describe, expect, test } from 'vitest'
import { readAccessFile } from '../../src/auth/access-file.js'
import { thrownBy } from '../support/outcome.js'

test('everything it may say', () => {
  const table = readAccessFile(`{
    "subjects": { "system:serviceaccount:backup:agent": [{ "instances": ["vdc-1"], "roles": ["producer"] }] },
    "certificates": { "URI:spiffe://example.com/a": [{ "instances": "*", "roles": ["reader"] }], "DNS:a.example.com": [], "CN:a b": [] },
    "roles": { "Tasks.Operate": ["operator"] }
  }`)
  expect(table.subjects.get('system:serviceaccount:backup:agent')).toEqual([{ instances: ['vdc-1'], roles: ['producer'] }])
  expect(table.certificates.get('URI:spiffe://example.com/a')).toEqual([{ instances: 'all', roles: ['reader'] }])
  expect([...table.certificates.keys()]).toHaveLength(3)
  expect(table.roles.get('Tasks.Operate')).toEqual(['operator'])
})

test('nothing is enough', () => expect(readAccessFile('{}').subjects.size).toBe(0))

describe('refused', () => {
  test.each([
    ['', 'JSON'],
    ['[]', 'the file: expected an object'],
    ['{"subject":{}}', 'has subject; expected subjects, certificates and roles'],
    ['{"subjects":[]}', 'subjects: expected an object'],
    ['{"subjects":{"a":{}}}', 'subjects.a: expected a list'],
    ['{"subjects":{"a":[{"instances":["vdc-1"],"role":["reader"]}]}}', 'subjects.a[0] has role; expected instances and roles'],
    ['{"subjects":{"a":[{"instances":["*"],"roles":["reader"]}]}}', 'subjects.a[0].instances: expected "*" or a list of service instance ids'],
    ['{"subjects":{"a":[{"instances":["a/b"],"roles":["reader"]}]}}', 'subjects.a[0].instances: expected "*" or a list of service instance ids'],
    ['{"subjects":{"a":[{"roles":["reader"]}]}}', 'subjects.a[0].instances: expected a list'],
    ['{"subjects":{"a":[{"instances":"*","roles":["root"]}]}}', 'subjects.a[0].roles: expected a list of reader, operator, producer, admin'],
    ['{"certificates":{"agent":[]}}', 'certificates.agent: expected URI:, DNS: or CN: and a name'],
    ['{"roles":{"x":["root"]}}', 'roles.x: expected a list of reader, operator, producer, admin'],
  ])('%s', (text, message) => expect((thrownBy(() => readAccessFile(text)) as Error).message).toContain(message))
})
