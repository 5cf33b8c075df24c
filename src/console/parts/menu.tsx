// A button that opens a small panel below it.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon, type IconName } from './icons.js'

interface MenuProps {
  readonly icon: IconName
  readonly label: string
  readonly children: ComponentChildren
}

/** A panel that closes with Escape, and when something else is clicked or focused. */
export function Menu({ icon, label, children }: MenuProps): JSX.Element {
  const box = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (event: Event): void => {
      const { current } = box
      if (current?.open !== true) return
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return
        current.querySelector('summary')?.focus()
      } else if (current.contains(event.target as Node)) return
      current.open = false
    }
    document.addEventListener('click', close)
    document.addEventListener('focusin', close)
    document.addEventListener('keydown', close)
    return () => {
      document.removeEventListener('click', close)
      document.removeEventListener('focusin', close)
      document.removeEventListener('keydown', close)
    }
  }, [])
  return (
    <details class="menu" ref={box}>
      <summary class="button">
        <Icon name={icon} />
        {label}
        <Icon name="down" />
      </summary>
      <div class="menu-panel">{children}</div>
    </details>
  )
}
