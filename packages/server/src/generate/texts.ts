/** Policy documents as text, and the statements that they are made of. */

type Words = string | readonly string[]
type Conditions = Readonly<Record<string, Readonly<Record<string, Words>>>>

export function policyText(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

export function allow(actions: Words, resources: Words = '*', condition?: Conditions): object {
  return { Effect: 'Allow', Action: actions, Resource: resources, ...when(condition) }
}

export function deny(actions: Words, resources: Words = '*', condition?: Conditions): object {
  return { Effect: 'Deny', Action: actions, Resource: resources, ...when(condition) }
}

/** All but these actions. */
export function denyOthers(actions: Words, condition?: Conditions): object {
  return { Effect: 'Deny', NotAction: actions, Resource: '*', ...when(condition) }
}

/** A trust policy that lets `principal` in. */
export function trustText(principal: object | string, condition?: Conditions): string {
  return policyText({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...when(condition) })
}

/** The service's short name: `lambda`. */
export function serviceTrust(service: string): string {
  return trustText({ Service: `${service}.amazonaws.com` })
}

function when(condition: Conditions | undefined): object {
  return condition === undefined ? {} : { Condition: condition }
}
