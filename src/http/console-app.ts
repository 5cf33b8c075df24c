// The console at /console: its files, and what its page has to know of this server. It calls the public API like anybody else.
import type { Request, RequestHandler, Response } from 'express'
import { compressed, encodingFor } from '../gateway/compression.js'
import { isNoneMatch } from '../base/entity-tag.js'
import { readConsoleFiles, type ConsoleFile } from './console-files.js'

/** What the page has to know; served at `/console/-/settings.json`. */
export interface ConsoleParts {
  /** Port of gRPC, for the commands that the page shows; asked for once it listens. */
  readonly grpcPort: () => number
  /** Whether calls need a token. */
  readonly needsToken: boolean
  /** Where people sign in; undefined: they paste a token. */
  readonly signIn: { readonly issuer: string; readonly clientId: string; readonly scope: string } | undefined
}

/** Headers of a page that runs its own scripts and styles, talks to this server and to where people sign in, and does nothing else. */
function headersFor({ signIn }: ConsoleParts): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    ["connect-src 'self'", ...(signIn === undefined ? [] : [new URL(signIn.issuer).origin])].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
}

/** A year, in seconds: for files whose names change with their content. */
const FOR_GOOD = 'public, max-age=31536000, immutable'

/** Answers all below the path that it is mounted at. Throws Error when the console has not been built. */
export function consoleApp(parts: ConsoleParts): RequestHandler {
  const files = readConsoleFiles()
  const headers = headersFor(parts)
  const sent = new Map<string, Promise<Uint8Array>>()
  return async (request, response) => {
    response.set(headers)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.status(405).set('allow', 'GET, HEAD').end()
    } else if (request.path === '/-/settings.json') {
      response.set('cache-control', 'no-store').json({ ...parts, grpcPort: parts.grpcPort() })
    } else {
      const file = fileFor(files, request.path)
      if (file === undefined) response.status(404).end()
      else await answer(request, response, { file, sent })
    }
  }
}

/** The file at `path`; the page for every path that is a place in the console, which the page reads for itself. */
function fileFor(files: ReadonlyMap<string, ConsoleFile>, path: string): ConsoleFile | undefined {
  const isAsset = path.startsWith('/-/') && /\.\w+$/.test(path)
  return files.get(isAsset ? path.slice(1) : 'index.html')
}

interface Answer {
  readonly file: ConsoleFile
  /** Compressed bodies by encoding and etag; each is made once. */
  readonly sent: Map<string, Promise<Uint8Array>>
}

async function answer(request: Request, response: Response, { file, sent }: Answer): Promise<void> {
  const { body, etag, contentType, isHashed } = file
  response.set({ etag, vary: 'accept-encoding', 'cache-control': isHashed ? FOR_GOOD : 'no-cache' })
  if (isNoneMatch(request.headers['if-none-match'], etag)) {
    response.status(304).end()
    return
  }
  const encoding = encodingFor(body.length, request.headers['accept-encoding'])
  response.set('content-type', contentType)
  if (encoding === undefined) {
    response.send(body)
    return
  }
  const key = `${encoding} ${etag}`
  const making = sent.get(key) ?? compressed(body, encoding)
  sent.set(key, making)
  response.set('content-encoding', encoding).send(await making)
}
