// The files of the console as `npm run build` left them, held in memory: what is not among them cannot be asked for.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file as it is served. */
export interface ConsoleFile {
  readonly contentType: string
  readonly body: Buffer
  /** With its quotes. */
  readonly etag: string
  /** Whether its name changes with its content, so that it can be kept for good. */
  readonly isHashed: boolean
}

/** Where the built files are, seen from the built program. */
const BUILT = fileURLToPath(new URL('../../console', import.meta.url))

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The files by their path below `/console/`, with `/` between. Throws Error when they have not been built. */
export function readConsoleFiles(directory = BUILT): ReadonlyMap<string, ConsoleFile> {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => extname(path) in CONTENT_TYPES)
  if (!paths.includes('index.html')) throw new Error(`The console is not in ${directory}: npm run build puts it there`)
  return new Map(paths.map((path) => [path.split(sep).join('/'), consoleFile(directory, path)]))
}

function consoleFile(directory: string, path: string): ConsoleFile {
  const body = readFileSync(join(directory, path))
  return {
    contentType: CONTENT_TYPES[extname(path)] ?? '',
    body,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    isHashed: path !== 'index.html',
  }
}
