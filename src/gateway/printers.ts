// The printers of a gateway: one per service and form of Any, made when first used.
import { MessagePrinter } from '../base/proto-json/print-message.js'
import type { TypeSource } from '../base/proto-json/type-source.js'
import type { GatewayOptions, JsonOptions } from './options.js'

/** Finds the printer for an answer. */
export class Printers {
  private readonly types: TypeSource
  private readonly options: Pick<GatewayOptions, 'json' | 'serviceJson'>
  private readonly made = new Map<string, MessagePrinter>()
  private readonly status: MessagePrinter

  constructor(types: TypeSource, options: Pick<GatewayOptions, 'json' | 'serviceJson'>) {
    this.types = types
    this.options = options
    this.status = new MessagePrinter(types, {
      alwaysEmit: ['code', 'message', 'details'].map((name) => `google.rpc.Status.${name}`),
    })
  }

  /** How a service reads and prints JSON. */
  json(service: string): JsonOptions {
    return { ...this.options.json, ...this.options.serviceJson?.[service] }
  }

  /** The printer of a service's answers; `any` is what the caller asked for. */
  answer(service: string, any: 'canonical' | 'documented' | undefined): MessagePrinter {
    const key = `${service} ${any ?? ''}`
    const known = this.made.get(key)
    if (known !== undefined) return known
    const printer = new MessagePrinter(this.types, { ...this.json(service), ...(any === undefined ? {} : { any }) })
    this.made.set(key, printer)
    return printer
  }

  /**
   * JSON of an encoded google.rpc.Status, canonical whatever the options of the services say: errors look the same
   * everywhere.
   */
  statusText(status: Uint8Array): string {
    const type = this.types.message('google.rpc.Status')
    if (type === undefined) throw new Error('google.rpc.Status is not in the schema')
    return this.status.print(type, status)
  }
}
