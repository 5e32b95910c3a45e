/** AWS's regions: facts that every account sees alike. */

export interface Region {
  readonly name: string
  /** What zone ids begin with: `use1` of `use1-az1`. */
  readonly short: string
  /** The letters of its zones. */
  readonly zones: string
  /** An account must opt in first; nobody has here. */
  readonly optIn: boolean
}

export const REGIONS: readonly Region[] = [
  regionRow('us-east-1', 'use1', 'abcdef'),
  regionRow('us-east-2', 'use2', 'abc'),
  regionRow('us-west-1', 'usw1', 'ac'),
  regionRow('us-west-2', 'usw2', 'abcd'),
  regionRow('ap-northeast-1', 'apne1', 'acd'),
  regionRow('ap-northeast-2', 'apne2', 'abcd'),
  regionRow('ap-northeast-3', 'apne3', 'abc'),
  regionRow('ap-south-1', 'aps1', 'abc'),
  regionRow('ap-southeast-1', 'apse1', 'abc'),
  regionRow('ap-southeast-2', 'apse2', 'abc'),
  regionRow('ca-central-1', 'cac1', 'abd'),
  regionRow('eu-central-1', 'euc1', 'abc'),
  regionRow('eu-north-1', 'eun1', 'abc'),
  regionRow('eu-west-1', 'euw1', 'abc'),
  regionRow('eu-west-2', 'euw2', 'abc'),
  regionRow('eu-west-3', 'euw3', 'abc'),
  regionRow('sa-east-1', 'sae1', 'abc'),
  regionRow('af-south-1', 'afs1', 'abc', true),
  regionRow('ap-east-1', 'ape1', 'abc', true),
  regionRow('ap-south-2', 'aps2', 'abc', true),
  regionRow('ap-southeast-3', 'apse3', 'abc', true),
  regionRow('ap-southeast-4', 'apse4', 'abc', true),
  regionRow('ca-west-1', 'caw1', 'abc', true),
  regionRow('eu-central-2', 'euc2', 'abc', true),
  regionRow('eu-south-1', 'eus1', 'abc', true),
  regionRow('eu-south-2', 'eus2', 'abc', true),
  regionRow('il-central-1', 'ilc1', 'abc', true),
  regionRow('me-central-1', 'mec1', 'abc', true),
  regionRow('me-south-1', 'mes1', 'abc', true),
]

/** One, of which the table need not know. */
export function regionRow(name: string, short: string, zones: string, optIn = false): Region {
  return { name, short, zones, optIn }
}
