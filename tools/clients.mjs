/**
 * The real clients that tests drive: found on this machine, or installed from Debian where that is allowed.
 *
 * `node tools/clients.mjs` installs what is missing, prints JSON of what there is, and says in one line what was left out.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** How each is known, and the Debian package that has it. */
const CLIENTS = {
  cli1: {
    program: 'aws',
    probe: ['--version'],
    answers: /^aws-cli\/1\./,
    why: 'AWS CLI 1 is in PyPI alone: pip install awscli',
  },
  cli2: { program: 'aws', probe: ['--version'], answers: /^aws-cli\/2\./, apt: 'awscli' },
  python: {
    program: 'python3',
    probe: ['-c', 'import boto3; print("boto3", boto3.__version__)'],
    answers: /^boto3 /,
    apt: 'python3-boto3',
  },
  rclone: { program: 'rclone', probe: ['version'], answers: /^rclone v/, apt: 'rclone' },
  s3cmd: { program: 's3cmd', probe: ['--version'], answers: /^s3cmd version/, apt: 's3cmd' },
  jq: { program: 'jq', probe: ['--version'], answers: /^jq/, apt: 'jq' },
  oathtool: { program: 'oathtool', probe: ['--version'], answers: /^oathtool/, apt: 'oathtool' },
  openssl: { program: 'openssl', probe: ['version'], answers: /^OpenSSL/, apt: 'openssl' },
  terraform: {
    program: 'terraform',
    probe: ['version'],
    answers: /^Terraform v1\./,
    why: 'no package archive that is used here has it',
  },
  terraformAws: {
    find: awsProvider,
    why: 'a mirror of providers with hashicorp/aws, named by TF_PLUGIN_MIRROR',
  },
}

let known

/** By name, the path of the program, `{ cli1: '/usr/local/bin/aws', … }`; and the names of those that are `missing`. */
export function clients() {
  known ??= Object.fromEntries(Object.keys(CLIENTS).flatMap((name) => entry(name)))
  return { ...known, missing: Object.keys(CLIENTS).filter((name) => known[name] === undefined) }
}

/** A client's path, or `undefined` where a test may skip itself; with CI=true a missing one is an error. */
export function client(name) {
  const path = clients()[name]
  if (path === undefined && process.env.CI === 'true')
    throw new Error(`the client \`${name}\` is missing: ${reason(name)}`)
  return path
}

/** Installs what Debian has of the missing ones, where this user may. Says in one line what stays missing, and why. */
export function provide() {
  const wanted = clients().missing.flatMap((name) => CLIENTS[name].apt ?? [])
  if (wanted.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install(wanted)
  const left = clients().missing
  if (left.length > 0)
    process.stderr.write(`clients left out: ${left.map((name) => `${name} (${reason(name)})`).join('; ')}\n`)
  return clients()
}

function reason(name) {
  const { apt, why } = CLIENTS[name]
  return why ?? `apt-get install ${apt}`
}

function install(packages) {
  process.stderr.write(`installing ${packages.join(', ')} (apt-get)\n`)
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  spawnSync('apt-get', ['update', '-qq'], quiet)
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet)
  known = undefined
}

function entry(name) {
  const { program, probe, answers, find } = CLIENTS[name]
  const path = find?.() ?? places(program ?? '').find((place) => answers.test(answer(place, probe)))
  return path === undefined ? [] : [[name, path]]
}

/** The folder of a mirror of Terraform's providers that has AWS's: nothing is fetched from a registry. */
function awsProvider() {
  return mirrors().find((mirror) => hosts(mirror).some((host) => existsSync(join(mirror, host, 'hashicorp', 'aws'))))
}

function mirrors() {
  const { TF_PLUGIN_MIRROR = '', TF_CLI_CONFIG_FILE = join(homedir(), '.terraformrc') } = process.env
  const written = existsSync(TF_CLI_CONFIG_FILE) ? readFileSync(TF_CLI_CONFIG_FILE, 'utf8') : ''
  const told = [...written.matchAll(/filesystem_mirror\s*\{[^}]*?path\s*=\s*"([^"]+)"/g)].map(([, path]) => path)
  const usual = [join(homedir(), '.terraform.d/plugins'), '/usr/local/share/terraform/plugins']
  return [TF_PLUGIN_MIRROR, '/opt/tf-plugins', ...told, ...usual].filter((path) => path !== '')
}

function hosts(mirror) {
  return existsSync(mirror) ? readdirSync(mirror) : []
}

/** Everywhere on the PATH, and where Debian puts it: one version often hides another. */
function places(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin']
  return [...new Set(folders.map((folder) => join(folder, program)))].filter((path) => existsSync(path))
}

function answer(path, args) {
  try {
    const env = { ...process.env, CHECKPOINT_DISABLE: '1' } // Terraform would ask a host of its own for news
    return execFileSync(path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000, env })
  } catch {
    return ''
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(`${JSON.stringify(provide(), null, 2)}\n`)
}
