/** What things are called in a generated organisation. */

export const COMPANIES = words('alderway harborline kestrelworks lindenfield northmere oakhollow tidewell')

/** Business units: a unit each under Workloads. In lower case they begin the names of their accounts. */
export const BUSINESSES = words(
  'Retail Payments Logistics Insurance Media Mobility Energy Health Travel Lending',
  'Grocery Fashion Research Robotics Marketing Finance People Legal Care Service',
  'Wholesale Property Fleet Warehousing Procurement Loyalty Ticketing Streaming Advertising Telematics',
  'Pharmacy Claims Trading Treasury Catering Maritime Aviation Farming Education Analytics',
)

/** What an application is about, and which part of it: the two make its name. */
export const SUBJECTS = words(
  'account address basket booking campaign catalog checkout contract coupon customer delivery demand device',
  'document event forecast fraud identity image inventory invoice ledger location message meter offer order',
  'parcel partner payout price product profile quote rating refund report return review reward route schedule',
  'search session shift stock tariff tax ticket vehicle',
)
export const PARTS = words('api archive core data edge engine events hub jobs portal stream')

/** Parts of an application that have roles of their own. */
export const COMPONENTS = words(
  'api audit backoffice batch billing cache consumer cron dashboard dispatcher enricher exporter frontend gateway',
  'importer indexer inference ingest mailer metrics migration notifier orders planner publisher reporting scanner',
  'scheduler search sync thumbnails tracker transcoder uploads validator webhooks worker',
)

export const FIRST_NAMES = words(
  'ada amir anna bela boris carla chen clara david dora elif emil fatima felix frida george hana hugo ines ivan',
  'jana jonas kai kira lars lena lucia marek mina nadia nils olga omar paula pavel petra quentin rosa samir sofia',
  'tariq tomas ulla vera viktor wanda yara yusuf zoe',
)
export const LAST_NAMES = words(
  'adler arslan baker becker bianchi castro costa demir dubois duran eriksen farkas fischer garcia haddad hansen',
  'horvat ito jansen kaya keller klein kovacs larsen lopez maier marino mendes moreau nagy nakamura novak okafor',
  'olsen patel petrov popescu ricci rossi sato schmid silva singh sousa tanaka toth vargas weber wolf yilmaz',
)

function words(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(' '))
}
