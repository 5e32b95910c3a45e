export interface PostgresOptions {
  /** Kept, with its data, for the next start; without one everything is gone after `stop()`. */
  readonly folder?: string
  readonly port?: number
  /** Of postgresql.conf, on top of ours. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface Postgres {
  readonly url: string
  readonly port: number
  /** Of the postmaster. */
  readonly pid: number
  /** Resolves when nothing of it runs any more. SIGKILL (the default) takes the backends along. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** On the same port, with what is on disk. */
  restart(): Promise<void>
  /** The rows of the last statement. */
  psql(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  stop(): Promise<void>
}

export function startPostgres(options?: PostgresOptions): Promise<Postgres>
