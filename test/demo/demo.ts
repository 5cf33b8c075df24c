// `npm run demo`: a server on a store of its own with a control plane that is played, until Ctrl-C; then nothing of it is left.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { MAIN, startServer, type ServerProcess } from '../support/server-process.js'
import { ControlPlane, type Cluster } from './control-plane.js'

/** The second is a UUID, as clients of NetApp Astra have them. */
const INSTANCES = ['vdc-1', '7c3f7a52-0d6f-4d4e-b7c7-64a4f0d8f0a1'] as const
const STEP_MS = 1500
const NAMES = ['orders', 'billing', 'search', 'frontend', 'analytics', 'media']
const BACKUP_SCRIPT = 'for i in $(seq 1 60); do echo "::progress $((i * 100 / 60)) archived $i of 60 volumes"; sleep 1; done'

const stopped = new AbortController()
const directory = mkdtempSync(join(tmpdir(), 'taskplane-demo-'))
// As often as they come: whoever is impatient leaves nothing behind either. What the demo starts does not hear the Ctrl-C of the
// terminal by itself, for programs have to end, and to report that, before the server does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())

try {
  const server = await startServer(directory, { detached: true })
  process.stdout.write(welcome(server))
  const programs = keepRunning(server)
  const planes = INSTANCES.map((instance, index) => play(server, instance, STEP_MS * (index + 1)))
  await Promise.race([stopSignal(), ...planes, programs])
  await Promise.allSettled([...planes, programs])
  await server.stop()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
process.stdout.write('\nStopped; the store of the demo is gone.\n')
// Reports that were on their way to the server need not keep the process.
process.exit()

/** Plays until the demo is stopped: a round of everything, one after another begun, again and again. */
async function play(server: ServerProcess, instance: string, stepMs: number): Promise<void> {
  const { signal } = stopped
  const plane = new ControlPlane({ address: server.addresses.grpc, instance, stepMs, signal })
  for (let round = 0; !signal.aborted; round += 1) {
    const cluster = (offset: number): Cluster => ({ name: `${NAMES[(round + offset) % NAMES.length] ?? ''}-${round + 1}`, env: (round + offset) % 2 === 0 ? 'prod' : 'test' })
    const works = [
      () => plane.createCluster(cluster(0)),
      () => plane.upgradeCluster(cluster(1)),
      () => plane.takeBackup(cluster(2)),
      () => plane.restoreLater(cluster(3), 12),
      () => plane.failToDelete(cluster(4)),
      () => plane.loseOwner(cluster(5)),
      () => plane.cancelledUpgrade(cluster(2)),
      () => plane.takeBackup(cluster(4), round % 2 === 0 ? 'WARNING' : 'PARTIAL'),
    ]
    for (const work of works) {
      // What the demo is stopped in the middle of, or what somebody does to a task of it, is no fault.
      void work().catch(() => undefined)
      await wait(2 * stepMs, undefined, { signal }).catch(() => undefined)
    }
  }
  plane.close()
}

/** A real program, run by `taskplane run` again and again: cancel it, and see that it ends. */
async function keepRunning(server: ServerProcess): Promise<void> {
  const { signal } = stopped
  const [instance] = INSTANCES
  const run = ['run', '--instance', instance, '--grpc-address', server.addresses.grpc, '--command', 'archive.volumes', '--summary', 'A real process: cancel it']
  while (!signal.aborted) {
    const child = spawn(process.execPath, [MAIN, ...run, '--', 'sh', '-c', BACKUP_SCRIPT], { stdio: 'ignore', detached: true })
    const stop = (): boolean => child.kill('SIGTERM')
    signal.addEventListener('abort', stop)
    await new Promise((resolve) => child.once('close', resolve))
    signal.removeEventListener('abort', stop)
    await wait(10_000, undefined, { signal }).catch(() => undefined)
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => stopped.signal.addEventListener('abort', () => resolve(), { once: true }))
}

function welcome({ url, addresses: { grpc } }: ServerProcess): string {
  const [instance, uuid] = INSTANCES
  // By its place, so that it runs in any directory.
  const taskplane = `node '${MAIN}'`
  return `
Taskplane is running with a control plane that is played. Ctrl-C stops it and leaves nothing behind.

  The console     ${url}/console/${instance}
  Another tenant  ${url}/console/${uuid}
  The API         ${url}/docs

Try, in another terminal:

  curl -s -G ${url}/openshift/v1/${instance}/tasks --data-urlencode 'filter=status = FAILED'
  curl -sN -H 'Accept: text/event-stream' ${url}/openshift/v1/${instance}/tasks:watch
  ${taskplane} list --grpc-address ${grpc} --instance ${instance} --filter 'command = cluster.*'
  ${taskplane} watch --grpc-address ${grpc} --instance ${instance}
  ${taskplane} run --grpc-address ${grpc} --instance ${instance} --command my.work -- sleep 30
`
}
