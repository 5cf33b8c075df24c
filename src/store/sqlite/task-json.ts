// The JSON of every task, kept beside it: one row for each task, always, so that a list of JSON walks nothing else.
import type Database from 'better-sqlite3'
import { JsonFault } from '../../base/proto-json/json-fault.js'
import { unframeTask } from '../../task/framed-task.js'
import { printTask, taskJsonForm } from '../../task/task-json.js'

/** No text: readers print the task, and say what is wrong with it. */
const UNPRINTED = { form: 0, json: '' }

/** Writes the JSON of tasks. */
export class TaskJson {
  private readonly set: Database.Statement<[bigint, bigint, number, number, string]>
  private readonly delete: Database.Statement<[bigint]>

  constructor(database: Database.Database) {
    this.set = database.prepare('INSERT OR REPLACE INTO task_json (key, revision, bytes, form, json) VALUES (?, ?, ?, ?, ?)')
    this.delete = database.prepare('DELETE FROM task_json WHERE key = ?')
  }

  /** Prints a framed task, and keeps that for the key of the task. */
  put(key: bigint, revision: bigint, framed: Uint8Array): void {
    const { form, json } = printed(framed)
    this.set.run(key, revision, framed.length, form, json)
  }

  remove(key: bigint): void {
    this.delete.run(key)
  }
}

function printed(framed: Uint8Array): typeof UNPRINTED {
  try {
    return { form: taskJsonForm(), json: printTask(unframeTask(framed)) }
  } catch (error) {
    if (error instanceof JsonFault) return UNPRINTED
    throw error
  }
}
