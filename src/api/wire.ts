// Protobuf bytes by hand, where copying them beats decoding them: answers are joined from encoded tasks.
import { BinaryWriter } from '@bufbuild/protobuf/wire'

const LENGTH_DELIMITED = 2

/** A length-delimited field: its tag, its length, its bytes. */
export function bytesField(number: number, bytes: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(number, LENGTH_DELIMITED).bytes(bytes).finish()
}

/** The bytes of a repeated message field whose elements are encoded already. */
export function repeatedField(number: number, elements: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const element of elements) writer.tag(number, LENGTH_DELIMITED).bytes(element)
  return writer.finish()
}
