// The page at /docs: lists the operations of the OpenAPI document beside it and calls them. One file, nothing from outside.
import { createHash } from 'node:crypto'

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}summary{cursor:pointer;padding:.35rem 0;font-family:ui-monospace,monospace}
summary b{display:inline-block;min-width:4.5rem}details{border-top:1px solid #d8dee4}label{display:block;margin:.4rem 0}
input,textarea,select{font:13px ui-monospace,monospace;width:100%;box-sizing:border-box;padding:.3rem}textarea{height:9rem}
pre{background:#f3f5f7;padding:.6rem;overflow:auto;max-height:24rem;white-space:pre-wrap}button{padding:.35rem 1rem;margin:.4rem 0}
small{color:#57606a}.text{white-space:pre-wrap}@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}pre{background:#161b22}}
`

const SCRIPT = `
const el = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props)
  node.append(...children)
  return node
}
const text = (value) => el('p', { className: 'text', textContent: value || '' })
const field = (name, note, input) => el('label', {}, name + ' ', el('small', { textContent: note }), input)

/** What of an operation a person fills in. */
const form = (op) => {
  const content = op.requestBody && Object.entries(op.requestBody.content)[0]
  const example = content && content[1].example
  return {
    inputs: (op.parameters || []).map((parameter) => [parameter, el('input')]),
    type: content && content[0],
    body: content && el('textarea', { value: example === undefined ? '' : JSON.stringify(example, null, 2) }),
    kinds: Object.keys(op.responses[200].content),
  }
}

/** Kept nowhere but here. */
const token = el('input', { type: 'password', autocomplete: 'off' })

const address = (path, inputs) => {
  let url = path
  const query = new URLSearchParams()
  for (const [parameter, input] of inputs) {
    if (parameter.in === 'path') url = url.replace('{' + parameter.name + '}', encodeURIComponent(input.value))
    else if (input.value !== '') {
      const values = parameter.schema.type === 'array' ? input.value.split(',') : [input.value]
      for (const value of values) query.append(parameter.name, value)
    }
  }
  return query.size ? url + '?' + query : url
}

/** Shows the answer as it comes; a whole JSON text is laid out at the end. */
const show = async (response, output) => {
  const head = response.status + ' ' + response.statusText + '\\n\\n'
  let body = ''
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    body = (body + part.value).slice(-200000)
    output.textContent = head + body
  }
  try {
    body = JSON.stringify(JSON.parse(body), null, 2)
  } catch {}
  output.textContent = head + body
}

const operation = (method, path, op, base) => {
  const { inputs, type, body, kinds } = form(op)
  const accept = el('select', {}, ...kinds.map((kind) => el('option', { textContent: kind })))
  const output = el('pre', { hidden: true })
  let running
  const send = async () => {
    if (running) running.abort()
    running = new AbortController()
    output.hidden = false
    output.textContent = ''
    const sent = body && body.value !== '' ? body.value : undefined
    const headers = {
      accept: accept.value,
      ...(sent === undefined ? {} : { 'content-type': type }),
      ...(token.value === '' ? {} : { authorization: 'Bearer ' + token.value }),
    }
    try {
      const url = base + address(path, inputs)
      await show(await fetch(url, { method, signal: running.signal, headers, body: sent }), output)
    } catch (error) {
      output.textContent += String(error)
    }
  }
  const notes = ({ in: place, required, description }) => [place, required ? 'required' : '', description || '']
  return el('details', {},
    el('summary', {}, el('b', { textContent: method }), path, ' ', el('small', { textContent: op.summary || '' })),
    text(op.description),
    ...inputs.map(([parameter, input]) => field(parameter.name, notes(parameter).filter(Boolean).join(', '), input)),
    ...(body ? [field('body', type, body)] : []),
    ...(kinds.length > 1 ? [field('accept', '', accept)] : []),
    el('button', { textContent: 'Send', onclick: send }),
    el('button', { textContent: 'Stop', onclick: () => running && running.abort() }),
    output)
}

const { document: source, page } = document.body.dataset
const base = location.pathname.slice(0, location.pathname.length - page.length)
fetch(base + source).then((response) => response.json()).then(({ info, tags, paths }) => {
  document.title = info.title
  const title = el('h1', { textContent: info.title + ' ' + info.version })
  document.body.append(title, text(info.description), el('a', { href: base + source, textContent: source }))
  document.body.append(field('token', 'for servers that ask who calls; it is sent with every request of this page', token))
  for (const tag of tags) {
    document.body.append(el('h2', { textContent: tag.name }), text(tag.description))
    for (const [path, item] of Object.entries(paths)) {
      for (const [method, op] of Object.entries(item)) {
        if (op.tags[0] === tag.name) document.body.append(operation(method.toUpperCase(), path, op, base))
      }
    }
  }
})
`

/** What lets a browser run this page's own script and style, and load nothing else. */
export const DOCS_PAGE_POLICY = `default-src 'none'; script-src '${hash(SCRIPT)}'; style-src '${hash(STYLE)}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/**
 * The page. `documentPath` and `pagePath` are absolute paths as the gateway serves them; a mount point before them is
 * found by the page.
 */
export function docsPage(documentPath: string, pagePath: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>API</title><style>${STYLE}</style><body data-document="${escaped(documentPath)}" data-page="${escaped(pagePath)}"><script>${SCRIPT}</script></body></html>`
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
