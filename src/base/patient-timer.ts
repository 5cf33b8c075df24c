// A timer for what others may be late with. A process that stood still finds its timers due before it reads what has arrived meanwhile.

/** Calls `expire` after `ms`, once what had arrived by then is read. Returns what stops it. */
export function startPatientTimer(ms: number, expire: () => void): () => void {
  let reading: NodeJS.Immediate | undefined
  const timer = setTimeout(() => (reading = setImmediate(expire)), ms)
  return () => {
    clearTimeout(timer)
    clearImmediate(reading)
  }
}
