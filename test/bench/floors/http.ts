// The floor of REST: node:http answering constants. Prints its port; `GET /one`, `/page`, and 304 to If-None-Match.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'

const [, , one = '', page = ''] = process.argv
const bodies = new Map([
  ['/one', readFileSync(one)],
  ['/page', readFileSync(page)],
])

const server = createServer((request, response) => {
  const body = bodies.get(request.url ?? '')
  if (request.headers['if-none-match'] !== undefined) {
    response.writeHead(304, { ETag: '"1"' }).end()
    return
  }
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': String(body?.length ?? 0) }).end(body)
}).listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
