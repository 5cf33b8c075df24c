// The floor of writing: the store alone, with 64 writers of one instance that wait for the disk. Prints the writes of a second.
import { randomUUID } from 'node:crypto'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.js'
import type { TaskId } from '../../../src/task/identifiers.js'
import { createOf, instanceName } from '../seed.js'
import { paceOf } from '../pace.js'

const [, , path = '', seconds = '1'] = process.argv
const fail = (error: Error): void => {
  throw error
}
const store = openSqliteStore({ path, makeDirectory: false, onFailure: fail, onDeath: fail })
const create = createOf(0)
const pace = await paceOf(64, Number(seconds) * 1000, () =>
  store.write({ instance: instanceName(0), taskId: randomUUID() as TaskId, actor: 'bench', etag: '', change: create }),
)
await store.close()
process.stdout.write(`${pace.perSecond}\n`)
