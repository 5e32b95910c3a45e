/**
 * Findings about a policy, and AWS's words for them. IAM's identity policies, its trust policies (whose words S3 shares)
 * and Organizations each have a voice of their own.
 */

import type { PolicyKind, Position } from '../document.ts'

export interface PolicyFinding {
  readonly code: FindingCode
  /** `Statement[2].Condition`. Empty for the document itself. */
  readonly path: string
  /** AWS's words where they are known. */
  readonly message: string
  /** Our own words: what was found, and what would help. */
  readonly detail?: string
  readonly position?: Position
}

/** What a check reports; `subject` is what AWS's sentence names. */
export interface Report {
  readonly code: FindingCode
  readonly path: string
  readonly subject?: string
  readonly detail?: string
  readonly position?: Position
}

type Sentence = (subject: string) => string

export function findingOf({ subject = '', ...report }: Report, kind: PolicyKind): PolicyFinding {
  return { ...report, message: VOICES[kind][report.code](subject) }
}

const syntax = (): string => 'Syntax errors in policy.'

/** Listed where AWS has one sentence for every kind of policy. */
const COMMON = {
  OldVersion: () => 'Policy document must be version 2012-10-17 or greater.',
  DuplicateSid: () => 'Statement IDs (SID) in a single policy must be unique.',
  InvalidSid: () =>
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  LegacyParsing: () => 'The policy failed legacy parsing',
  MissingVendor: () => 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  TooManyColons: () => 'Actions/Condition can contain only one colon.',
  InvalidVendor: (vendor) => `Vendor ${vendor} is not valid`,
  InvalidResource: (sentence) => sentence,
  ActionOutOfScope: () => 'AssumeRole policy may only specify STS AssumeRole actions',
} as const satisfies Record<string, Sentence>

const IAM = {
  ...COMMON,
  InvalidJson: syntax,
  InvalidSyntax: syntax,
  UnknownField: syntax,
  MissingField: syntax,
  ProhibitedField: () => 'Policy document should not specify a principal.',
  InvalidPrincipal: () => 'Policy document should not specify a principal.',
  InvalidFederated: () => 'Policy document should not specify a principal.',
  MissingActions: () => 'Policy statement must contain actions.',
  MissingResources: () => 'Policy statement must contain resources.',
} as const satisfies Record<string, Sentence>

export type FindingCode = keyof typeof IAM
type Voice = Readonly<Record<FindingCode, Sentence>>

const TRUST: Voice = {
  ...COMMON,
  InvalidJson: () => 'This policy contains invalid Json',
  InvalidSyntax: syntax,
  UnknownField: (name) => `Unknown field ${name}`,
  MissingField: (name) => `Missing required field ${name}`,
  ProhibitedField: (name) => `Has prohibited field ${name}`,
  InvalidPrincipal: (principal) => `Invalid principal in policy: ${principal}`,
  InvalidFederated: () => 'Federated principals must be valid domain names or SAML metadata ARNs',
  MissingActions: () => 'Missing required field Action',
  MissingResources: () => 'Missing required field Resource',
}

const RESOURCE: Voice = {
  ...TRUST,
  InvalidJson: () => "Policies must be valid JSON and the first byte must be '{'",
  // [I] S3's sentence for what has no better one.
  InvalidSyntax: () => 'Invalid policy syntax.',
  InvalidPrincipal: () => 'Invalid principal in policy',
  InvalidFederated: () => 'Invalid principal in policy',
  MissingActions: () => 'Statement is missing required element',
  MissingResources: () => 'Statement is missing required element',
  InvalidResource: () => 'Policy has invalid resource',
}

/** Organizations says one thing, whatever the fault. */
const organizations = (): string =>
  'The provided policy document does not meet the requirements of the specified policy type.'
const ORGANIZATIONS = mute(IAM, organizations)

const VOICES: Readonly<Record<PolicyKind, Voice>> = {
  identity: IAM,
  boundary: IAM,
  session: IAM,
  trust: TRUST,
  resource: RESOURCE,
  endpoint: RESOURCE,
  scp: ORGANIZATIONS,
  rcp: ORGANIZATIONS,
}

function mute(voice: Voice, sentence: Sentence): Voice {
  // `Object.keys` widens to string; these are the keys of `voice` itself.
  const codes = Object.keys(voice) as readonly FindingCode[]
  return codes.reduce<Voice>((quiet, code) => ({ ...quiet, [code]: sentence }), voice)
}
