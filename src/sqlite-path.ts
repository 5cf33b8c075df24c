// The file of an embedded store, as `--store` names it to commands that work on the file.

/** The path in `sqlite:path`. Throws Error, which ends with `instead`, for any other store: what names it may hold a password. */
export function sqlitePath(store: string, instead: string): string {
  if (!store.startsWith('sqlite:')) throw new Error(`--store names no sqlite: file; ${instead}`)
  return store.slice('sqlite:'.length)
}
