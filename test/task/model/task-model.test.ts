// The service over each store, against the model.
import { join } from 'node:path'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.js'
import { openClockedSqlite } from '../../support/clocked-store.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { exerciseModel } from './exercise-model.js'

const fail = (error: Error): never => {
  throw error
}

exerciseModel(
  'sqlite with a clock',
  () => {
    const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
    return { store, clock: store }
  },
  2000,
)

exerciseModel(
  'sqlite',
  () => {
    const path = join(temporaryDirectory(), 'tasks.db')
    return { store: openSqliteStore({ path, makeDirectory: false, onFailure: fail, onDeath: fail }), clock: undefined }
  },
  300,
)
