// What all exchanges of one gateway use.
import type { TypeSource } from '../base/proto-json/type-source.js'
import type { KnownReads } from './known-reads.js'
import type { GatewayOptions } from './options.js'
import type { PrintedParts } from './printed-parts.js'
import type { Printers } from './printers.js'

/** What all exchanges of one gateway use. */
export interface Shared {
  readonly options: GatewayOptions
  readonly types: TypeSource
  readonly printers: Printers
  readonly printed: PrintedParts
  readonly known: KnownReads
}
