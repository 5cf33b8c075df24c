// A signal that aborts with the first of others. AbortSignal.any does the same, but in Node 20 each call of it leaves
// something behind in the signals that it was given, for as long as they live.

/** Runs `work` with a signal that aborts when one of `signals` does, with its reason, and lets go of them afterwards. */
export async function withAnyOf<T>(signals: readonly AbortSignal[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const any = new AbortController()
  const listeners = signals.map((signal) => {
    const aborted = (): void => any.abort(signal.reason)
    if (signal.aborted) aborted()
    signal.addEventListener('abort', aborted)
    return () => signal.removeEventListener('abort', aborted)
  })
  try {
    return await work(any.signal)
  } finally {
    for (const stop of listeners) stop()
  }
}
