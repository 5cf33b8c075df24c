// What a filter can compare: every value inside a task, by its path, as the forms of the fields say.
import type { Task } from '../../../gen/openshift/v1/task.js'
import { parseTimestamp } from '../../base/proto-json/timestamp-text.js'
import type { Json, JsonMap } from '../../gateway/openapi-schema.js'
import { FIELD_NAMES, TASK_FIELDS, type FieldName } from './task-fields.js'

/** A value as it is compared: text, numbers, and times in nanoseconds since 1970. */
export type Comparable = string | number | bigint

/** How the values of a field are compared. */
export interface FieldKind {
  /** What a value has to be, in words. */
  readonly expected: string
  /** Undefined when the text is no such value. */
  readonly read: (text: string) => Comparable | undefined
}

/** A field that can be compared. */
export interface FilterField {
  /** As it is written: names with dots, and `[*]` after arrays. */
  readonly path: string
  readonly kind: FieldKind
  /** The values that a task has there, none or several. */
  readonly values: (task: Task) => Comparable[]
}

const NANOSECONDS = 1_000_000_000n
const TIME = /^[^+-]+-[^+-]+-[^+-]+Z$/
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

const KINDS = {
  text: { expected: 'text', read: (text) => text },
  number: { expected: 'a number', read: (text) => (NUMBER.test(text) ? Number(text) : undefined) },
  time: { expected: 'a time such as 2026-01-31T23:59:59.999Z', read: readTime },
} as const satisfies Record<string, FieldKind>

/** Every field that can be compared, by its path. */
export const FILTER_FIELDS: ReadonlyMap<string, FilterField> = new Map(
  FIELD_NAMES.flatMap((name) =>
    leavesOf(TASK_FIELDS[name].schema, []).map(({ steps, kind }) => {
      const path = [name, ...steps].join('.').replaceAll('.[*]', '[*]')
      return [path, { path, kind, values: (task) => valuesOf(task, name, { steps, kind }) }] as const
    }),
  ),
)

/** A value inside a field: how to come to it, `[*]` for each item of an array. */
interface Leaf {
  readonly steps: readonly string[]
  readonly kind: FieldKind
}

function leavesOf(schema: JsonMap, steps: readonly string[]): Leaf[] {
  if (schema['items'] !== undefined) return leavesOf(schema['items'] as JsonMap, [...steps, '[*]'])
  if (schema['properties'] === undefined) return [{ steps, kind: kindOf(schema) }]
  const properties = Object.entries(schema['properties'] as Readonly<Record<string, JsonMap>>)
  return properties.flatMap(([name, property]) => leavesOf(property, [...steps, name]))
}

function kindOf({ type, format }: JsonMap): FieldKind {
  if (type === 'number') return KINDS.number
  return format === 'date-time' ? KINDS.time : KINDS.text
}

function valuesOf(task: Task, name: FieldName, { steps, kind }: Leaf): Comparable[] {
  const value = TASK_FIELDS[name].value(task) as Json | undefined
  const found = value === undefined ? [] : steps.reduce<readonly Json[]>(descend, [value])
  return found.flatMap((leaf) => kind.read(String(leaf as string | number)) ?? [])
}

function descend(values: readonly Json[], step: string): Json[] {
  if (step === '[*]') return values.flatMap((value) => value as readonly Json[])
  return values.flatMap((value) => (value as JsonMap)[step] ?? [])
}

function readTime(text: string): bigint | undefined {
  const time = TIME.test(text) ? parseTimestamp(text) : undefined
  return time && time.seconds * NANOSECONDS + BigInt(time.nanos)
}
