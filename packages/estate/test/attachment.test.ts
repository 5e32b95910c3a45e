import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attachedTo, attachmentsFrom, policiesOn } from '../src/index.ts'
import { MEMBER, organization } from './land.ts'

const policy = (id: string, ...targets: readonly string[]) => ({ id, name: `the ${id}`, targets })

describe('attachments from policies that list their targets', () => {
  test('are one row a target, its policies in the order in which they stood', () => {
    const { attachments, policies } = attachmentsFrom([
      policy('p-full', 'r-root', 'ou-a', MEMBER),
      policy('p-own', 'ou-a'),
      policy('p-rcp', 'ou-a', 'r-root'),
      policy('p-idle'),
    ])
    expect(attachments).toEqual([
      { target: 'r-root', policies: ['p-full', 'p-rcp'] },
      { target: 'ou-a', policies: ['p-full', 'p-own', 'p-rcp'] },
      { target: MEMBER, policies: ['p-full'] },
    ])
    expect(policies).toEqual(['p-full', 'p-own', 'p-rcp', 'p-idle'].map((id) => ({ id, name: `the ${id}` })))
  })

  test('say of every policy and every node what the lists said', () => {
    const node = fc.constantFrom('r-root', 'ou-a', 'ou-b', MEMBER)
    const lists = fc.array(fc.array(node), { maxLength: 6 })
    fc.assert(
      fc.property(lists, (all) => {
        const before = all.map((targets, at) => policy(`p-${at}`, ...targets))
        const { attachments } = attachmentsFrom(before)
        const pairs = attachments.flatMap(({ target, policies }) => policies.map((id) => `${id} on ${target}`))
        const wanted = before.flatMap(({ id, targets }) => [...new Set(targets)].map((target) => `${id} on ${target}`))
        expect(pairs.toSorted()).toEqual(wanted.toSorted())
        expect(new Set(attachments.map(({ target }) => target)).size).toBe(attachments.length)
        expect(attachments.every(({ policies }) => policies.length > 0)).toBe(true)
      }),
    )
  })

  test('are none where there is no policy', () => {
    expect(attachmentsFrom([])).toEqual({ attachments: [], policies: [] })
  })
})

describe('what hangs on a node', () => {
  const land = organization()

  test('is listed in the order of attachment, of all types or of one', () => {
    expect(attachedTo(land, 'r-root')).toEqual(['p-FullAWSAccess', 'p-RCPFullAWSAccess'])
    expect(policiesOn(land, 'r-root', 'RESOURCE_CONTROL_POLICY').map(({ id }) => id)).toEqual(['p-RCPFullAWSAccess'])
    expect(policiesOn(land, 'ou-root-b', 'SERVICE_CONTROL_POLICY').map(({ id }) => id)).toEqual([
      'p-FullAWSAccess',
      'p-own',
    ])
  })

  test('is nothing where there is no row', () => {
    expect(attachedTo(land, 'ou-root-z')).toEqual([])
    expect(policiesOn(land, 'ou-root-z', 'SERVICE_CONTROL_POLICY')).toEqual([])
  })
})
