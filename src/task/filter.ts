// A filter over tasks (AIP-160), as a tree of comparisons that any store can read.
import type { Task_Outcome } from '../../gen/openshift/v1/task.js'
import type { Status } from './lifecycle.js'

/** Text that can be filtered by, by its name in the filter. */
export type TextField = 'command' | 'service' | 'created_by' | 'modified_by' | 'resource.id' | 'resource.type' | 'parent_task_id'

/** Times that can be filtered by. */
export type TimeField = 'created_at' | 'modified_at' | 'started_at' | 'ended_at'

/** A comparison of text. */
export type TextComparator = '=' | '!='

/** A comparison of times. */
export type TimeComparator = TextComparator | '<' | '<=' | '>' | '>='

/** One comparison. An absent text is '', an absent label differs from every value, an absent time compares false. */
export type Comparison =
  | { readonly kind: 'status'; readonly comparator: TextComparator; readonly value: Status }
  | { readonly kind: 'outcome'; readonly comparator: TextComparator; readonly value: Task_Outcome }
  | { readonly kind: 'text'; readonly field: TextField; readonly comparator: TextComparator; readonly value: string }
  | { readonly kind: 'prefix'; readonly field: TextField; readonly comparator: TextComparator; readonly value: string }
  | { readonly kind: 'time'; readonly field: TimeField; readonly comparator: TimeComparator; readonly value: Date }
  | { readonly kind: 'label'; readonly key: string; readonly comparator: TextComparator; readonly value: string }
  | { readonly kind: 'hasLabel'; readonly key: string }

/** A filter. NOT turns true into false and false into true: there is no third value. */
export type Filter =
  | Comparison
  | { readonly kind: 'and'; readonly of: readonly Filter[] }
  | { readonly kind: 'or'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
