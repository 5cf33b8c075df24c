// The life of tasks on SQLite, with a clock that the tests turn.
import { join } from 'node:path'
import { STORE_LIMITS } from '../../../src/limits.js'
import { openClockedSqlite, type ClockedStore } from '../../support/clocked-store.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { exerciseControl } from '../conformance/control.js'
import { exerciseFamilies } from '../conformance/families.js'
import { exerciseHistory } from '../conformance/history.js'
import { exerciseLeases } from '../conformance/leases.js'
import { exerciseNumbers } from '../conformance/numbers.js'

const open = (): ClockedStore => openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))

exerciseLeases('sqlite', open)
exerciseControl('sqlite', open)
exerciseFamilies('sqlite', open)
exerciseHistory('sqlite', open, STORE_LIMITS.historyMs)
exerciseNumbers('sqlite', open)
