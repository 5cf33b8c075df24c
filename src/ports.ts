// The ports of a server by their settings: listening on them, and saying all that stands in the way of a start at once.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { formatAddress, SETTINGS, type Address, type Config } from './config.js'

/** The ports of a server. */
export const PORTS = ['grpc', 'http', 'admin'] as const

export type PortName = (typeof PORTS)[number]

/** Opens the port `name` by `start`. Rejects with an Error that names its setting. */
export async function openPort<Port>(name: PortName, config: Config, start: (address: Address) => Promise<Port>): Promise<Port> {
  try {
    return await start(config[name])
  } catch (cause) {
    const { flag, variable } = SETTINGS[name]
    const at = formatAddress(config[name])
    throw new Error(`Cannot listen on --${flag} (${variable}) ${at}: ${(cause as Error).message}`, { cause })
  }
}

/** Listens on the ports `names` for a moment; `faults` gets those that cannot be had. */
export async function tryPorts(names: readonly PortName[], config: Config, faults: string[]): Promise<void> {
  for (const name of names) await collect(faults, openPort(name, config, tryAddress))
}

async function tryAddress({ host, port }: Address): Promise<void> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  server.close()
}

/** The value of `opening`; when it fails, undefined, and its message among the faults. */
export async function collect<T>(faults: string[], opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening
  } catch (error) {
    faults.push((error as Error).message)
    return undefined
  }
}

/** The error of a start that was not possible. */
export function cannotStart(faults: readonly string[]): Error {
  return new Error(`Cannot start:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
}
