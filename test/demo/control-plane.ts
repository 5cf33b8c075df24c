// A control plane that is only played: services that record the work of one instance as real ones would, through the SDK.
import { setTimeout as wait } from 'node:timers/promises'
import structPackage from 'google-protobuf/google/protobuf/struct_pb.js'
import type { Any } from '../../gen/google/protobuf/any.js'
import { BadRequest, ErrorInfo, RetryInfo } from '../../gen/google/rpc/error_details.js'
import { StatusDetail, Task, TaskResource } from '../../gen/openshift/v1/task.js'
import { packAny } from '../../src/base/any.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { TaskProducer, WorkFailed, type Work, type WorkResult, type WorkToDo } from '../../src/client/task-producer.js'

/** How to play. */
export interface Play {
  /** `host:port` of the gRPC port. */
  readonly address: string
  readonly instance: string
  /** Milliseconds of one step of work. */
  readonly stepMs: number
  /** Ends what plays. */
  readonly signal: AbortSignal
}

/** A cluster that work is done to. */
export interface Cluster {
  readonly name: string
  readonly env: string
}

interface Step {
  readonly percent: number
  readonly text: string
}

/** Lease of the work that loses its owner: the shortest that there is. */
const SHORT_TTL = { seconds: 5n, nanos: 0 }

/** The services of one instance. */
export class ControlPlane {
  private readonly play: Play
  private readonly producer: TaskProducer
  private readonly client: TaskplaneClient

  constructor(play: Play) {
    this.play = play
    this.producer = new TaskProducer(play)
    this.client = new TaskplaneClient(play.address)
  }

  close(): void {
    this.producer.close()
    this.client.close()
  }

  /** A family: a cluster is made of a network, machines, and what ties them together. */
  async createCluster(cluster: Cluster): Promise<void> {
    const toDo = { ...this.about('cluster.create', cluster), service: 'clusters', cancelSupported: true, progressFromChildren: true }
    await this.run(toDo, async (work) => {
      const part = (command: string, orderHint: number, steps: readonly string[]): Promise<unknown> =>
        this.part(work, { ...this.about(command, cluster), service: 'clusters', parentTaskId: work.taskId, orderHint }, steps)
      await part('network.allocate', 1, ['reserving a subnet', 'opening ports'])
      const machines = [1, 2, 3].map((number) => part('machine.provision', 2, [`asking for machine ${number}`, 'installing', 'joining']))
      await Promise.all(machines)
      await part('cluster.bootstrap', 3, ['starting the control plane', 'waiting for nodes', 'running checks'])
      return { response: struct({ endpoint: `https://${cluster.name}.example.com:6443`, nodes: 3, version: '4.21.3' }) }
    })
  }

  /** Long work that can be paused and cancelled. */
  async upgradeCluster(cluster: Cluster): Promise<void> {
    const toDo = {
      ...this.about('cluster.upgrade', cluster),
      service: 'clusters',
      summary: 'From 4.20 to 4.21, node by node',
      cancelSupported: true,
      pauseSupported: true,
    }
    await this.run(toDo, (work) => this.steps(work, evenSteps(20, (step) => `upgrading node ${step + 1} of 20`)))
  }

  /** Work that goes well, and sometimes not quite. */
  async takeBackup(cluster: Cluster, outcome: 'CLEAN' | 'WARNING' | 'PARTIAL' = 'CLEAN'): Promise<void> {
    const toDo = { ...this.about('backup.take', cluster), service: 'backup', createdBy: 'backup-scheduler', cancelSupported: true }
    await this.run(toDo, async (work) => {
      await this.steps(work, evenSteps(6, (step) => `copied ${(step + 1) * 8} of 48 GiB`))
      const detail = StatusDetail.create({ type: 'snapshot', title: 'Volume skipped', detail: 'pvc-7 was busy and is not in this backup.' })
      return { outcome, response: struct({ bytes: 51539607552, volumes: 12 }), statusDetails: outcome === 'CLEAN' ? [] : [detail] }
    })
  }

  /** Work that fails, and says exactly why. */
  async failToDelete(cluster: Cluster): Promise<void> {
    const toDo = { ...this.about('cluster.delete', cluster), service: 'clusters', cancelSupported: true }
    await this.run(toDo, async (work) => {
      await this.steps(work, evenSteps(4, () => 'draining nodes').slice(0, 2))
      throw new WorkFailed('FAILED_PRECONDITION', 'Cannot delete a cluster that still has volumes attached', [
        packAny(ErrorInfo, { reason: 'VOLUMES_ATTACHED', domain: 'clusters.example.com', metadata: { cluster: cluster.name, volumes: '3' } }),
        packAny(BadRequest, {
          fieldViolations: [
            { field: 'spec.volumes[0]', description: 'pvc-3 is mounted by orders-db' },
            { field: 'spec.volumes[1]', description: 'pvc-7 is mounted by orders-db' },
          ],
        }),
        packAny(RetryInfo, { retryDelay: { seconds: 300n, nanos: 0 } }),
      ])
    })
  }

