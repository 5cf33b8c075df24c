// Which rows of a long list are drawn: those in sight and a few more.

/** Rows from `first` up to, without, `end`. */
export interface RowWindow {
  readonly first: number
  readonly end: number
}

/** Rows beyond what is in sight, on both sides, so that scrolling shows no gaps. */
const MARGIN = 12

/** The rows for a list whose top is `scrolled` pixels above the top of what can be seen, `height` pixels high. */
export function rowWindow(count: number, rowHeight: number, { scrolled, height }: { readonly scrolled: number; readonly height: number }): RowWindow {
  const first = Math.min(Math.max(Math.floor(scrolled / rowHeight) - MARGIN, 0), count)
  const end = Math.min(Math.max(Math.ceil((scrolled + height) / rowHeight) + MARGIN, first), count)
  return { first, end }
}
