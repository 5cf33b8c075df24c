// The import directions of the house (docs/ARCHITECTURE.md):
// base <- task <- {store, auth <- api <- http/astra, http/nse} <- {grpc, http} <- app <- main; gateway imports base only;
// cli imports gen, base and the client; nobody but app imports store.
const src = (...rooms) => `^src/(${rooms.join('|')})`

/** A room, and what of src/ it may import beside itself. */
const ROOMS = {
  'base/': [],
  'gateway/': ['base/'],
  'task/': ['base/', 'limits\\.ts'],
  'store/': ['base/', 'task/', 'limits\\.ts', 'set-limits\\.ts'],
  'auth/': ['base/', 'task/', 'limits\\.ts'],
  'api/': ['base/', 'task/', 'auth/', 'limits\\.ts'],
  'grpc/': ['base/', 'task/', 'api/', 'auth/', 'limits\\.ts'],
  'http/': ['base/', 'task/', 'api/', 'auth/', 'gateway/', 'limits\\.ts'],
  'console/': [],
  'client/': ['base/'],
  'sight/': ['base/', 'task/', 'api/', 'gateway/', 'limits\\.ts'],
  'doctor/': ['base/', 'config/loopback\\.ts', 'limits\\.ts'],
  'cli/': ['base/', 'client/'],
  'limits\\.ts': ['base/'],
  'set-limits\\.ts': ['limits\\.ts'],
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' }, to: {} },
    { name: 'src-imports-no-test', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    { name: 'gen-imports-no-src', severity: 'error', from: { path: '^gen/' }, to: { path: '^(src|test)/' } },
    {
      name: 'src-imports-no-dev-dependency',
      severity: 'error',
      // What the console imports is in the files that are built from it.
      from: { path: '^src/', pathNot: '^src/console/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'] },
    },
    ...Object.entries(ROOMS).map(([room, may]) => ({
      name: `rooms-of-${room.replace(/\W/g, '')}`,
      severity: 'error',
      comment: `${room} imports ${may.join(', ') || 'nothing else'} of src/`,
      from: { path: src(room) },
      to: { path: '^src/', pathNot: src(room, ...may) },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
}
