/** `sallyport profile add` and `sallyport doctor profile`: as users run them, with the AWS CLI as the judge. */

import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { clients } from '../../../tools/clients.mjs'
import { sendSigned } from '../src/client.ts'
import { readCredentials, type Keys } from '../src/credentials.ts'
import { query, readAnswer, tag } from '../src/demo/calls.ts'
import { keysIn } from '../src/demo/staging.ts'
import { folderAt } from '../src/folder.ts'
import { nested, readIni, wordsIn } from '../src/profile/ini.ts'
import { isSlip } from '../src/profile/meant.ts'
import { withSection, type Lines } from '../src/profile/section.ts'
import { THREE_ACCOUNTS, workshop, type Ready } from './harness.ts'

const { folder, run, up } = workshop()
const { cli1 } = clients()
const STAGING = '222222222222'

describe('a file is read as botocore reads it', () => {
  test.each([
    ['[profile a]\nx = 1\n', { 'profile a': { x: '1' } }, 'the plain form'],
    ['[a]\nX:1\ny=a=b ; c\n', { a: { x: '1', y: 'a=b ; c' } }, 'a colon, capitals, and no comment behind a value'],
    ['[a]\n# x = 1\n; y\nz = #1\n', { a: { z: '#1' } }, 'comments'],
    ['[a]\ns3 =\n  x = 1\n  y = 2\nz = 3\n', { a: { s3: '\nx = 1\ny = 2', z: '3' } }, 'a section within a value'],
    ['[a]\nx = 1\n  more\n', { a: { x: '1\nmore' } }, 'a value that goes on'],
    ['[a]\r\nx = 1\r\n\r\n[b]\r\n', { a: { x: '1' }, b: {} }, 'lines of Windows'],
    ['[a] # why\nx =\n', { a: { x: '' } }, 'words behind a header, nothing behind a name'],
  ])('%j', (text, sections, _why) => {
    const { sections: found, faults } = readIni(text)
    const values = Object.fromEntries(found.map((one) => [one.header, Object.fromEntries(one.values)]))
    expect([values, faults]).toEqual([sections, []])
  })

  test.each([
    ['x = 1\n', 1, 'stands before any section'],
    ['\uFEFF[a]\n', 1, 'stands before any section'],
    ['[a]\nnothing\n', 2, 'is no `name = value`'],
    ['[a]\n[b]\n[a]\n', 3, 'for the second time'],
    ['[a]\nx = 1\nX = 2\n', 3, 'for the second time'],
  ])('%j would be refused', (text, line, says) => {
    expect(readIni(text).faults).toEqual([{ line, says: expect.stringContaining(says) }])
  })

  test('what is within a value is told apart', () => {
    expect(nested('\nx = 1\n\ny=a=b')).toEqual(new Map([['x', '1'], ['y', 'a=b']])) // prettier-ignore
    expect(nested('x = 1')).toEqual(new Map())
  })

  test.each([
    ['profile a', ['profile', 'a']],
    ['profile  "a b"', ['profile', 'a b']],
    ["profile 'a b'", ['profile', 'a b']],
    ['profile a\\ b', ['profile', 'a b']],
    ['profile "a', undefined],
  ])('the words of %j', (header, words) => {
    expect(wordsIn(header)).toEqual(words)
  })
})

