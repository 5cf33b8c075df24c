/** The middle one of `values`; the higher one of two. NaN when there is none. */
export function median(values: readonly number[] = []): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
