// The headers of a request as they came: Node's `headers` keeps only the first of two that should be one.

/** The values of a header in `rawHeaders`, where names stand at even places and values at odd ones. `name` is in lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const header = rawHeaders[at] ?? ''
    if (header.length === name.length && header.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '')
  }
  return values
}
