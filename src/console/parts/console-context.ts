// What every part of the page has at hand: the server, and the language.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Server } from '../api/commands.js'
import type { Send } from '../api/request.js'
import type { Format } from '../text/format.js'
import type { Language, MessageKey } from '../text/messages.js'

/** The surroundings of a part. */
export interface Console {
  readonly send: Send
  readonly server: Server
  /** The time where the server is, in milliseconds as of Date.now(). */
  readonly now: () => number
  readonly language: Language
  readonly format: Format
  /** The text of a message in the language of the reader. */
  readonly say: (key: MessageKey, values?: Readonly<Record<string, string>>) => string
}

export const ConsoleContext = createContext<Console | undefined>(undefined)

/** The surroundings. */
export function useConsole(): Console {
  const console = useContext(ConsoleContext)
  if (console === undefined) throw new Error('A part of the console stands outside of it')
  return console
}