describe('a section finds its place, and nothing else is touched', () => {
  const LINES: Lines = [
    ['role_arn', 'x'],
    ['region', 'y'],
  ]
  const TEXT = '[profile s]\nrole_arn = x\nregion = y\n'
  test.each([
    ['', TEXT, 'an empty file'],
    ['[a]\nx=1', `[a]\nx=1\n\n${TEXT}`, 'no line break at the end'],
    ['[a]\nx=1\n', `[a]\nx=1\n\n${TEXT}`, 'an empty line between'],
    ['[a]\nx=1\n\n', `[a]\nx=1\n\n${TEXT}`, 'there is one already'],
    ['# \xe4\xff\x00\n', `# \xe4\xff\x00\n\n${TEXT}`, 'bytes that are no text'],
    ['[a]\r\n', `[a]\r\n\r\n${TEXT.replaceAll('\n', '\r\n')}`, 'lines of Windows'],
    [`[b]\n[profile  "s"]\nregion: y\nROLE_ARN=x\n[c]\n`, undefined, 'it says the same in other words'],
  ])('%j', (before, after, _why) => {
    expect(withSection(before, 's', LINES, false).text).toBe(after ?? before)
  })

  test('another section of that name stays, or is replaced where that is said', () => {
    const before = '# top\n[profile s]\n# old\nregion = z\ns3 =\n  a = b\n\n# of c\n[c]\nx = 1\n'
    expect(() => withSection(before, 's', LINES, false)).toThrow('`--replace` puts this in its place')
    expect(withSection(before, 's', LINES, true).text).toBe(`# top\n${TEXT}\n# of c\n[c]\nx = 1\n`)
    expect(() => withSection('[profile s]\n[profile "s"]\n', 's', LINES, true)).toThrow('more than once')
  })
})

test.each([
  ['222222222223', true, 'a wrong digit'],
  ['22222222222', true, 'a digit too few'],
  ['2222222222222', true, 'one too many'],
  ['222222222233', false, 'two wrong digits'],
  ['', false, 'nothing'],
])('%s may mean 222222222222: %s', (given, is, _why) => {
  expect(isSlip(given, '222222222222')).toBe(is)
})

test('digits that changed places, and noughts that were lost, are slips', () => {
  expect([isSlip('132456789012', '123456789012'), isSlip('321456789012', '123456789012')]).toEqual([true, false])
  expect([isSlip('1234567890', '001234567890'), isSlip('1234567890', '991234567890')]).toEqual([true, false])
})

