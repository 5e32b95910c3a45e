/** TLS, apart from the rest of the server: a server without it does not load certificates. */

export { openAuthority, tlsServerOptions, type Authority } from './ca.ts'
export { startProxy, type Proxy, type ProxyOptions } from './proxy.ts'
