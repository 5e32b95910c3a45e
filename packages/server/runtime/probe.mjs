/** Says whether what its argument names can be seen from here, and who this is: what a sandbox must hide, and not be. */

import { existsSync } from 'node:fs'

process.stdout.write(`${existsSync(process.argv[2]) ? 'open' : 'closed'} ${process.getuid()}\n`)
