// A network of its own for a server, in which the way to the database can fall silent: what is sent there is dropped, in both
// directions, and no side hears of it. Needs root and `ip`; all its traffic stays inside of what it made.
import { execFileSync } from 'node:child_process'

/** A network name space with two ways out: one for callers, one for the database. */
export interface SilentNetwork {
  /** Words to start a program under, so that it is inside. */
  readonly under: readonly string[]
  /** Where those outside reach a program inside. */
  readonly inside: string
  /** Address outside, on the way that can fall silent. */
  readonly database: string
  silence(): void
  heal(): void
  close(): void
}

/** Who has none: nobody. What is sent there gets lost. */
const NOBODY = '02:00:00:00:00:fe'

function ip(command: string): string {
  return execFileSync('ip', command.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Makes one. Throws when this process may not. */
export function openSilentNetwork(): SilentNetwork {
  if (process.getuid?.() !== 0) throw new Error('A network name space takes root')
  const space = `taskplane-${process.pid}`
  const links = [
    { outer: `tp${process.pid}c`, inner: 'callers', outside: '198.51.100.1', inside: '198.51.100.2' },
    { outer: `tp${process.pid}d`, inner: 'database', outside: '198.51.100.129', inside: '198.51.100.130' },
  ] as const
  const [callers, database] = links
  ip(`netns add ${space}`)
  ip(`-n ${space} link set lo up`)
  for (const { outer, inner, outside, inside } of links) {
    ip(`link add ${outer} type veth peer name ${inner} netns ${space}`)
    ip(`addr add ${outside}/25 dev ${outer}`)
    ip(`-n ${space} addr add ${inside}/25 dev ${inner}`)
    ip(`link set ${outer} up`)
    ip(`-n ${space} link set ${inner} up`)
  }
  return {
    under: ['ip', 'netns', 'exec', space],
    inside: callers.inside,
    database: database.outside,
    silence() {
      ip(`neigh replace ${database.inside} lladdr ${NOBODY} nud permanent dev ${database.outer}`)
      ip(`-n ${space} neigh replace ${database.outside} lladdr ${NOBODY} nud permanent dev ${database.inner}`)
    },
    heal() {
      ip(`neigh del ${database.inside} dev ${database.outer}`)
      ip(`-n ${space} neigh del ${database.outside} dev ${database.inner}`)
    },
    close: () => void ip(`netns del ${space}`),
  }
}
