/**
 * The door of accounts that vouch for their own: `/.well-known/openid-configuration` and the keys, on the issuer's own host
 * (through `--proxy`), and under `/_sallyport/issuers/<id>` on any. What it shows is public, so it takes no signature.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OwnDoor } from './http.ts'
import { discovery, issuerOf, keySet } from './token-keys.ts'
import type { World } from './world.ts'

const HOST = /^([0-9a-f-]{36})\.tokens\.sts\.global\.api\.aws(?::\d+)?$/
const PATH = /^\/_sallyport\/issuers\/([0-9a-f-]{36})(\/.+)$/
const DOCUMENTS = { '/.well-known/openid-configuration': 'discovery', '/.well-known/jwks.json': 'keys' } as const

interface Asked {
  readonly id: string
  readonly document: (typeof DOCUMENTS)[keyof typeof DOCUMENTS]
  /** Where it was asked, where that is not its own host. */
  readonly base?: string
}

export function issuerDoor(world: World, onBug: (error: unknown) => void): OwnDoor {
  return (request, response) => {
    const asked = askedOf(request)
    if (asked === undefined) return false
    answer(world, asked).then(
      (said) => say(response, said),
      (error: unknown) => {
        onBug(error)
        response.writeHead(500).end()
      },
    )
    return true
  }
}

function askedOf({ method, url = '', headers }: IncomingMessage): Asked | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  const host = headers.host ?? ''
  const [, own] = HOST.exec(host) ?? []
  const [, named, below = ''] = PATH.exec(url) ?? []
  const id = own ?? named
  const path = own === undefined ? below : url
  if (id === undefined || !isDocument(path)) return undefined
  const document = DOCUMENTS[path]
  return own === undefined ? { id, document, base: `http://${host}/_sallyport/issuers/${id}` } : { id, document }
}

function isDocument(path: string): path is keyof typeof DOCUMENTS {
  return Object.hasOwn(DOCUMENTS, path)
}

async function answer(world: World, { id, document, base }: Asked): Promise<object | undefined> {
  await world.ground()
  const issuer = issuerOf(await world.enter(world.directory.all('tokenIssuer').get(id)?.account ?? ''))
  if (issuer?.enabled !== true) return undefined
  return document === 'keys' ? keySet(issuer) : discovery(issuer, base)
}

function say(response: ServerResponse, said: object | undefined): void {
  if (said === undefined) return void response.writeHead(404).end()
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
}
