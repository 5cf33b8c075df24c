// What a server with everything turned on shows at /metrics before anything has happened.
import { Sight } from '../../src/sight/sight.js'
import { openLog } from '../../src/sight/process-log.js'
import { describedIn, type Described } from './metrics.js'

/** Every metric that there is. */
export async function everyMetric(): Promise<Described[]> {
  const log = openLog({ format: 'json', level: 'info' })
  const sight = new Sight({ ...log, version: '0.0.0', audit: { kind: 'stdout' }, tracing: undefined })
  sight.showWorkers(() => 0)
  sight.show({ load: () => ({ waiters: 0, watchers: 0 }), connections: () => ({}) })
  return describedIn(await sight.metrics.text())
}
