// Entity tags of HTTP. Source: RFC 9110, sections 8.8.3 and 13.1.2.

/** Whether `If-None-Match` names the tag, so that the caller has the answer already. Compares weakly, as RFC 9110 says. */
export function isNoneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header === etag) return true
  return header.trim() === '*' || header.split(',').some((tag) => weakTag(tag.trim()) === weakTag(etag))
}

/** A tag without the mark of a weak one. */
export function weakTag(tag: string): string {
  return tag.replace(/^W\//, '')
}
