// The console of a server that asks nobody who they are, for tests of what stands beside it.
import type { ConsoleParts } from '../../src/http/console-app.js'

export const OPEN_CONSOLE: ConsoleParts = { grpcPort: () => 0, needsToken: false, signIn: undefined }
