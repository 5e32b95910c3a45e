import { memoryStore } from '../../src/store/memory.ts'
import { storeSuite } from './suite.ts'

storeSuite('memory', () => ({ open: memoryStore, clear: () => {} }))