  /** Work whose process dies: nobody renews its lease. Resolves once it has begun; it fails by itself seconds later. */
  async loseOwner(cluster: Cluster): Promise<void> {
    const task = { ...this.about('volume.resize', cluster), service: 'storage' }
    const { instance: serviceInstanceId } = this.play
    const { id: taskId } = await this.client.create({ serviceInstanceId, task: Task.create(task), leasePolicy: { ttl: SHORT_TTL, maxAttempts: 1 } })
    await this.client.startWithLease({ serviceInstanceId, taskId, owner: 'storage-7f9c4' })
  }

  /** Work that is recorded now and begun later, in a type that the server does not know. */
  async restoreLater(cluster: Cluster, steps: number): Promise<void> {
    const task = { ...this.about('backup.restore', cluster), service: 'backup', metadata: ownType(cluster.name), cancelSupported: true }
    const { instance: serviceInstanceId } = this.play
    const { id: taskId } = await this.client.create({ serviceInstanceId, task: Task.create(task) })
    await this.pause(steps)
    await this.client.start({ serviceInstanceId, taskId })
    await this.pause(2)
    await this.client.complete({ serviceInstanceId, taskId, outcome: 'CLEAN' })
  }

  /** Work that somebody changes their mind about. Resolves once it has been cancelled. */
  async cancelledUpgrade(cluster: Cluster): Promise<void> {
    const { instance: serviceInstanceId, stepMs } = this.play
    const toDo = { ...this.about('cluster.upgrade', cluster), service: 'clusters', cancelSupported: true, pauseSupported: true }
    const cancel = async (taskId: string): Promise<void> => {
      await wait(4 * stepMs)
      await this.client.cancel({ serviceInstanceId, taskId, reason: 'wrong maintenance window' })
    }
    await this.run(toDo, (work) => {
      void cancel(work.taskId).catch(() => undefined) // the work has ended meanwhile
      return this.steps(work, evenSteps(20, (step) => `upgrading node ${step + 1} of 20`))
    })
  }

  private about(command: string, { name, env }: Cluster): WorkToDo {
    return {
      command,
      createdBy: 'maria@example.com',
      resource: TaskResource.create({ id: name, type: 'cluster', name }),
      labels: { env, team: 'platform' },
      metadata: struct({ cluster: name, region: 'eu-central', size: { nodes: 3, flavor: 'm5.large' } }),
    }
  }

  private async run(toDo: WorkToDo, work: (work: Work) => Promise<WorkResult | undefined>): Promise<void> {
    // A short lease makes a cancel heard soon: its renewals ask for it.
    await this.producer.run(toDo, work, { ttlMs: 6000, owner: `${toDo.service ?? ''}-5d8f6`, signal: this.play.signal })
  }

  private part(parent: Work, toDo: WorkToDo, texts: readonly string[]): Promise<void> {
    parent.signal.throwIfAborted()
    return this.run({ ...toDo, cancelSupported: true }, (work) => this.steps(work, evenSteps(texts.length, (step) => texts[step] ?? '')))
  }

  private async steps(work: Work, steps: readonly Step[]): Promise<undefined> {
    for (const { percent, text } of steps) {
      await work.checkpoint()
      work.progress(percent, text)
      await this.pause(1, work.signal)
    }
  }

  private async pause(steps: number, signal: AbortSignal = this.play.signal): Promise<void> {
    await wait(steps * this.play.stepMs, undefined, { signal: AbortSignal.any([signal, this.play.signal]) })
  }
}

function evenSteps(count: number, text: (step: number) => string): Step[] {
  return Array.from({ length: count }, (_, step) => ({ percent: (step * 100) / count, text: text(step) }))
}

function struct(value: Record<string, structPackage.JavaScriptValue>): Any {
  const bytes = structPackage.Struct.fromJavaScript(value).serializeBinary()
  return { typeUrl: 'type.googleapis.com/google.protobuf.Struct', value: Buffer.from(bytes) }
}

/** A message of a type that only its producer knows: its field 1 is a text. */
function ownType(text: string): Any {
  const bytes = Buffer.from(text)
  return { typeUrl: 'type.example.com/backup.v1.RestoreRequest', value: Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]) }
}
