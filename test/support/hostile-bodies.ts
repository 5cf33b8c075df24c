// Bodies of creates that are none, or too much, as they are sent to an HTTP port.
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { head } from './raw-http1.js'

/** One of them. */
export interface HostileBody {
  readonly name: string
  /** Makes what is sent. */
  readonly parts: () => (string | Uint8Array)[]
  /** How the answer begins, and what it says. */
  readonly answer: RegExp
}

const JSON_TYPE = 'Content-Type: application/json'
const MIB = 1024 * 1024

/** For `POST path`. `bombMib`: what a compressed one becomes, in MiB. */
export function hostileBodies(path: string, bombMib = 128): readonly HostileBody[] {
  const post = (...headers: string[]): string => head(`POST ${path}`, ...headers)
  const packed = (bytes: Uint8Array, encoding: string): (string | Uint8Array)[] => [
    post(JSON_TYPE, `Content-Encoding: ${encoding}`, `Content-Length: ${bytes.length}`),
    bytes,
  ]
  const bomb = (): Buffer => Buffer.alloc(bombMib * MIB, 0x20)
  return [
    { name: 'one byte over the limit', parts: () => [post(JSON_TYPE, 'Content-Length: 393217'), 'x'.repeat(393_217)], answer: /^HTTP\/1\.1 413 [^]*BODY_TOO_LARGE/ },
    { name: 'a length of 2^53', parts: () => [post(JSON_TYPE, 'Content-Length: 9007199254740992')], answer: /^HTTP\/1\.1 413 / },
    { name: `${bombMib} MiB in gzip`, parts: () => packed(gzipSync(bomb()), 'gzip'), answer: /^HTTP\/1\.1 413 / },
    { name: `${bombMib} MiB in brotli`, parts: () => packed(brotliCompressSync(bomb()), 'br'), answer: /^HTTP\/1\.1 413 / },
    { name: 'what is no gzip', parts: () => packed(Buffer.from('{"command":"c"}'), 'gzip'), answer: /^HTTP\/1\.1 400 [^]*MALFORMED_BODY/ },
    {
      name: 'chunks without end',
      parts: () => [post(JSON_TYPE, 'Transfer-Encoding: chunked'), ...Array.from({ length: 8 }, () => `10000\r\n${'x'.repeat(65_536)}\r\n`)],
      answer: /^HTTP\/1\.1 413 /,
    },
    { name: '100,000 levels', parts: () => [post(JSON_TYPE, 'Content-Length: 100000'), '['.repeat(100_000)], answer: /^HTTP\/1\.1 400 [^]*JSON_TOO_DEEP/ },
    { name: 'another charset', parts: () => [post(`${JSON_TYPE}; charset=utf-16le`, 'Content-Length: 2'), '{}'], answer: /^HTTP\/1\.1 415 / },
    { name: 'text', parts: () => [post('Content-Type: text/plain', 'Content-Length: 2'), '{}'], answer: /^HTTP\/1\.1 415 / },
    { name: 'the same key twice', parts: () => [post(JSON_TYPE, 'Content-Length: 29'), '{"command":"c","command":"d"}'], answer: /^HTTP\/1\.1 400 / },
  ]
}
