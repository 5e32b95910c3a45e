/** AWS Account Management: what an account is called, whom to write to about it, and which regions it may use. */

import { service } from '../../service.ts'
import * as contact from './contact.ts'
import * as email from './email.ts'
import { getAccountInformation, getGovCloudAccountInformation, putAccountName } from './identity.ts'
import { getRegionOptStatus, listRegions } from './region.ts'

export const account = service('account', [
  getAccountInformation,
  putAccountName,
  getGovCloudAccountInformation,
  email.getPrimaryEmail,
  email.getPrimaryEmailUpdateStatus,
  email.startPrimaryEmailUpdate,
  email.acceptPrimaryEmailUpdate,
  contact.getContactInformation,
  contact.putContactInformation,
  contact.getAlternateContact,
  contact.putAlternateContact,
  contact.deleteAlternateContact,
  listRegions,
  getRegionOptStatus,
])
