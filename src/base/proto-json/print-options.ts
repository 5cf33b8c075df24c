// How messages are printed as JSON.

/** All default to the canonical proto3 JSON mapping. */
export interface PrintOptions {
  /** Print lists, maps and fields without presence even when they are empty. Default: false. */
  readonly emitDefaults?: boolean
  /** Print field names as in the proto (`page_size`) instead of lowerCamelCase. Default: false. */
  readonly protoNames?: boolean
  /** Print enum values as numbers. Default: false. */
  readonly enumNumbers?: boolean
  /** Print 64-bit integers as JSON numbers instead of strings; a JavaScript reader loses digits over 2^53. Default: false. */
  readonly int64Numbers?: boolean
  /**
   * How google.protobuf.Any is printed. `canonical`: the message inside with its `@type`. `documented`:
   * `{"typeUrl": ..., "value": <base64>}`. A type that is not known, or bytes that are not of it, are always printed in the
   * second form. Default: canonical.
   */
  readonly any?: 'canonical' | 'documented'
  /** Full names (`pkg.Message.field`) of fields to print even when empty, as `emitDefaults` would. Default: none. */
  readonly alwaysEmit?: readonly string[]
}
