// google.protobuf.FieldMask as text: `user.displayName,photo`. Source: google/protobuf/field_mask.proto.

/** Paths by proto names from the JSON text; undefined when a path is empty, has an underscore, or is not made of names. */
export function parseFieldMask(text: string): readonly string[] | undefined {
  if (text === '') return []
  const paths = text.split(',')
  return paths.every((path) => /^(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\*)$/.test(path)) ? paths.map(toSnake) : undefined
}

/** JSON text of `paths`; undefined when a path would not come back as it is. */
export function formatFieldMask(paths: readonly string[]): string | undefined {
  const camel = paths.map(toCamel)
  return camel.every((path, i) => toSnake(path) === paths[i] && !/[_,]/.test(path)) ? camel.join(',') : undefined
}

/** `displayName` to `display_name`. */
export function toSnake(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function toCamel(path: string): string {
  return path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
