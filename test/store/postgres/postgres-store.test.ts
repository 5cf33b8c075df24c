import type { TaskStore } from '../../../src/task/task-store.js'
import { suiteDatabase } from '../../support/postgres-database.js'
import { exerciseReady } from '../conformance/ready.js'
import { exerciseTaskStore } from '../task-store-conformance.js'

const database = suiteDatabase()

const openNew = async (): Promise<TaskStore> => {
  await database.clear()
  return database.open()
}

exerciseTaskStore('postgres', openNew)
exerciseReady('postgres', openNew)