describe.skipIf(cli1 === undefined)('with a server', () => {
  const config = join(folder, 'config')
  const credentials = join(folder, 'credentials')
  const files = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials }
  let ready: Ready
  let admin: Keys

  async function call(name: `${'iam' | 'sts'}:${string}`, input: Readonly<Record<string, string>>, keys = admin) {
    const { service, sent } = query(name, input)
    const answer = readAnswer(
      await sendSigned({ endpoint: ready.endpoint, region: 'us-east-1' }, sent, { keys, service }),
    )
    if (answer.code !== 'done') throw new Error(`${name}: ${answer.code}: ${answer.message}`)
    return answer.body
  }

  async function enter(account: string): Promise<Keys> {
    const RoleArn = `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`
    return keysIn(await call('sts:AssumeRole', { RoleArn, RoleSessionName: 'test' }))
  }

  function trusting(principal: string, Condition: object = {}): string {
    const statement = { Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole', Condition }
    return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  }

  const add = (...more: readonly string[]) =>
    run(
      [
        'profile',
        'add',
        'staging',
        '--account',
        'Staging',
        '--role',
        'StagingAccess',
        '--from',
        'dev',
        '--data',
        'data',
        ...more,
      ],
      files,
    )

  beforeAll(async () => {
    ;({ ready } = await up(['--org', THREE_ACCOUNTS, '--data', 'data']))
    const keys = readCredentials(folderAt(ready.data))
    if (keys === undefined) throw new Error('no key')
    admin = keys
    const dev = await enter('111111111111')
    const staging = await enter(STAGING)
    await call('iam:CreateUser', { UserName: 'dana' }, dev)
    const key = await call('iam:CreateAccessKey', { UserName: 'dana' }, dev)
    const may = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }],
    })
    await call('iam:PutUserPolicy', { UserName: 'dana', PolicyName: 'p', PolicyDocument: may }, dev)
    const roles: readonly (readonly [name: string, more: Readonly<Record<string, string>>, condition?: object])[] = [
      ['StagingAccess', { MaxSessionDuration: '7200' }],
      ['Deployer', { Path: '/ci/' }],
      ['Guarded', {}, { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }],
      ['Partner', {}, { StringEquals: { 'sts:ExternalId': 'secret-42' } }],
    ]
    for (const [RoleName, more, condition] of roles) {
      const AssumeRolePolicyDocument = trusting('arn:aws:iam::111111111111:user/dana', condition)
      await call('iam:CreateRole', { RoleName, AssumeRolePolicyDocument, ...more }, staging)
    }
    await call('iam:CreateRole', { RoleName: 'Closed', AssumeRolePolicyDocument: trusting(STAGING) }, staging)
    await call('iam:CreateRole', { RoleName: 'Chained', AssumeRolePolicyDocument: trusting(STAGING) }, staging)
    await call('iam:PutRolePolicy', { RoleName: 'StagingAccess', PolicyName: 'p', PolicyDocument: may }, staging)
    const [id, secret] = [tag(key, 'AccessKeyId'), tag(key, 'SecretAccessKey')]
    writeFileSync(credentials, `[dev]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`)
  }, 60_000)

  test('the AWS CLI goes by what was written, through a link, and the file keeps its mode', async () => {
    const kept = join(folder, 'kept')
    writeFileSync(kept, '# mine\n[default]\nregion = eu-west-1', { mode: 0o640 })
    symlinkSync(kept, config)
    expect(await add('--duration', '7200', '--session-name', 'me', '--write')).toMatchObject({
      code: 0,
      stdout: `[profile staging] was added: ${config}\n`,
      stderr: '',
    })
    const text = readFileSync(kept, 'utf8')
    expect(text).toBe(
      `# mine\n[default]\nregion = eu-west-1\n\n[profile staging]\nrole_arn = arn:aws:iam::${STAGING}:role/StagingAccess\n` +
        `source_profile = dev\nrole_session_name = me\nduration_seconds = 7200\nregion = us-east-1\nendpoint_url = ${ready.endpoint}\n`,
    )
    expect([lstatSync(config).isSymbolicLink(), statSync(kept).mode & 0o777]).toEqual([true, 0o640])
    const aws = execFileSync(
      cli1 ?? '',
      ['--profile', 'staging', 'sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text'],
      {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: folder, ...files },
      },
    )
    expect(aws).toBe(`arn:aws:sts::${STAGING}:assumed-role/StagingAccess/me\n`)

    expect((await add('--duration', '7200', '--session-name', 'me', '--write')).stdout).toContain('is there already')
    expect(await add('--write')).toMatchObject({ code: 1, stderr: expect.stringContaining('`--replace`') })
    expect(readFileSync(kept, 'utf8')).toBe(text)
    expect((await add('--write', '--replace')).stdout).toContain('was replaced')
    expect(readFileSync(kept, 'utf8')).not.toContain('duration_seconds')
  })

  test('without `--write` it is printed: an account by its number, a role with its path, a device that is to be made', async () => {
    const args = [
      'profile',
      'add',
      'a b',
      '--account',
      STAGING,
      '--role',
      'Deployer',
      '--from',
      'dev',
      '--mfa',
      '--external-id',
      'x:1',
    ]
    expect(await run([...args, '--data', 'data', '--region', 'eu-west-1'], files)).toEqual({
      code: 0,
      stdout:
        `[profile "a b"]\nrole_arn = arn:aws:iam::${STAGING}:role/ci/Deployer\nsource_profile = dev\n` +
        `mfa_serial = arn:aws:iam::111111111111:mfa/dana\nexternal_id = x:1\nregion = eu-west-1\nendpoint_url = ${ready.endpoint}\n`,
      stderr: expect.stringContaining('dana has no MFA device yet'),
    })
  })

  test.each([
    [['--account', 'Stagin'], 1, 'did you mean `Staging`', 'a slip in a name'],
    [['--account', '222222222223'], 1, `did you mean \`${STAGING}\``, 'a slip in a number'],
    [['--role', 'stagingaccess'], 0, 'did you mean `StagingAccess`', 'another case'],
    [['--role', 'Nobody'], 0, 'there is no role `Nobody` in Staging', 'no such role'],
    [['--from', 'nobody'], 0, 'there is no profile `nobody`', 'no such source'],
    [['--from', 'staging'], 2, 'cannot assume its role from itself', 'a circle'],
    [['--from', 'default', '--mfa'], 1, 'whose device?', 'a source without a key'],
    [['--external-id', 'a b'], 2, 'is not an external id', 'a blank'],
    [['--session-name', 'x'], 2, "is not a session's name", 'too short'],
    [['--duration', '899'], 2, 'from 900 to 43200', 'too short'],
    [['--replace'], 2, '`--replace` is for `--write`', 'nothing to replace'],
  ])('%j', async (more, code, says, _why) => {
    expect(await add(...more)).toMatchObject({ code, stderr: expect.stringContaining(says) })
  })

  test('what is no file is not written', async () => {
    const asked = [
      'profile',
      'add',
      's',
      '--account',
      'Staging',
      '--role',
      'StagingAccess',
      '--from',
      'dev',
      '--data',
      'data',
      '--write',
    ]
    expect(await run(asked, { ...files, AWS_CONFIG_FILE: folder })).toMatchObject({ code: 1 })
    expect(await run(asked, { ...files, AWS_CONFIG_FILE: '/dev/null' })).toMatchObject({ code: 2 })
    expect(await run(asked, { ...files, AWS_CONFIG_FILE: join(folder, 'new', 'config') })).toMatchObject({ code: 0 })
    expect(statSync(join(folder, 'new', 'config')).mode & 0o777).toBe(0o600)
  })

  describe('doctor', () => {
    const arn = (role: string, account = STAGING): string => `arn:aws:iam::${account}:role/${role}`
    const profileOf = (name: string, values: Readonly<Record<string, string>>): string =>
      `[profile ${name}]\n${Object.entries({ ...values, endpoint_url: ready.endpoint })
        .map(([key, value]) => `${key} = ${value}\n`)
        .join('')}`
    const STAGED = { role_arn: arn('StagingAccess'), source_profile: 'dev' }

    interface Told {
      readonly profiles: readonly {
        readonly leadsTo?: object
        readonly lasts?: object
        readonly findings: readonly { readonly code: string; readonly says: string; readonly next?: string }[]
        readonly notes: readonly string[]
      }[]
    }

    /** What is said of the profile `it`. */
    async function looked(values: Readonly<Record<string, string>>, others = '') {
      const own = join(folder, 'looked')
      writeFileSync(own, `${profileOf('it', values)}${others}`)
      const { code, stdout, stderr } = await run(['doctor', 'profile', 'it', '--data', 'data', '--json'], {
        ...files,
        AWS_CONFIG_FILE: own,
      })
      if (stdout === '') throw new Error(stderr)
      const [told] = (JSON.parse(stdout) as Told).profiles // what the verb prints with `--json`
      if (told === undefined) throw new Error('nothing was told')
      expect(code).toBe(told.findings.length === 0 ? 0 : 1)
      return told
    }

    test('a profile that is well: where it leads and what it lasts', async () => {
      expect(await looked({ ...STAGED, duration_seconds: '7200' })).toEqual({
        profile: 'it',
        chain: ['it', 'dev', 'arn:aws:iam::111111111111:user/dana'],
        leadsTo: { arn: arn('StagingAccess'), account: STAGING, accountName: 'Staging' },
        lasts: { seconds: 7200, most: 7200, chained: false },
        findings: [],
        notes: [],
      })
    })

    const fix = (value: string): string => `aws configure set ${value} --profile it`
    test.each([
      [
        { role_arn: arn('StagingAccess', '222222222223') },
        'account',
        'did you mean `222222222222` (Staging)',
        fix(`role_arn ${arn('StagingAccess')}`),
      ],
      [
        { role_arn: arn('StagingAccess', '999999999999') },
        'account',
        'did you mean `222222222222` (Staging)',
        fix(`role_arn ${arn('StagingAccess')}`),
      ],
      [
        { role_arn: arn('Nobody', '999999999999') },
        'account',
        'there is no account `999999999999`',
        'aws organizations list-accounts',
      ],
      [
        { role_arn: arn('StagingAccess', '22222222222') },
        'account',
        'it has 12 digits',
        fix(`role_arn ${arn('StagingAccess')}`),
      ],
      [
        { role_arn: arn('StagingAccess', '333333333333') },
        'other-account',
        'there is one in Staging',
        fix(`role_arn ${arn('StagingAccess')}`),
      ],
      [
        { role_arn: arn('stagingaccess') },
        'role-case',
        'the case of its letters',
        fix(`role_arn ${arn('StagingAccess')}`),
      ],
      [{ role_arn: arn('Deployer') }, 'role-path', 'its path is another', fix(`role_arn ${arn('ci/Deployer')}`)],
      [
        { role_arn: arn('StagingAcces') },
        'role-absent',
        'did you mean `StagingAccess`',
        fix(`role_arn ${arn('StagingAccess')}`),
      ],
      [
        { role_arn: arn('Xyz') },
        'role-absent',
        'there is no role `Xyz` in Staging',
        'aws iam create-role --role-name Xyz',
      ],
      [
        { role_arn: `arn:aws:sts::${STAGING}:assumed-role/StagingAccess/me` },
        'role-arn',
        'is a session',
        fix(`role_arn ${arn('StagingAccess')}`),
      ],
      [{ role_arn: 'StagingAccess' }, 'role-arn', 'is no ARN of a role', undefined],
      [
        { role_arn: arn('Guarded') },
        'mfa',
        'the role asks for MFA',
        fix('mfa_serial arn:aws:iam::111111111111:mfa/dana'),
      ],
      [{ role_arn: arn('Partner') }, 'external-id', 'the profile has none', fix('external_id secret-42')],
      [
        { role_arn: arn('Partner'), external_id: 'secret-41' },
        'external-id',
        '`secret-41` is not the one',
        fix('external_id secret-42'),
      ],
      [
        { role_arn: arn('Closed') },
        'trust',
        "in Staging the role's trust policy must allow it",
        'aws iam update-assume-role-policy --role-name Closed',
      ],
      [{ duration_seconds: '7201' }, 'duration', "the role's MaxSessionDuration is 7200", fix('duration_seconds 7200')],
      [{ duration_seconds: '60' }, 'duration', '900 is the least', fix('duration_seconds 900')],
      [{ duration_seconds: '1h' }, 'duration', 'no number', fix('duration_seconds 3600')],
      [{ role_session_name: 'a b' }, 'value', 'role_session_name is `a b`', undefined],
      [{ source_profile: 'dex' }, 'source', 'did you mean `dev`', fix('source_profile dev')],
      [{ source_profile: 'it' }, 'loop', 'it → it', fix('source_profile default')],
      [{ credential_source: 'Environment' }, 'settings', 'are both set', undefined],
      [
        { mfa_serial: 'arn:aws:iam::111111111111:mfa/dana' },
        'mfa',
        'dana has no MFA device yet',
        'aws iam create-virtual-mfa-device',
      ],
    ])('%j: %s', async (values, code, says, next) => {
      const { findings } = await looked({ ...STAGED, ...values })
      expect(findings.map((one) => one.code)).toEqual([code])
      expect(findings[0]?.says).toContain(says)
      if (next === undefined) expect(findings[0]).not.toHaveProperty('next')
      else expect(findings[0]?.next).toContain(next)
    })

    test.each([
      [{ aws_access_key_id: 'AKIAIOSFODNN7EXAMPLE' }, 'settings', '`aws_secret_access_key` is not set'],
      [
        { aws_access_key_id: 'AKIAIOSFODNN7EXAMPLE', aws_secret_access_key: 'x' },
        'keys',
        'the server knows no key AKIAIOSFODNN7EXAMPLE',
      ],
      [{ role_arn: 'x' }, 'settings', 'nothing says who assumes it'],
      [{ region: 'mars' }, 'value', 'region is `mars`'],
      [{ role_arn: 'x', web_identity_token_file: '/nowhere' }, 'token', '`/nowhere` is not there'],
      [{ sso_account_id: '222222222222' }, 'settings', '`sso_role_name` is not set'],
      [{ sso_account_id: '222222222229', sso_role_name: 'Admin', sso_session: 'x' }, 'account', 'there is no account'],
      [
        { sso_account_id: '222222222222', sso_role_name: 'Admin', sso_session: 'x' },
        'sso-session',
        'there is no `[sso-session x]`',
      ],
      [
        { role_arn: 'arn:aws:iam::222222222222:role/Closed', credential_source: 'Environment' },
        'source',
        'AWS_ACCESS_KEY_ID is not set',
      ],
      [
        { role_arn: 'arn:aws:iam::222222222222:role/Closed', credential_source: 'environment' },
        'source',
        'it may be Environment',
      ],
    ])('%j alone: %s', async (values: Readonly<Record<string, string>>, code, says) => {
      const { findings } = await looked(values)
      expect(findings.find((one) => one.code === code)?.says).toContain(says)
    })

    test('who has no credentials is told so, and a command or a file that brings some is left alone', async () => {
      expect((await looked({})).findings).toEqual([
        { code: 'no-credentials', says: '`it` has no credentials', next: 'aws configure --profile it' },
      ])
      expect(await looked({ credential_process: 'exit 1' })).toMatchObject({
        findings: [],
        notes: ['its credential_process is not run here'],
      })
      expect(await looked({ role_arn: arn('StagingAccess'), credential_source: 'Ec2InstanceMetadata' })).toMatchObject({
        findings: [],
        lasts: { chained: true, most: 3600 },
      })
    })

    test('a chain: an hour at the most, a circle, and what is wrong further down', async () => {
      const middle = profileOf('middle', STAGED)
      const chained = { role_arn: arn('Chained'), source_profile: 'middle' }
      expect(await looked(chained, middle)).toMatchObject({
        findings: [],
        lasts: { seconds: 3600, most: 3600, chained: true },
      })
      expect((await looked({ ...chained, duration_seconds: '7200' }, middle)).findings).toEqual([
        { code: 'chained', says: expect.stringContaining('3600 at the most'), next: fix('duration_seconds 3600') },
      ])
      const wrong = profileOf('middle', { ...STAGED, duration_seconds: '9000' })
      expect((await looked(chained, wrong)).findings).toEqual([
        {
          code: 'duration',
          says: expect.stringMatching(/^at `middle`: /),
          next: 'aws configure set duration_seconds 7200 --profile middle',
        },
      ])
      const round = profileOf('middle', { ...STAGED, source_profile: 'it' })
      expect((await looked(chained, round)).findings).toMatchObject([
        { code: 'loop', says: expect.stringContaining('it → middle → it') },
      ])
    })

    test('the half that is missing is named with its account, and the next command mends it', async () => {
      const dev = await enter('111111111111')
      await call('iam:CreateUser', { UserName: 'eve' }, dev)
      const key = await call('iam:CreateAccessKey', { UserName: 'eve' }, dev)
      const [id, secret] = [tag(key, 'AccessKeyId'), tag(key, 'SecretAccessKey')]
      const eve = profileOf('eve', { aws_access_key_id: id, aws_secret_access_key: secret })
      const values = { role_arn: arn('StagingAccess'), source_profile: 'eve' }
      const { findings } = await looked(values, eve)
      expect(findings.map(({ code }) => code).toSorted()).toEqual(['permission', 'trust'])
      const keysOfAccounts: Readonly<Record<string, Keys>> = { permission: dev, trust: await enter(STAGING) }
      for (const { code, next = '' } of findings) {
        const { accessKeyId, secretAccessKey, sessionToken = '' } = keysOfAccounts[code] ?? admin
        execFileSync('sh', ['-c', next.replace(/^aws/, '"$AWS"')], {
          env: {
            PATH: process.env['PATH'],
            AWS: cli1,
            AWS_ENDPOINT_URL: ready.endpoint,
            AWS_DEFAULT_REGION: 'us-east-1',
            AWS_ACCESS_KEY_ID: accessKeyId,
            AWS_SECRET_ACCESS_KEY: secretAccessKey,
            AWS_SESSION_TOKEN: sessionToken,
          },
        })
      }
      expect((await looked(values, eve)).findings).toEqual([])
      expect((await looked(STAGED)).findings).toEqual([])

      await call('iam:UpdateAccessKey', { UserName: 'eve', AccessKeyId: id, Status: 'Inactive' }, dev)
      expect((await looked(values, eve)).findings).toEqual([
        {
          code: 'inactive',
          says: `at \`eve\`: the key ${id} of eve is inactive`,
          next: expect.stringContaining(`--access-key-id ${id} --status Active`),
        },
      ])
      const wrong = profileOf('eve', {
        aws_access_key_id: tag(key, 'AccessKeyId'),
        aws_secret_access_key: 'x'.repeat(40),
      })
      await call('iam:UpdateAccessKey', { UserName: 'eve', AccessKeyId: id, Status: 'Active' }, dev)
      expect((await looked(values, wrong)).findings).toMatchObject([{ code: 'secret' }])
    }, 60_000)

    test('a block for each profile, for people', async () => {
      const own = join(folder, 'all')
      writeFileSync(
        own,
        `${profileOf('it', { ...STAGED, duration_seconds: '9000' })}nothing\n[profile open]\nregion = us-east-1\n`,
      )
      const { code, stdout } = await run(['doctor', 'profile', '--data', 'data'], {
        ...files,
        AWS_CONFIG_FILE: own,
        NO_COLOR: '1',
      })
      expect([code, stdout]).toEqual([
        1,
        `✗ ${own}:6: \`nothing\` is no \`name = value\`: the AWS CLI does not read the file\n\n` +
          'it ← dev ← arn:aws:iam::111111111111:user/dana\n' +
          '  leads to  role/StagingAccess in Staging (222222222222)\n' +
          '  lasts     7200 seconds\n' +
          "  ✗ duration_seconds is 9000: the role's MaxSessionDuration is 7200\n" +
          '    next: aws configure set duration_seconds 7200 --profile it\n\n' +
          'open\n' +
          '  · it names no endpoint_url: without AWS_ENDPOINT_URL its calls go to AWS itself\n' +
          '  ✗ `open` has no credentials\n' +
          '    next: aws configure --profile open\n\n' +
          'dev ← arn:aws:iam::111111111111:user/dana\n' +
          '  leads to  user/dana in Production (111111111111)\n' +
          '  · it names no endpoint_url: without AWS_ENDPOINT_URL its calls go to AWS itself\n' +
          '  ✓ nothing is wrong\n',
      ])
    })

    test('what cannot be told is told by another exit code', async () => {
      expect(await run(['doctor', 'profile', 'stagign', '--data', 'data'], files)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('did you mean `staging`'),
      })
      expect(await run(['doctor', 'profile', '--data', 'nowhere'], files)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('there is no server here'),
      })
      const none = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }
      expect(await run(['doctor', 'profile', '--data', 'data'], none)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('there is no profile'),
      })
      expect(await run(['doctor', 'disk'], files)).toMatchObject({ code: 2 })
    })
  })
})
