import { defineConfig } from 'vitest/config'

// What needs a browser: `npm test` has to run without one.
export default defineConfig({
  test: { include: ['dist/test/browser/*.js'], testTimeout: 30_000, hookTimeout: 30_000 },
})
