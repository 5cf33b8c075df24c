// Protobuf bytes by hand, where copying them beats decoding them: answers are joined from encoded tasks.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** A length-delimited field: its tag, its length, its bytes. */
export function bytesField(number: number, bytes: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish()
}

/** The bytes of a repeated message field whose elements are encoded already. */
export function repeatedField(number: number, elements: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const element of elements) writer.tag(number, WireType.LengthDelimited).bytes(element)
  return writer.finish()
}
