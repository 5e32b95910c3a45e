/**
 * Runs a function in Node.js: finds its handler as AWS's runtime does, then takes one event at a time from the pipe that
 * the server holds the other end of, and answers each with what the handler gave.
 */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { inspect, format } from 'node:util'

const ENV = process.env
/** Where Node's own permissions are the only walls, the function's variables come when they stand. */
const WALLED = ENV.SALLYPORT_PERMISSION === '1'
if (WALLED) {
  delete ENV.SALLYPORT_PERMISSION
  for (const [name, value] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) ENV[name] ??= value
}
const TASK_ROOT = ENV.LAMBDA_TASK_ROOT
const JSON_LOGS = ENV.AWS_LAMBDA_LOG_FORMAT === 'JSON'
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const LOWEST = LEVELS.indexOf(ENV.AWS_LAMBDA_LOG_LEVEL ?? 'TRACE')
const MAJOR = Number(/nodejs(\d+)/.exec(ENV.AWS_EXECUTION_ENV ?? '')?.[1] ?? 0)

const pipe = new Socket({ fd: 3 })
const kill = process._kill.bind(process)
let requestId
/** What happens when nothing is left to wait for. */
let whenIdle = () => undefined

process.on('beforeExit', () => whenIdle())

/** Node's permissions say nothing of signals: none goes to another process. */
if (WALLED) {
  seal('kill', (pid, signal) => (pid === process.pid ? endBy(signal) : refuseSignal()))
  for (const name of ['_kill', '_debugProcess', '_debugEnd', '_startProfilerIdleNotifier']) seal(name, refuseSignal)
}

function seal(name, value) {
  Object.defineProperty(process, name, { value, writable: false, configurable: false })
}

function endBy(signal = 'SIGTERM') {
  kill(process.pid, typeof signal === 'number' ? signal : constants.signals[signal])
  return true
}

function refuseSignal() {
  throw Object.assign(new Error('kill EPERM'), { code: 'EPERM', errno: -1, syscall: 'kill' })
}

class RuntimeFault extends Error {
  constructor(name, message) {
    super(message)
    this.name = name
  }
}

function tell(message) {
  return new Promise((resolve) => pipe.write(`${JSON.stringify(message)}\n`, resolve))
}

/** All that was printed has left before this resolves: the mark says so on both streams. */
async function flush(id) {
  const mark = `\u0000${id}\u0000\n`
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write(mark, done))))
}

function errorOf(error) {
  if (!(error instanceof Error)) {
    const text = typeof error === 'string' ? error : (JSON.stringify(error) ?? String(error))
    return { errorType: typeof error, errorMessage: text, trace: [] }
  }
  const { name, message, stack = '' } = error
  return { errorType: name, errorMessage: message, trace: stack.split('\n') }
}

/** As it goes to the log: what else the error carries comes along. */
function loggedError(error) {
  if (!(error instanceof Error)) return errorOf(error)
  const { name, message, stack = '' } = error
  return { errorType: name, errorMessage: message, ...error, stack: stack.split('\n') }
}

const METHODS = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  log: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
}

function log(level, args) {
  if (LEVELS.indexOf(level) < LOWEST) return
  const timestamp = new Date().toISOString()
  const line = JSON_LOGS
    ? jsonLine(timestamp, level, args)
    : `${timestamp}\t${requestId ?? 'undefined'}\t${level}\t${format(...args)}`.replaceAll('\n', '\r')
  process.stdout.write(`${line}\n`)
}

function jsonLine(timestamp, level, args) {
  const [only] = args
  const plain = args.length === 1 && typeof only === 'object' && only !== null && !(only instanceof Error)
  const message = plain ? only : format(...args)
  const failed = args.find((it) => it instanceof Error)
  const about = failed === undefined ? {} : loggedError(failed)
  try {
    return JSON.stringify({ timestamp, level, requestId, message, ...about })
  } catch {
    return JSON.stringify({ timestamp, level, requestId, message: inspect(only), ...about })
  }
}

for (const [method, level] of Object.entries(METHODS)) console[method] = (...args) => log(level, args)

// ── the handler ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function load(name = '') {
  if (name.includes('..')) {
    throw new RuntimeFault(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    )
  }
  const [, module, path] = /^([^.]*)\.(.*)$/.exec(basename(name)) ?? []
  if (!module || !path) throw new RuntimeFault('Runtime.MalformedHandlerName', 'Bad handler')
  const exports = await imported(join(TASK_ROOT, dirname(name), module), join(dirname(name), module))
  const parts = path.split('.')
  const found = [exports, exports.default, exports['module.exports']]
    .map((from) => parts.reduce((at, part) => at?.[part], from))
    .find((it) => it !== undefined && it !== null)
  if (found === undefined) throw new RuntimeFault('Runtime.HandlerNotFound', `${name} is undefined or not exported`)
  if (typeof found !== 'function') throw new RuntimeFault('Runtime.HandlerNotFound', `${name} is not a function`)
  if (MAJOR >= 24 && found.length >= 3) {
    throw new RuntimeFault(
      'Runtime.CallbackHandlerDeprecated',
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.',
    )
  }
  return found
}

