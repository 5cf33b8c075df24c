// The floor of REST: node:http answering constants, in as many processes as it is told (one). Prints its port; `GET /one`, `/page`, and
// 304 to If-None-Match.
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'

const [, , one = '', page = '', workers = '1'] = process.argv

if (cluster.isPrimary && workers !== '1') {
  for (let worker = 0; worker < Number(workers); worker += 1) cluster.fork()
  cluster.once('listening', (_worker, { port }) => tell(port))
} else {
  serve()
}

function serve(): void {
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
  }).listen(0, '127.0.0.1', () => {
    if (cluster.isPrimary) tell((server.address() as AddressInfo).port)
  })
}

function tell(port: number): void {
  process.stdout.write(`${port}\n`)
}
