// What a plain express app costs for the same constants; no floor, but what many would build on.
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import express from 'express'

const [, , one = '', page = ''] = process.argv
const app = express().disable('x-powered-by').set('etag', false)
for (const [path, file] of [['/one', one], ['/page', page]] as const) {
  const body = readFileSync(file)
  app.get(path, (_request, response) => {
    response.set('Content-Type', 'application/json').end(body)
  })
}
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
