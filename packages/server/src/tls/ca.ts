/**
 * The local certificate authority: made once, kept in `<dir>/tls/`, trusted by whoever points `AWS_CA_BUNDLE` at it.
 *
 * The authority lasts ten years. The certificates that it signs live in memory, last 397 days, which is the longest
 * that clients accept, and are made anew when asked for within a month of their end.
 */
import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, type SecureContext, type TlsOptions } from 'node:tls'
import { OWN_ADDRESSES, OWN_NAMES, isAwsHost, isHostName } from './hosts.ts'
import { issueAuthority, issueLeaf, type KeyPair } from './certificates.ts'

const DAY = 86_400_000
const CA_DAYS = 3650
const LEAF_DAYS = 397
const RENEW_DAYS = 30
const REMEMBERED = 512

export interface Authority {
  /** The authority's own certificate, in PEM, and the file that holds it. */
  readonly certificate: string
  readonly file: string
  /** A certificate for exactly these names and addresses. */
  issue(names: readonly string[], addresses?: readonly string[]): Promise<KeyPair>
  /** The context for one host name; made on demand and remembered. */
  contextFor(host: string): Promise<SecureContext>
}

export interface AuthorityOptions {
  /** The directory of the server's state; the authority lives in its `tls/`. */
  readonly dir: string
  /** The host's time in milliseconds since 1970. */
  readonly now: () => number
}

/** Opens the authority of a state directory, and makes it where there is none or the one there has ended. */
export async function openAuthority({ dir, now }: AuthorityOptions): Promise<Authority> {
  const home = join(dir, 'tls')
  const found = await readAuthority(home)
  const pair = found && endOf(found) > now() + DAY ? found : await makeAuthority(dir, now(), found !== undefined)
  const issue = (names: readonly string[], addresses: readonly string[] = []): Promise<KeyPair> => {
    const until = Math.min(now() + (LEAF_DAYS - 1) * DAY, endOf(pair))
    return issueLeaf(pair, { names, addresses, from: now() - DAY, until })
  }
  return { certificate: pair.certificate, file: join(home, 'ca.pem'), issue, contextFor: remembered(issue, now) }
}

/** Options for `https.createServer`: one certificate for the usual names and `hosts`, and one for each name of AWS, or under them, that is asked for. */
export async function tlsServerOptions(ca: Authority, hosts: readonly string[] = []): Promise<TlsOptions> {
  const names = [...OWN_NAMES, ...hosts.filter((host) => isIP(host) === 0)]
  const addresses = [...OWN_ADDRESSES, ...hosts.filter((host) => isIP(host) !== 0)]
  const local = ['localhost', ...hosts.map((host) => host.toLowerCase())]
  const { certificate, key } = await ca.issue([...new Set(names)], [...new Set(addresses)])
  return {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    SNICallback(name, answer) {
      // Clients do not take `*.localhost` for `bucket.localhost`: a wildcard needs two labels behind it.
      if (!isAwsHost(name) && !local.some((host) => name.toLowerCase().endsWith(`.${host}`))) return answer(null)
      return void ca.contextFor(name).then(
        (context) => answer(null, context),
        (error: unknown) => answer(error instanceof Error ? error : new Error('no certificate')),
      )
    },
  }
}

/** Contexts by host name. Bounded, because the names come from whoever connects. */
function remembered(issue: Authority['issue'], now: () => number): Authority['contextFor'] {
  const contexts = new Map<string, { readonly renew: number; readonly context: Promise<SecureContext> }>()
  return (host) => {
    const name = host.toLowerCase()
    if (!isHostName(name)) return Promise.reject(new Error(`\`${host}\` is not a host name`))
    const found = contexts.get(name)
    const entry =
      found && found.renew > now()
        ? found
        : { renew: now() + (LEAF_DAYS - RENEW_DAYS) * DAY, context: issue([name]).then(contextOf) }
    contexts.delete(name)
    contexts.set(name, entry)
    if (contexts.size > REMEMBERED) contexts.delete(contexts.keys().next().value ?? '')
    return entry.context.catch((error: unknown) => {
      contexts.delete(name)
      throw error
    })
  }
}

function contextOf({ certificate, key }: KeyPair): SecureContext {
  return createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' })
}

async function readAuthority(home: string): Promise<KeyPair | undefined> {
  const [certificate, key] = await Promise.all([readIfThere(join(home, 'ca.pem')), readIfThere(join(home, 'ca.key'))])
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined || !belong(certificate, key)) {
    throw new Error(`the certificate authority in \`${home}\` is damaged: remove that directory and a new one is made`)
  }
  return { certificate, key }
}

function belong(certificate: string, key: string): boolean {
  try {
    const privateKey: KeyObject = createPrivateKey(key)
    return new X509Certificate(certificate).checkPrivateKey(privateKey)
  } catch {
    return false
  }
}

/** Made aside and moved into place whole, so that two servers that start together end up with one authority. */
async function makeAuthority(dir: string, now: number, replace: boolean): Promise<KeyPair> {
  const home = join(dir, 'tls')
  const pair = await issueAuthority({ from: now - DAY, until: now + CA_DAYS * DAY })
  await mkdir(dir, { recursive: true })
  const aside = await mkdtemp(join(dir, 'tls-'))
  try {
    await writeFile(join(aside, 'ca.key'), pair.key, { mode: 0o600 })
    await writeFile(join(aside, 'ca.pem'), pair.certificate, { mode: 0o644 })
    if (replace) await rm(home, { recursive: true, force: true })
    await rename(aside, home)
    return pair
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    const other = await readAuthority(home)
    if (other) return other
    throw error
  }
}

function endOf(pair: KeyPair): number {
  return Date.parse(new X509Certificate(pair.certificate).validTo)
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
