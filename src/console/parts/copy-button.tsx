// Copies a text.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useConsole } from './console-context.js'
import { Icon } from './icons.js'

/** A text in a box, and a button that copies it. Where a page may not write the clipboard, the text is selected. */
export function CopyBox({ label, text }: { readonly label: string; readonly text: string }): JSX.Element {
  const { say } = useConsole()
  const [isCopied, setCopied] = useState(false)
  const copy = async (box: HTMLElement | null): Promise<void> => {
    // Browsers keep the clipboard from pages that came over plain HTTP.
    if (window.isSecureContext) await navigator.clipboard.writeText(text)
    else if (box !== null) window.getSelection()?.selectAllChildren(box)
    setCopied(window.isSecureContext)
  }
  return (
    <div class="copy-box">
      <p class="copy-label">{label}</p>
      <pre tabIndex={0}>{text}</pre>
      <button type="button" onClick={(event) => void copy(event.currentTarget.parentElement?.querySelector('pre') ?? null)}>
        <Icon name={isCopied ? 'check' : 'copy'} />
        {say(isCopied ? 'copied' : 'copy')}
      </button>
    </div>
  )
}
