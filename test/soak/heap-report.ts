// Loaded into a server under `npm run soak`: writes what it holds to the file TASKPLANE_HEAP_REPORT when SIGUSR2 comes.
import { renameSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

/** What a server holds, after a collection. */
export interface HeapReport {
  readonly heapBytes: number
  readonly externalBytes: number
  readonly timers: number
  readonly sockets: number
}

function report(path: string): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  process.on('SIGUSR2', () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    const resources = process.getActiveResourcesInfo()
    const count = (name: string): number => resources.filter((resource) => resource === name).length
    const held: HeapReport = { heapBytes: heapUsed, externalBytes: external, timers: count('Timeout'), sockets: count('TCPSocketWrap') }
    writeFileSync(`${path}.new`, JSON.stringify(held))
    renameSync(`${path}.new`, path)
  })
}

const path = process.env['TASKPLANE_HEAP_REPORT']
if (isMainThread && path !== undefined) report(path)
