// What the admin port says of a server: that it lives, that its store writes, what it is, and what it has lost.
import { releaseWarning } from '../base/node-release.js'
import { DOCTOR_LIMITS } from '../limits.js'
import { labelsOf, valueOf } from './exposition.js'
import { finding, type Finding } from './finding.js'
import { httpGet, type ProbeAnswer } from './http-get.js'

/** Looks at the admin port at `base`, such as `http://127.0.0.1:9090`; `version` is that of this program. */
export async function checkAdmin(base: string, version: string): Promise<Finding[]> {
  const { ok, failure } = finding('probes')
  let live: ProbeAnswer
  try {
    live = await httpGet(`${base}/livez`)
  } catch (error) {
    return [failure(`${base}/livez does not answer (${(error as Error).message}): is --admin-address right?`)]
  }
  if (live.status !== 200) return [failure(`${base}/livez answers ${live.status}: something else than Taskplane listens there`)]
  const { body: metrics } = await httpGet(`${base}/metrics`)
  return [
    ok(`${base} answers`),
    await checkReadiness(base),
    checkClock(live.date),
    checkVersion(metrics, version),
    checkNode(metrics),
    checkOpenFiles(metrics),
    checkLosses(metrics),
  ]
}

async function checkReadiness(base: string): Promise<Finding> {
  const { ok, warning, failure } = finding('store')
  const began = performance.now()
  const { status } = await httpGet(`${base}/readyz`)
  const ms = Math.round(performance.now() - began)
  if (status !== 200) return failure('the server is not ready: its store does not write in time; its log says why')
  if (ms > DOCTOR_LIMITS.readyMs) return warning(`a write of the store took ${ms} ms: the disk is slow or busy`)
  return ok(`reads and writes; a write took ${ms} ms`)
}

function checkClock(date: string | undefined): Finding {
  const { ok, warning, skipped } = finding('clock')
  if (date === undefined) return skipped('the server does not say what time it is')
  // The header has whole seconds.
  const skewMs = Math.abs(Date.parse(date) + 500 - Date.now())
  if (skewMs <= DOCTOR_LIMITS.skewMs) return ok('the clocks of the server and of this machine agree')
  return warning(`the clocks of the server and of this machine differ by ${Math.round(skewMs / 1000)} s: set both by NTP`)
}

function checkVersion(metrics: string, version: string): Finding {
  const { ok, warning } = finding('version')
  const { version: served } = labelsOf(metrics, 'taskplane_build_info')
  if (served === undefined) return warning('the server does not say what it is: it is older than this program')
  return served === version ? ok(`${served}, as this program`) : warning(`the server is ${served}, this program is ${version}`)
}

function checkNode(metrics: string): Finding {
  const { ok, warning, skipped } = finding('Node.js')
  const { node } = labelsOf(metrics, 'taskplane_build_info')
  if (node === undefined) return skipped('the server does not say what it runs on')
  const old = releaseWarning(node.replace(/^v/, ''), new Date())
  return old === undefined ? ok(node) : warning(old)
}

function checkOpenFiles(metrics: string): Finding {
  const { ok, warning, skipped } = finding('open files')
  const most = valueOf(metrics, 'process_max_fds')
  if (most === undefined) return skipped('the server does not say how many files it may open')
  if (most >= DOCTOR_LIMITS.openFiles) return ok(`${valueOf(metrics, 'process_open_fds') ?? 0} of ${most}`)
  return warning(`the server may open ${most} files, which is fewer than its connections: raise its limit (ulimit -n) to ${DOCTOR_LIMITS.openFiles}`)
}

function checkLosses(metrics: string): Finding {
  const { ok, warning } = finding('logs')
  const audit = valueOf(metrics, 'taskplane_audit_lines_lost_total') ?? 0
  const log = valueOf(metrics, 'taskplane_log_lines_dropped') ?? 0
  if (audit === 0 && log === 0) return ok('nothing was lost')
  return warning(`lost since the start: ${audit} lines of the audit log, ${log} of the log; who reads them, or their disk, is too slow`)
}
