import { defineConfig } from 'vitest/config'

// What needs a browser: `npm test` has to run without one.
export default defineConfig({
  test: { include: ['dist/test/browser/*.js'], testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 15_000 } } },
})
