#!/usr/bin/env node
// The guard, in the oldest words that any node understands: it says what is missing before anything else is loaded.
'use strict'

var path = require('path')
var fs = require('fs')

var have = process.versions.node.split('.').map(Number)
if (have[0] < 22 || (have[0] === 22 && have[1] < 18)) {
  console.error(
    'sallyport needs node 22.18 or newer, and this is node `' +
      process.versions.node +
      '`: install a newer one from https://nodejs.org,\n' +
      'or have npm bring one along: npx -p node@24 -p sallyport sallyport --help',
  )
  process.exit(1)
}

// The nursery stays small: a call leaves little behind, and a nursery that grows makes the process half as large again.
require('v8').setFlagsFromString('--semi-space-growth-factor=1')

var bundle = path.join(__dirname, '..', 'dist', 'sallyport.mjs')
if (!fs.existsSync(bundle)) {
  console.error('sallyport is not built here: run `npm run build` at the top of the checkout')
  process.exit(1)
}

// Node 22 warns of what it calls experimental, though it works: that is no news to who runs this.
var warn = process.emitWarning
process.emitWarning = function (warning, kind) {
  var name = kind && typeof kind === 'object' ? kind.type : kind
  if (name !== 'ExperimentalWarning') warn.apply(process, arguments)
}

require(bundle).main(process.argv)
