// The metrics of several processes, as Prometheus gets those of one server.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { WORKER_LIMITS } from '../../src/limits.js'
import type { Metrics } from '../../src/workers/messages.js'
import { MetricsSum, type MeasuredProcess } from '../../src/workers/metrics-sum.js'
import { valueIn } from '../support/metrics.js'

/** A process whose numbers are all `value`. */
function measured(value: number): MeasuredProcess {
  const registry = new Registry()
  const registers = [registry]
  new Counter({ name: 'calls', help: 'h', labelNames: ['code'], registers }).inc({ code: 'OK' }, value)
  new Gauge({ name: 'open', help: 'h', registers }).set(value)
  new Gauge({ name: 'up', help: 'h', aggregator: 'max', registers }).set(value)
  new Histogram({ name: 'seconds', help: 'h', buckets: [1, 10], registers }).observe(value)
  return { ask: () => registry.getMetricsAsJSON() }
}

const silent: MeasuredProcess = { ask: () => new Promise(() => undefined) }

function sumOf(processes: readonly MeasuredProcess[]): MetricsSum {
  return new MetricsSum('text/plain', () => measured(1).ask('metrics'), () => processes)
}

test('counters, histograms and gauges are added up, but for what says otherwise', async () => {
  const text = await sumOf([measured(2), measured(3)]).text()
  const values = ['calls{code="OK"}', 'open', 'up', 'seconds_sum', 'seconds_count', 'seconds_bucket{le="1"}'].map((series) => valueIn(text, series))
  expect(values).toEqual([6, 6, 3, 6, 3, 1])
})

test('what has been counted stays when a process has ended; what is there now does not', async () => {
  const processes = [measured(2), measured(3)]
  const sum = sumOf(processes)
  await sum.text()
  for (const process of [...processes]) {
    sum.retire(process)
    processes.shift()
  }
  const text = await sum.text()
  expect(['calls{code="OK"}', 'open', 'seconds_sum', 'seconds_count'].map((series) => valueIn(text, series))).toEqual([6, 1, 6, 3])
})

test('nobody waits longer than metricsMs for a process that is silent, whose last numbers count', async () => {
  let isSilent = false
  const moody: MeasuredProcess = { ask: (): Promise<Metrics> => (isSilent ? silent : measured(2)).ask('metrics') }
  const sum = sumOf([moody])
  expect(valueIn(await sum.text(), 'open')).toBe(3)
  isSilent = true
  const began = performance.now()
  expect(valueIn(await sum.text(), 'open')).toBe(3)
  expect(performance.now() - began).toBeGreaterThan(WORKER_LIMITS.metricsMs - 50)
  expect(valueIn(await sumOf([silent]).text(), 'open')).toBe(1)
})
