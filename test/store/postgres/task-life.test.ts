// The life of tasks on PostgreSQL, with a clock that the tests turn.
import { STORE_LIMITS } from '../../../src/limits.js'
import { LOG_SLOT_MS } from '../../../src/store/postgres/log-slots.js'
import { openClockedPostgres } from '../../support/clocked-postgres.js'
import type { ClockedStore } from '../../support/clocked-store.js'
import { suiteDatabase } from '../../support/postgres-database.js'
import { exerciseControl } from '../conformance/control.js'
import { exerciseFamilies } from '../conformance/families.js'
import { exerciseHistory } from '../conformance/history.js'
import { exerciseLeases } from '../conformance/leases.js'
import { exerciseNumbers } from '../conformance/numbers.js'

const database = suiteDatabase()
const open = (): Promise<ClockedStore> => openClockedPostgres(database)

exerciseLeases('postgres', open)
exerciseControl('postgres', open)
exerciseFamilies('postgres', open)
exerciseHistory('postgres', open, STORE_LIMITS.historyMs + LOG_SLOT_MS)
exerciseNumbers('postgres', open)
