// Whom a client certificate names.
import type { X509Certificate } from 'node:crypto'

/** One alternative name as Node writes it: a type, and text that is a JSON string when there is anything odd about it. */
const ALTERNATIVE = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?=, |$)/y

/**
 * The names in `certificate`, as `URI:spiffe://a/b`, `DNS:agent.example.com` and `CN:agent`, in that order. The common name
 * counts only without the others (RFC 6125, section 6.4.4). Throws Error when they cannot be told apart.
 */
export function certificateNames(certificate: X509Certificate): string[] {
  const alternatives = alternativeNames(certificate.subjectAltName ?? '')
  const named = ['URI', 'DNS'].flatMap((type) => alternatives.filter((name) => name.startsWith(`${type}:`)))
  return named.length > 0 ? named : commonName(certificate)
}

function alternativeNames(text: string): string[] {
  const names: string[] = []
  ALTERNATIVE.lastIndex = 0
  for (let end = 0; end < text.length; end = ALTERNATIVE.lastIndex) {
    const [, type = '', value = ''] = ALTERNATIVE.exec(text) ?? []
    if (type === '') throw new Error('the alternative names of the certificate cannot be read')
    names.push(`${type}:${value.startsWith('"') ? String(JSON.parse(value)) : value}`)
  }
  return names
}

function commonName(certificate: X509Certificate): string[] {
  // More than one comes as a list, whatever the type says.
  const name: unknown = certificate.toLegacyObject().subject.CN
  return typeof name === 'string' && name !== '' ? [`CN:${name}`] : []
}