async function imported(path, module) {
  const file = ['', '.js', '.mjs', '.cjs']
    .map((end) => path + end)
    .find((it) => existsSync(it) && !statSync(it).isDirectory())
  if (file === undefined) {
    const words = `Error: Cannot find module '${module}'\nRequire stack:\n- /var/runtime/index.mjs`
    throw new RuntimeFault('Runtime.ImportModuleError', words)
  }
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    if (error instanceof SyntaxError) throw renamed('Runtime.UserCodeSyntaxError', error)
    const missing = error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND'
    throw missing ? renamed('Runtime.ImportModuleError', error) : error
  }
}

function renamed(name, error) {
  const fault = new RuntimeFault(name, String(error))
  fault.stack = `${name}: ${error.stack}`
  return fault
}

// ── one event ────────────────────────────────────────────────────────────────────────────────────────────────────────

function contextOf({ id, deadline, arn, clientContext, identity }, done) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: ENV.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: ENV.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: ENV.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: ENV.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: ENV.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: clientContext === undefined ? undefined : JSON.parse(clientContext),
    identity,
    invokedFunctionArn: arn,
    awsRequestId: id,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    ...(MAJOR < 24 && {
      done: (error, result) => done(error, result),
      fail: (error) => done(error ?? 'handled'),
      succeed: (result) => done(null, result),
    }),
  }
}

/** Resolves to what the handler gave: by promise, by callback, or by ending without either. */
function handled(handler, order) {
  return new Promise((resolve, reject) => {
    let said
    const settle = () => (said?.error == null ? resolve(said?.result ?? null) : reject(said.error))
    const context = contextOf(order, (error, result) => {
      said ??= { error, result }
      if (!context.callbackWaitsForEmptyEventLoop || error != null) settle()
      else whenIdle = settle
    })
    const callback = (error, result) => {
      said ??= { error, result }
      if (context.callbackWaitsForEmptyEventLoop) whenIdle = settle
      else settle()
    }
    const given = handler(JSON.parse(order.event), context, callback)
    if (typeof given?.then === 'function') {
      whenIdle = () => undefined
      given.then(resolve, reject)
    } else {
      whenIdle = settle
    }
  })
}

function textOf(result) {
  try {
    return JSON.stringify(result ?? null) ?? 'null'
  } catch (error) {
    throw new RuntimeFault('Runtime.UnableToStringify', `Unable to stringify response body: ${error.message}`)
  }
}

async function run(handler, order) {
  requestId = order.id
  // Nothing but the function's own doings keeps it awake: a callback may wait for their end.
  pipe.unref()
  let answer
  try {
    answer = { type: 'done', id: order.id, body: textOf(await handled(handler, order)) }
  } catch (error) {
    log('ERROR', JSON_LOGS ? ['Invoke Error', error] : [`Invoke Error \t${JSON.stringify(loggedError(error))}`])
    answer = { type: 'failed', id: order.id, body: JSON.stringify(errorOf(error)) }
  }
  whenIdle = () => undefined
  pipe.ref()
  await flush(order.id)
  await tell(answer)
}

/** An error that nobody caught ends the process, once it is told. */
async function end(error, code) {
  log('ERROR', [
    `${code === 128 ? 'Unhandled Promise Rejection' : 'Uncaught Exception'} \t${JSON.stringify(loggedError(error))}`,
  ])
  pipe.ref()
  await flush(requestId ?? 'init')
  await tell({ type: 'unable', body: JSON.stringify(errorOf(error)) })
  process.exit(code)
}

process.on('uncaughtException', (error) => end(error, 129))
process.on('unhandledRejection', (reason) => {
  const error = new RuntimeFault('Runtime.UnhandledPromiseRejection', String(reason))
  if (reason instanceof Error) error.stack = `${error.name}: ${reason.stack}`
  return end(error, 128)
})

async function start() {
  let handler
  try {
    handler = await load(ENV._HANDLER)
  } catch (error) {
    await end(error, 1)
  }
  let rest = ''
  pipe.setEncoding('utf8')
  pipe.on('data', (part) => {
    const lines = part.split('\n')
    lines[0] = rest + lines[0] // what came before has no end of a line, and is not looked through again
    rest = lines.pop()
    for (const line of lines) void run(handler, JSON.parse(line))
  })
  await flush('init')
  await tell({ type: 'ready' })
}

// The server is gone, and nobody wants an answer.
pipe.on('close', () => endBy('SIGKILL'))
pipe.on('error', () => process.exit(1))
await start()
