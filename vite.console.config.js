import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// The console, as the files that the server ships. It is served at /console; see src/http/console-files.ts.
export default defineConfig({
  root: fileURLToPath(new URL('src/console', import.meta.url)),
  base: '/console/',
  // A stray .env of whoever builds has no business in what ships.
  envDir: false,
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('dist/console', import.meta.url)),
    emptyOutDir: true,
    // Beside any name that a service instance is likely to have.
    assetsDir: '-',
    // Browsers that know light-dark(), which the styles need.
    target: ['chrome123', 'firefox124', 'safari17.5'],
    // The policy of the page forbids scripts and images inside of it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
