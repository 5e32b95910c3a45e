/** A function's configuration, as Lambda shows it. */

import type { Call } from '../../call.ts'
import { arnOf, type Named, type StoredFunction } from './shared.ts'

/** A function as listings show it: without its state. */
export function showListed(call: Pick<Call, 'region'>, it: Pick<Named, 'account' | 'qualifier'>, row: StoredFunction) {
  const { name, logging, environment, runtime, handler } = row
  const qualifier = it.qualifier === undefined ? '' : `:${it.qualifier}`
  return {
    FunctionName: name,
    FunctionArn: arnOf(call, { account: it.account, name }) + qualifier,
    // The codec checked it against the model's list, which is the SDK's.
    Runtime: runtime as 'nodejs24.x' | undefined,
    Role: row.role,
    Handler: handler,
    CodeSize: row.codeSize,
    Description: row.description,
    Timeout: row.timeout,
    MemorySize: row.memory,
    LastModified: new Date(row.updatedAt).toISOString().replace('Z', '+0000'),
    CodeSha256: row.codeSha256,
    Version: row.version ?? '$LATEST',
    ...(environment === undefined ? {} : { Environment: { Variables: environment } }),
    TracingConfig: { Mode: row.tracing },
    RevisionId: row.revisionId,
    PackageType: row.packageType,
    Architectures: row.architectures as readonly 'x86_64'[], // as with the runtime
    EphemeralStorage: { Size: row.ephemeralStorage },
    SnapStart: { ApplyOn: 'None' as const, OptimizationStatus: 'Off' as const },
    LoggingConfig: {
      LogFormat: logging.format,
      LogGroup: logging.group,
      ApplicationLogLevel: logging.applicationLevel as 'INFO' | undefined,
      SystemLogLevel: logging.systemLevel as 'INFO' | undefined,
    },
  }
}

/** A function as everything else shows it. */
export function show(call: Pick<Call, 'region'>, it: Pick<Named, 'account' | 'qualifier'>, row: StoredFunction) {
  return { ...showListed(call, it, row), State: 'Active' as const, LastUpdateStatus: 'Successful' as const }
}

/** As its maker sees it. Ours is ready when it is next asked about, and may be called at once. */
export function showMade(call: Pick<Call, 'region'>, it: Pick<Named, 'account' | 'qualifier'>, row: StoredFunction) {
  return {
    ...showListed(call, it, row),
    State: 'Pending' as const,
    StateReason: 'The function is being created.',
    StateReasonCode: 'Creating' as const,
  }
}

/** As whoever changed it sees it. */
export function showChanged(call: Pick<Call, 'region'>, it: Pick<Named, 'account' | 'qualifier'>, row: StoredFunction) {
  return {
    ...show(call, it, row),
    LastUpdateStatus: 'InProgress' as const,
    LastUpdateStatusReason: 'The function is being created.',
  }
}
