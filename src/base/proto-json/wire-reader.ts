// Reads the protobuf wire format in place: positions in one buffer, no copies. It knows nothing of descriptors.
import { isUtf8 } from 'node:buffer'

/** Wire types of protobuf, as the low three bits of a tag. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const

/** Bytes that are not protobuf. */
export class WireFault extends Error {
  override readonly name = 'WireFault'
}

const MAX_GROUP_DEPTH = 100

/** A cursor over encoded protobuf. All methods throw WireFault when the bytes end too early or are no such value. */
export class WireReader {
  /** Offset of the next byte. */
  pos = 0
  /** Messages around the one being read. */
  depth = 0
  private readonly buffer: Buffer
  private latin: string | undefined

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Number of bytes in all. */
  get length(): number {
    return this.buffer.length
  }

  /** An unsigned varint, cut to its low 32 bits: tags, lengths, uint32. */
  uint32(): number {
    const first = this.buffer[this.pos]
    if (first !== undefined && first < 0x80) {
      this.pos += 1
      return first
    }
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte()
      if (shift < 32) value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new WireFault('a varint of more than 10 bytes')
  }

  /** An unsigned 64-bit varint. */
  uint64(): bigint {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return BigInt(low)
    }
    let value = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new WireFault('a varint of more than 10 bytes')
  }

  /** The same, as a number where it is below 2^49, which nearly all are: arithmetic on bigint is slow. */
  varint(): number | bigint {
    const start = this.pos
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return low
    }
    let high = 0
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = this.byte()
      high |= (byte & 0x7f) << shift
      if (byte < 0x80) return low + high * 0x1000_0000
    }
    this.pos = start
    return this.uint64()
  }

  fixed32(): number {
    return this.buffer.readUInt32LE(this.advance(4))
  }

  fixed64(): bigint {
    return this.buffer.readBigUInt64LE(this.advance(8))
  }

  float(): number {
    return this.buffer.readFloatLE(this.advance(4))
  }

  double(): number {
    return this.buffer.readDoubleLE(this.advance(8))
  }

  /** A length and that many bytes, not copied. */
  bytes(): Buffer {
    const end = this.span()
    const bytes = this.buffer.subarray(this.pos, end)
    this.pos = end
    return bytes
  }

  /** A length and that many bytes of UTF-8. */
  string(): string {
    const bytes = this.bytes()
    if (!isUtf8(bytes)) throw new WireFault('a string that is not UTF-8')
    return bytes.toString('utf8')
  }

  /** The same as JSON text, with its quotes. */
  jsonString(): string {
    const end = this.span()
    const start = this.pos
    let at = start
    // Plain ASCII without quotes and backslashes is its own JSON: the usual case, done without a copy in between.
    while (at < end && isPlain(this.buffer[at] ?? 0)) at += 1
    if (at < end) return JSON.stringify(this.checkedText(start, end))
    this.pos = end
    // One decoding of the whole buffer, and slices of it, cost far less than a call into the runtime for each string.
    this.latin ??= this.buffer.toString('latin1')
    return `"${this.latin.slice(start, end)}"`
  }

  /** A length; answers the offset where the value ends and leaves `pos` at its start. */
  span(): number {
    const end = this.uint32() + this.pos
    if (end > this.buffer.length) throw new WireFault('bytes that end too early')
    return end
  }

  /** Passes over the value of a field, whatever it is. */
  skip(wireType: number, fieldNumber: number, depth = 0): void {
    if (fieldNumber === 0) throw new WireFault('a field number 0')
    if (wireType === WIRE.varint) {
      const last = this.pos + 9
      while (this.byte() >= 0x80) if (this.pos > last) throw new WireFault('a varint of more than 10 bytes')
    } else if (wireType === WIRE.fixed64) this.advance(8)
    else if (wireType === WIRE.bytes) this.pos = this.span()
    else if (wireType === WIRE.fixed32) this.advance(4)
    else if (wireType === WIRE.startGroup) this.skipGroup(fieldNumber, depth)
    else throw new WireFault('an unknown wire type')
  }

  /** Passes over a group; answers the offset of its end tag. */
  skipGroup(fieldNumber: number, depth = 0): number {
    if (depth >= MAX_GROUP_DEPTH) throw new WireFault('groups nested too deeply')
    for (;;) {
      const start = this.pos
      const tag = this.uint32()
      if ((tag & 7) !== WIRE.endGroup) this.skip(tag & 7, tag >>> 3, depth + 1)
      else if (tag >>> 3 === fieldNumber) return start
      else throw new WireFault('a group that ends as another')
    }
  }

  /** The bytes between two offsets, not copied. */
  slice(start: number, end: number): Buffer {
    return this.buffer.subarray(start, end)
  }

  private checkedText(start: number, end: number): string {
    const bytes = this.buffer.subarray(start, end)
    if (!isUtf8(bytes)) throw new WireFault('a string that is not UTF-8')
    this.pos = end
    return bytes.toString('utf8')
  }

  private byte(): number {
    const byte = this.buffer[this.pos]
    if (byte === undefined) throw new WireFault('bytes that end too early')
    this.pos += 1
    return byte
  }

  private advance(length: number): number {
    const start = this.pos
    if (start + length > this.buffer.length) throw new WireFault('bytes that end too early')
    this.pos = start + length
    return start
  }
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
}
