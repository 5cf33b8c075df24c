// What a check of a deployment finds, in words for the person who runs it.

/** `warning`: it works, and will not for long or not well. `failure`: it does not work. `skipped`: it could not be looked at. */
export type Verdict = 'ok' | 'warning' | 'failure' | 'skipped'

/** One thing that was looked at. */
export interface Finding {
  /** What, such as `gRPC health`. */
  readonly check: string
  readonly verdict: Verdict
  /** How it is, and for anything but `ok` what to do. */
  readonly message: string
}

/** Makes the findings of one check. */
export function finding(check: string): Readonly<Record<Verdict, (message: string) => Finding>> {
  const of = (verdict: Verdict) => (message: string) => ({ check, verdict, message })
  return { ok: of('ok'), warning: of('warning'), failure: of('failure'), skipped: of('skipped') }
}
