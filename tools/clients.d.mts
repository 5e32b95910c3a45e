export type ClientName =
  | 'cli1'
  | 'cli2'
  | 'python'
  | 'rclone'
  | 's3cmd'
  | 'jq'
  | 'oathtool'
  | 'openssl'
  | 'terraform'
  | 'terraformAws'
export type Clients = Partial<Record<ClientName, string>> & { readonly missing: readonly ClientName[] }
export function clients(): Clients
export function client(name: ClientName): string | undefined
export function provide(): Clients
