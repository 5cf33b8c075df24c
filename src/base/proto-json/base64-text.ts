// bytes as text: base64 and base64url of RFC 4648, read strictly. Node's own decoder skips what it does not understand.

/**
 * The bytes; undefined when a character, the length, the padding or the last bits are wrong, or both alphabets are
 * mixed. Padding may be left out.
 */
export function parseBase64(text: string): Uint8Array | undefined {
  if (!/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/.test(text)) return undefined
  const unpadded = text.replace(/=+$/, '')
  const padding = text.length - unpadded.length
  if (unpadded.length % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return undefined
  const bytes = Buffer.from(unpadded, 'base64url')
  const last = unpadded.length % 4
  // The last character carries bits that belong to no byte: they must be zero, or two texts would mean the same bytes.
  if (last !== 0 && bytes.subarray(-(last - 1)).toString('base64url') !== toUrlAlphabet(unpadded.slice(-last))) return undefined
  return bytes
}

function toUrlAlphabet(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_')
}
