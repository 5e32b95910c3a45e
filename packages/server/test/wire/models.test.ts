/** The generated models: what the rest of the server leans on. */
import { describe, expect, test } from 'vitest'
import { loadModel, MODELS } from '../../src/wire/models.ts'
import { shapeOf } from '../../src/wire/shape.ts'
import type { Member, Shape } from '../../src/wire/model.ts'

function membersOf(shape: Shape): readonly Member[] {
  if (shape.kind === 'list') return [shape.member]
  if (shape.kind === 'map') return [shape.key, shape.value]
  return 'members' in shape ? Object.values(shape.members) : []
}

describe.each(Object.keys(MODELS))('%s', (service) => {
  const model = loadModel(service)

  test('every target, input, output and error is a shape', () => {
    for (const shape of Object.values(model.shapes)) for (const { target } of membersOf(shape)) shapeOf(model, target)
    for (const { input, output, errors = [] } of Object.values(model.operations)) {
      expect(['structure', 'union']).toContain(shapeOf(model, input).kind)
      expect(['structure', 'union']).toContain(shapeOf(model, output).kind)
      for (const error of errors) expect(shapeOf(model, error).kind).toBe('error')
    }
  })

  test('the index says what the model says', () => {
    const { signingName, version, protocols, target } = model
    expect(MODELS[service]).toMatchObject({ signingName, version, protocols, ...(target !== undefined && { target }) })
  })
})

describe('facts', () => {
  test.each([
    ['sts', ['AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity']],
    ['sso', ['GetRoleCredentials', 'ListAccountRoles', 'ListAccounts', 'Logout']],
    ['sso-oidc', ['CreateToken', 'RegisterClient', 'StartDeviceAuthorization']],
    ['iam', []],
  ])('%s has these operations without signature: %j', (service, expected) => {
    const unsigned = Object.values(loadModel(service).operations).filter((operation) => operation.unsigned)
    expect(unsigned.map(({ name }) => name)).toEqual(expected)
  })

  test('constraints and errors of the overlay are joined', () => {
    const { shapes, operations } = loadModel('iam')
    expect(shapes['roleNameType']).toMatchObject({ c: { min: 1, max: 64, pattern: '[\\w+=,.@-]+' } })
    expect(shapes['CreateRoleRequest']).toMatchObject({
      members: { RoleName: { target: 'roleNameType', required: true } },
    })
    expect(operations['CreateRole']?.errors).toContain('EntityAlreadyExistsException')
    expect(shapes['EntityAlreadyExistsException']).toMatchObject({ code: 'EntityAlreadyExists', status: 409 })
  })

  test('a service that nobody modelled is a bug of the caller', () => {
    expect(() => loadModel('constructor')).toThrow('no model of a service `constructor`')
  })
})
