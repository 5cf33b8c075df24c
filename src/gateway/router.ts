// Finds the route of a request: literals beat `*`, `*` beats `**`, with backtracking, whatever the order of the rules.
// It matches the raw path and decodes each segment once.
import type { Route } from './route.js'

/** A route, and the raw values of its variables by index. */
export interface Match {
  readonly route: Route
  /** Decoded value of each variable of the template. */
  readonly values: readonly string[]
}

/** What a path leads to. */
export type Found =
  | { readonly kind: 'route'; readonly match: Match }
  /** The path is known, the method is not; `allow` are the methods that are, sorted. */
  | { readonly kind: 'method'; readonly allow: readonly string[] }
  /** The path is not percent-encoded UTF-8. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'none' }

interface Node {
  readonly literals: Map<string, Node>
  any: Node | undefined
  /** Routes that end here, by verb. */
  readonly ends: Map<string, Route[]>
  /** Routes that end in `**` here, by verb. */
  readonly rest: Map<string, Route[]>
}

/** Routes by path. */
export class Router {
  private readonly root = newNode()
  private readonly verbs = new Set<string>()

  /** Throws Error naming both methods when two routes cannot be told apart. */
  constructor(routes: readonly Route[]) {
    for (const route of routes) this.add(route)
  }

  private add(route: Route): void {
    let node = this.root
    const { segments, verb = '' } = route.template
    if (verb !== '') this.verbs.add(verb)
    for (const segment of segments) {
      if (segment.kind === '**') break
      const next = segment.kind === 'literal' ? node.literals.get(segment.text) : node.any
      const found = next ?? newNode()
      if (segment.kind === 'literal') node.literals.set(segment.text, found)
      else node.any = found
      node = found
    }
    const leaf = segments.at(-1)?.kind === '**' ? node.rest : node.ends
    const present = leaf.get(verb) ?? []
    const rival = present.find((other) => other.httpMethod === route.httpMethod)
    if (rival !== undefined)
      throw new Error(
        `${route.method.typeName} and ${rival.method.typeName} have the same route: ${route.httpMethod} ${route.template.text} and ${rival.template.text}`,
      )
    leaf.set(verb, [...present, route])
  }

  /** The route for a request. `path` is raw, without the query. HEAD is answered by GET where it has no route of its own. */
  find(method: string, path: string): Found {
    const raw = path.split('/')
    if (raw.shift() !== '') return { kind: 'none' }
    const verbAt = raw.at(-1)?.lastIndexOf(':') ?? -1
    // Where a verb of this name exists for the path, the path is about it; otherwise the colon belongs to the value.
    const last = raw.at(-1) ?? ''
    const verb = last.slice(verbAt + 1)
    if (verbAt >= 0 && this.verbs.has(verb)) {
      // A verb on nothing: an empty segment, not an id that looks like a verb.
      if (verbAt === 0) return { kind: 'none' }
      const found = this.search(method, [...raw.slice(0, -1), last.slice(0, verbAt)], verb)
      if (found.kind !== 'none') return found
    }
    return this.search(method, raw, '')
  }

  private search(method: string, raw: readonly string[], verb: string): Found {
    const segments = raw.map(decode)
    if (segments.includes(undefined)) return { kind: 'malformed' }
    // An empty or dot segment names nothing: whoever sends one has a path that others would read as another.
    if (segments.some((text) => text === '' || text === '.' || text === '..')) return { kind: 'none' }
    const allowed = new Set<string>()
    for (const route of candidates(this.root, segments as string[], 0, verb)) {
      if (accepts(route, method)) return { kind: 'route', match: { route, values: valuesOf(route, raw) } }
      allowed.add(route.httpMethod)
    }
    if (method === 'HEAD' && allowed.has('GET')) return this.search('GET', raw, verb)
    if (allowed.size === 0) return { kind: 'none' }
    return { kind: 'method', allow: [...allowed, ...(allowed.has('GET') ? ['HEAD'] : []), 'OPTIONS'].sort() }
  }
}

function newNode(): Node {
  return { literals: new Map(), any: undefined, ends: new Map(), rest: new Map() }
}

/** Routes for the segments from `at`, best first. Each node is visited once at most, so the time is bounded by the routes. */
function* candidates(node: Node, segments: readonly string[], at: number, verb: string): Generator<Route> {
  const segment = segments[at]
  if (segment === undefined) yield* node.ends.get(verb) ?? []
  else {
    const literal = node.literals.get(segment)
    if (literal !== undefined) yield* candidates(literal, segments, at + 1, verb)
    if (node.any !== undefined) yield* candidates(node.any, segments, at + 1, verb)
  }
  yield* node.rest.get(verb) ?? []
}

function accepts(route: Route, method: string): boolean {
  return route.httpMethod === method || route.httpMethod === '*'
}

function valuesOf(route: Route, raw: readonly string[]): readonly string[] {
  const { segments, variables } = route.template
  return variables.map((variable) => {
    const endsOpen = segments[variable.end - 1]?.kind === '**'
    const parts = raw.slice(variable.start, endsOpen ? raw.length : variable.end)
    if (!variable.isMulti) return decode(parts[0] ?? '') ?? ''
    return parts
      .map((part) =>
        part
          .split(/(%2f)/i)
          .map((piece) => (/^%2f$/i.test(piece) ? piece : (decode(piece) ?? '')))
          .join(''),
      )
      .join('/')
  })
}

/** Percent-decoded text; undefined when it is not UTF-8 or has characters that a URL cannot have. */
function decode(text: string): string | undefined {
  if (/^[\w.~-]*$/.test(text)) return text
  if (/[^\x21-\x7e]/.test(text)) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
