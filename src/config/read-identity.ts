// Reads the settings of who may call.
import { isTrustworthy } from '../auth/key-fetch.js'
import { SIGNATURE_ALGORITHMS, type JwtSettings, type KeySource } from '../auth/jwt-settings.js'
import { IDENTITY_SETTINGS as SETTINGS } from './identity-settings.js'
import { faultOf, listOf } from './setting.js'

/** Who may call, and how that is told. */
export interface IdentityConfig {
  /** Undefined: tokens are not taken. */
  readonly jwt: JwtSettings | undefined
  /** Whether client certificates say who calls. */
  readonly mtls: boolean
  /** Path of the access file; undefined: no such grants. */
  readonly accessFile: string | undefined
  /** Undefined: no TLS. */
  readonly tls: TlsFiles | undefined
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  readonly clientCa: string | undefined
}

type Name = keyof typeof SETTINGS
type Texts = Readonly<Record<Name, string>>

const CLAIM = /^(?:\/(?:[^~]|~[01])*|[^/].*)$/

/** Reads them; `exposed` are the addresses that are not loopback, of ports that ask who calls. Faults go to `faults`. */
export function readIdentity(texts: Texts, exposed: readonly string[], faults: string[]): IdentityConfig {
  return new IdentityReader(texts, faults).read(exposed)
}

class IdentityReader {
  private readonly texts: Texts
  private readonly faults: string[]

  constructor(texts: Texts, faults: string[]) {
    this.texts = texts
    this.faults = faults
  }

  read(exposed: readonly string[]): IdentityConfig {
    const ways = new Set(listOf(this.texts.auth))
    const isKnown = [...ways].every((way) => ['none', 'jwt', 'mtls'].includes(way)) && ways.size > 0
    if (!isKnown || (ways.has('none') && ways.size > 1)) this.expect('auth', 'none, jwt, mtls or jwt,mtls')
    const isAllowed = this.choice('allowAnonymous', 'yes', 'no')
    if (ways.has('none') && exposed.length > 0 && !isAllowed) this.refuseExposure(exposed)
    const mtls = ways.has('mtls')
    return { jwt: this.jwt(ways.has('jwt')), mtls, accessFile: this.accessFile(mtls, ways.has('none')), tls: this.tls(mtls) }
  }

  private jwt(isOn: boolean): JwtSettings | undefined {
    const { jwtIssuer: issuer } = this.texts
    if (!isOn) {
      this.refuseWithout('--auth jwt', ['jwtIssuer', 'jwtAudience', 'jwtKeysUrl', 'jwtKeysFile'])
      return undefined
    }
    const audiences = listOf(this.texts.jwtAudience)
    const algorithms = listOf(this.texts.jwtAlgorithms)
    const types = listOf(this.texts.jwtTypes).map((type) => type.toLowerCase().replace(/^application\//, ''))
    const keys = this.keys()
    if (issuer === '' || (keys.kind === 'discovery' && !isTrustworthy(issuer))) {
      this.expect('jwtIssuer', 'the https URL of who signs tokens, or any iss when the keys are given')
    }
    if (audiences.length === 0) this.expect('jwtAudience', 'the aud of tokens for this service')
    const known: readonly string[] = SIGNATURE_ALGORITHMS
    if (algorithms.length === 0 || algorithms.some((name) => !known.includes(name))) {
      this.expect('jwtAlgorithms', `some of ${known.join(', ')}`)
    }
    if (types.length === 0) this.expect('jwtTypes', 'names such as at+jwt, or absent')
    const claims = { name: this.claim('jwtNameClaim'), instances: this.claim('jwtInstancesClaim'), roles: this.claim('jwtRolesClaim') }
    return { issuer, audiences, algorithms, types, keys, claims }
  }

  private keys(): KeySource {
    const { jwtKeysUrl: url, jwtKeysFile: path } = this.texts
    if (url !== '' && path !== '') this.faults.push(`--${SETTINGS.jwtKeysUrl.flag} and --${SETTINGS.jwtKeysFile.flag} are both given`)
    if (path !== '') return { kind: 'file', path }
    if (url === '') return { kind: 'discovery' }
    if (!isTrustworthy(url)) this.expect('jwtKeysUrl', 'an https URL')
    return { kind: 'url', url }
  }

  private claim(name: 'jwtNameClaim' | 'jwtInstancesClaim' | 'jwtRolesClaim'): string {
    const text = this.texts[name]
    if (!CLAIM.test(text)) this.expect(name, 'the name of a claim, or a JSON Pointer such as /realm_access/roles')
    return text
  }

  private accessFile(isNeeded: boolean, isUseless: boolean): string | undefined {
    const { accessFile } = this.texts
    if (isUseless) this.refuseWithout('--auth jwt or mtls', ['accessFile'])
    if (isNeeded && accessFile === '') this.expect('accessFile', 'a file that grants client certificates something, for --auth mtls')
    return accessFile === '' ? undefined : accessFile
  }

  private tls(needsClientCa: boolean): TlsFiles | undefined {
    const { tlsCert: cert, tlsKey: key, tlsClientCa: clientCa } = this.texts
    if (!needsClientCa) this.refuseWithout('--auth mtls', ['tlsClientCa'])
    else if (clientCa === '') this.expect('tlsClientCa', 'the certificates of who signs client certificates, for --auth mtls')
    if (key !== '' || needsClientCa) this.require('tlsCert')
    if (cert !== '' || needsClientCa) this.require('tlsKey')
    return cert === '' ? undefined : { cert, key, clientCa: clientCa === '' ? undefined : clientCa }
  }

  /** The first of two words is true. */
  private choice(name: Name, yes: string, no: string): boolean {
    if (![yes, no].includes(this.texts[name])) this.expect(name, `${yes} or ${no}`)
    return this.texts[name] === yes
  }

  private require(name: 'tlsCert' | 'tlsKey'): void {
    if (this.texts[name] === '') this.expect(name, 'a PEM file, for TLS')
  }

  private refuseWithout(way: string, names: readonly Name[]): void {
    for (const name of names.filter((candidate) => this.texts[candidate] !== '')) this.expect(name, `nothing without ${way}`)
  }

  private refuseExposure(exposed: readonly string[]): void {
    const { flag } = SETTINGS.allowAnonymous
    this.faults.push(`--auth none on ${exposed.join(' and ')}: anybody could do everything; expected --auth jwt or mtls, or --${flag} yes`)
  }

  private expect(name: Name, expected: string): void {
    this.faults.push(faultOf(SETTINGS[name], this.texts[name], expected))
  }
}
