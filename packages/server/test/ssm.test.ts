/** SSM's public parameters: they name the images that EC2 has. */

import * as ssm from '@aws-sdk/client-ssm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { imageIn, userWith } from './cloud.ts'
import { client, MANAGEMENT, startServer, type Keys, type TestServer } from './harness.ts'
import { expectRefusal, pagesOf } from './people.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterEach(() => expect(server.bugs).toEqual([]))
afterAll(() => server.close())

const FOLDER = '/aws/service/ami-amazon-linux-latest'
const X86 = `${FOLDER}/al2023-ami-kernel-default-x86_64`

const manager = (keys?: Keys, region?: string) => client(ssm.SSMClient, server, keys, region)
const get = (Name: string, keys?: Keys, region?: string) =>
  manager(keys, region).send(new ssm.GetParameterCommand({ Name }))

describe('a public parameter', () => {
  test('names the newest image of its kind', async () => {
    const { Parameter } = await get(X86)
    expect(Parameter).toMatchObject({
      Name: X86,
      Type: 'String',
      DataType: 'text',
      Version: 1,
      Value: await imageIn(server, 'al2023-ami-2023.8*-x86_64'),
      ARN: `arn:aws:ssm:us-east-1::parameter${X86}`,
    })
    const arm = await get(`${FOLDER}/al2023-ami-kernel-default-arm64`)
    expect(arm.Parameter?.Value).toBe(await imageIn(server, 'al2023-ami-2023.8*-arm64'))
    expect((await get(X86, undefined, 'eu-west-1')).Parameter?.Value).not.toBe(Parameter?.Value)
    const byArn = await get(`arn:aws:ssm:us-east-1::parameter${X86}`)
    expect(byArn.Parameter?.Value).toBe(Parameter?.Value)
  })

  test('has one version', async () => {
    expect((await get(`${X86}:1`)).Parameter).toMatchObject({ Name: X86, Selector: ':1' })
    await expectRefusal(get(`${X86}:2`), 'ParameterVersionNotFound', /could not find version 2/, 400)
  })

  test('is the only kind that there is', async () => {
    await expectRefusal(get('/my/own'), 'ParameterNotFound', /./, 400)
    await expectRefusal(
      manager().send(new ssm.PutParameterCommand({ Name: 'x', Value: 'y', Type: 'String' })),
      'UnknownOperation',
    )
  })

  test('comes with others, by name or by path, page by page', async () => {
    const { Parameters, InvalidParameters } = await manager().send(
      new ssm.GetParametersCommand({ Names: [X86, '/no/such'] }),
    )
    expect([Parameters?.map(({ Name }) => Name), InvalidParameters]).toEqual([[X86], ['/no/such']])
    const pages = await pagesOf(
      ssm.paginateGetParametersByPath({ client: manager(), pageSize: 4 }, { Path: FOLDER }),
      (page) => page.Parameters?.map(({ Name }) => Name),
    )
    expect(pages.map(({ length }) => length)).toEqual([4, 2])
    const above = await manager().send(new ssm.GetParametersByPathCommand({ Path: '/aws/service' }))
    const below = await manager().send(new ssm.GetParametersByPathCommand({ Path: '/aws/service', Recursive: true }))
    expect([above.Parameters?.length, below.Parameters?.length]).toEqual([0, 6])
    await expectRefusal(manager().send(new ssm.GetParametersByPathCommand({ Path: 'aws' })), 'ValidationException')
    await expectRefusal(
      manager().send(new ssm.GetParametersByPathCommand({ Path: FOLDER, NextToken: 'x' })),
      'InvalidNextToken',
    )
    await expectRefusal(manager().send(new ssm.GetParametersCommand({ Names: [X86, X86] })), 'ValidationException')
  })

  test('belongs to no account, and the law is asked so', async () => {
    const Action = ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath']
    const own = await userWith(server, 'own', {
      Effect: 'Allow',
      Action,
      Resource: `arn:aws:ssm:*:${MANAGEMENT}:parameter/*`,
    })
    await expectRefusal(
      get(X86, own),
      'AccessDenied',
      /ssm:GetParameter on resource: arn:aws:ssm:us-east-1::parameter\/aws/,
      400,
    )
    const open = await userWith(server, 'open', {
      Effect: 'Allow',
      Action,
      Resource: 'arn:aws:ssm:*::parameter/aws/service/*',
    })
    await expect(get(X86, open)).resolves.toBeDefined()
    await expectRefusal(get('/my/own', open), 'AccessDenied')
    await expectRefusal(manager(open).send(new ssm.GetParametersCommand({ Names: [X86, '/my/own'] })), 'AccessDenied')
    await expect(manager(open).send(new ssm.GetParametersByPathCommand({ Path: FOLDER }))).resolves.toBeDefined()
  })
})
