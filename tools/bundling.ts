/** How code is bundled for Node: ES modules that share chunks. */

import type { BuildOptions } from 'esbuild'

export const FOR_NODE = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // A package that has ES modules gives those: its names are known then, and `import()` of it has them.
  mainFields: ['module', 'main'],
  conditions: ['module'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  // Packages in CommonJS ask for node's own modules by `require`.
  banner: { js: "import{createRequire as $require}from'node:module';const require=$require(import.meta.url);" },
  logLevel: 'warning',
} satisfies BuildOptions
