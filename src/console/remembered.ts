// What this browser remembers between visits. Nothing of it is needed: a browser that keeps nothing shows the defaults.

/** Instances that are remembered. */
const RECENT = 6

type Name = 'language' | 'theme' | 'instances'

/** What was chosen; undefined when nothing was. */
export function remembered(name: Name): string | undefined {
  try {
    return localStorage.getItem(`taskplane.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

/** Remembers a choice. */
export function remember(name: Name, value: string): void {
  try {
    localStorage.setItem(`taskplane.${name}`, value)
  } catch {
    // Storage is full or forbidden; the choice holds for this page.
  }
}

/** The instances that were looked at, the last one first. */
export function recentInstances(): string[] {
  return (remembered('instances') ?? '').split(' ').filter((name) => name !== '')
}

/** Puts `instance` before the others. */
export function rememberInstance(instance: string): void {
  const others = recentInstances().filter((name) => name !== instance)
  remember('instances', [instance, ...others].slice(0, RECENT).join(' '))
}

/** Remembers `instance` no longer. */
export function forgetInstance(instance: string): void {
  remember('instances', recentInstances().filter((name) => name !== instance).join(' '))
}
