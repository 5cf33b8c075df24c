// What a token is, before anybody looks at its signature: JSON that says each thing once.
import { JsonObject, scanJson, type JsonNode } from '../base/proto-json/json-text.js'

/** Objects and arrays within each other, in the header or the claims of a token. */
const DEPTH = 16

/**
 * Throws Error unless the header and the claims of `token` are JSON objects without a name given twice, of which two readers
 * may take different ones (RFC 8725, section 2.8), and without one that means something to JavaScript.
 */
export function checkTokenForm(token: string): void {
  const parts = token.split('.')
  if (parts.length !== 3) throw new Error('the token is no signed JWT')
  for (const part of parts.slice(0, 2)) {
    const node = scanJson(Buffer.from(part, 'base64url'), DEPTH)
    if (!(node instanceof JsonObject)) throw new Error('a part of the token is no JSON object')
    checkNames(node)
  }
}

function checkNames(node: JsonNode): void {
  if (Array.isArray(node)) {
    for (const item of node as readonly JsonNode[]) checkNames(item)
  } else if (node instanceof JsonObject) {
    const names = new Set(node.members.map(([name]) => name))
    if (names.size < node.members.length) throw new Error('the token gives a name twice')
    if (names.has('__proto__')) throw new Error('the token names __proto__')
    for (const [, value] of node.members) checkNames(value)
  }
}
