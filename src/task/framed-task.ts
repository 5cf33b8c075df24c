// A task as field 1 of a message, which is what answers carry: the bytes of a GetTaskResponse, and those of one element of a
// ListTasksResponse. Made by hand, because copying them beats decoding them.

/** Field 1, length-delimited. */
const TAG = 0x0a

/** An encoded openshift.v1.Task with its tag and length before it. */
export function frameTask(encoded: Uint8Array): Uint8Array {
  const head = headBytes(encoded.length)
  const framed = Buffer.allocUnsafe(head + encoded.length)
  framed[0] = TAG
  let rest = encoded.length
  for (let at = 1; at < head; at += 1) {
    framed[at] = at === head - 1 ? rest : (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  framed.set(encoded, head)
  return framed
}

/** The encoded task of a framed one; shares its memory. */
export function unframeTask(framed: Uint8Array): Uint8Array {
  let head = 1
  while (((framed[head] ?? 0) & 0x80) !== 0) head += 1
  return framed.subarray(head + 1)
}

/** Bytes of the tag and of the length as a varint. */
function headBytes(length: number): number {
  let bytes = 2
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes += 1
  return bytes
}
