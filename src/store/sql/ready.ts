// Makes what a store has read ready to be sent, where it is not kept so.
import { frameTask } from '../../task/framed-task.js'
import { printTask } from '../../task/task-json.js'
import type { ReadyContent, ReadyForm, ReadyPage, ReadyTask, StoredTask, TaskPage } from '../../task/task-store.js'

/** How several tasks in a row are written. */
const JOIN: { readonly [Form in ReadyForm]: (tasks: readonly Uint8Array[]) => ReadyContent[Form] } = {
  message: (tasks) => Buffer.concat(tasks.map(frameTask)),
  json: (tasks) => tasks.map(printTask).join(','),
}

/** A task, ready in a form. Throws JsonFault on one that JSON cannot show. */
export function readyTask<Form extends ReadyForm>(task: StoredTask, form: Form): ReadyTask<Form> {
  return { content: JOIN[form]([task.encoded]), revision: task.revision }
}

/** A page, ready in a form. Throws JsonFault on a task that JSON cannot show. */
export function readyPage<Form extends ReadyForm>({ tasks, ...page }: TaskPage, form: Form): ReadyPage<Form> {
  return { content: JOIN[form](tasks), count: tasks.length, ...page }
}
