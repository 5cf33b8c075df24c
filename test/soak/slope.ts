// Whether a number grows.

/** One measurement: minutes since the beginning, and the value. */
export type Sample = readonly [minutes: number, value: number]

/** By how much the value grows in a minute: the slope of the straight line that fits best (least squares). */
export function slope(samples: readonly Sample[]): number {
  const mean = (index: 0 | 1): number => samples.reduce((sum, sample) => sum + sample[index], 0) / samples.length
  const [middle, average] = [mean(0), mean(1)]
  const covariance = samples.reduce((sum, [minutes, value]) => sum + (minutes - middle) * (value - average), 0)
  const variance = samples.reduce((sum, [minutes]) => sum + (minutes - middle) ** 2, 0)
  return variance === 0 ? 0 : covariance / variance
}
