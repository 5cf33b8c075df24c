// google.protobuf.Any around generated messages.
import type { Any } from '../../gen/google/protobuf/any.js'

const TYPE_URL_PREFIX = 'type.googleapis.com/'

/** What ts-proto generates for a message, as far as packing needs it. */
interface Packable<Message, Partial> {
  readonly $type: string
  fromPartial(partial: Partial): Message
  encode(message: Message): { finish(): Uint8Array }
}

/** What ts-proto generates for a message, as far as unpacking needs it. */
interface Unpackable<Message> {
  readonly $type: string
  decode(bytes: Uint8Array): Message
}

/** `message` in an Any with the customary type URL, `type.googleapis.com/` and its full name. */
export function packAny<Message, Partial>(codec: Packable<Message, Partial>, message: Partial): Any {
  const value = Buffer.from(codec.encode(codec.fromPartial(message)).finish())
  return { typeUrl: `${TYPE_URL_PREFIX}${codec.$type}`, value }
}

/** The message in `any` when it is of the codec's type, whatever the host of its type URL; undefined otherwise. */
export function unpackAny<Message>(codec: Unpackable<Message>, any: Any): Message | undefined {
  if (any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1) !== codec.$type) return undefined
  return codec.decode(any.value)
}
