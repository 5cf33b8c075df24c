// Protobuf bytes by hand, where copying them beats decoding them.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** A length-delimited field: its tag, its length, its bytes. */
export function bytesField(number: number, bytes: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish()
}
