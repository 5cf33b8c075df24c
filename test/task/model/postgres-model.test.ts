// The service over PostgreSQL, against the model, with the same calls as over SQLite.
import { openClockedPostgres } from '../../support/clocked-postgres.js'
import { suiteDatabase } from '../../support/postgres-database.js'
import { exerciseModel } from './exercise-model.js'

const database = suiteDatabase(3)

exerciseModel(
  'postgres with a clock',
  async () => {
    const store = await openClockedPostgres(database)
    return { store, clock: store }
  },
  80,
)
