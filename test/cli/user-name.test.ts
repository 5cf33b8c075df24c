import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { userName } from '../../src/cli/user-name.js'

const nobody = (): never => {
  throw new Error('uv_os_get_passwd returned ENOENT')
}

test.each([
  ['the list of users', userName(), userInfo().username],
  ['$USER, when it is not in the list', userName(nobody, { USER: 'ann' }), 'ann'],
  ['the number, when there is nothing else', userName(nobody, {}), `uid-${process.getuid?.() ?? ''}`],
])('a user has the name of %s', (_name, actual, expected) => {
  expect(actual).toBe(expected)
})
