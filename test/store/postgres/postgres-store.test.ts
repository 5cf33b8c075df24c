import { suiteDatabase } from '../../support/postgres-database.js'
import { exerciseTaskStore } from '../task-store-conformance.js'

const database = suiteDatabase()

exerciseTaskStore('postgres', async () => {
  await database.clear()
  return database.open()
})
