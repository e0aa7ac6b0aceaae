// The provider, and beside it a port on which tests say who there is and what happens: POST /<word> with JSON.
// node provider.mjs PACKAGE PORT CONTROL_PORT CLIENTS
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'

const [folder, port, control, clients] = process.argv.slice(2)
const found = createRequire(`${folder}/package.json`).resolve('oidc-provider')
const { default: Provider } = await import(pathToFileURL(found))

const issuer = `http://127.0.0.1:${port}`
const people = new Map()
const stored = new Map()

// What was issued stays when keys are rotated: each rotation is another Provider on the same store.
class Store {
  constructor(kind) { this.kind = kind }
  key(id) { return `${this.kind}:${id}` }
  async upsert(id, payload) { stored.set(this.key(id), { ...payload }) }
  async find(id) { return stored.get(this.key(id)) }
  async findByUid(uid) { return this.by('uid', uid) }
  async findByUserCode(code) { return this.by('userCode', code) }
  by(member, value) {
    for (const [key, payload] of stored) if (key.startsWith(`${this.kind}:`) && payload[member] === value) return payload
  }
  async destroy(id) { stored.delete(this.key(id)) }
  async consume(id) { stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000) }
  async revokeByGrantId(grantId) {
    for (const [key, payload] of stored) if (payload.grantId === grantId) stored.delete(key)
  }
}

const kinds = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
}

function made(keys) {
  const provider = new Provider(issuer, {
    adapter: Store,
    clients: JSON.parse(clients),
    jwks: { keys },
    cookies: { keys: ['of-the-tests'] },
    claims: { openid: ['sub'], profile: ['name'], groups: ['groups', 'realm_access'] },
    scopes: ['openid', 'offline_access', 'profile', 'groups'],
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256'] },
    features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
    // Its own refuses loopback, where everything here is.
    fetch: (url, { method, headers, body }) => globalThis.fetch(url, { method, headers, body }),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    findAccount: (_, sub) => people.has(sub)
      ? { accountId: sub, claims: async () => ({ sub, ...people.get(sub) }) }
      : undefined,
  })
  provider.on('server_error', (_, error) => console.error(error.cause ?? error))
  provider.on('backchannel.error', (_, error) => console.error(error.cause ?? error))
  return provider.callback()
}

function key(alg) {
  const { privateKey } = generateKeyPairSync(...kinds[alg])
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID() }
}

const kept = () => Object.keys(kinds).map(key)
let answer = made(kept())

const words = {
  person: ({ sub, ...claims }) => { people.set(sub, claims) },
  gone: ({ sub }) => { people.delete(sub) },
  rotate: () => { answer = made(kept()) },
}

const body = async (request) => {
  let text = ''
  for await (const chunk of request) text += chunk
  return JSON.parse(text || '{}')
}

createServer((request, response) => answer(request, response)).listen(Number(port), '127.0.0.1')
createServer(async (request, response) => {
  words[request.url.slice(1)](await body(request))
  response.end('{}')
}).listen(Number(control), '127.0.0.1', () => console.log('ready'))
