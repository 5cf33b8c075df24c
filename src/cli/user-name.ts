// The name of the user that this process runs as.
import { userInfo } from 'node:os'

/** The name in the list of users; without one there, `$USER`, or `uid-` and the number. */
export function userName(lookUp: () => { readonly username: string } = userInfo, env: NodeJS.ProcessEnv = process.env): string {
  try {
    return lookUp().username
  } catch {
    const { USER: name = '' } = env
    return name === '' ? `uid-${process.getuid?.() ?? ''}` : name
  }
}
