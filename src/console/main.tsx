// Starts the console: finds out what the server wants to know, ends a sign-in that is under way, and shows the page.
import { render } from 'preact'
import { App } from './app.js'
import { plainSend } from './api/request.js'
import { ServerClock } from './api/server-clock.js'
import { RETURN_PATH, tokenFor } from './identity/code-flow.js'
import { Session } from './identity/session.js'
import { loadSettings, type ServerSettings } from './identity/settings.js'
import './styles/base.css'
import './styles/frame.css'
import './styles/parts.css'
import './styles/overview.css'
import './styles/list.css'
import './styles/task.css'

/** Until the server can say: a page that was loaded moments before it stopped. */
const UNKNOWN: ServerSettings = { grpcPort: 50051, needsToken: false }

async function start(): Promise<void> {
  const clock = new ServerClock()
  const session = new Session(sessionStorage, plainSend('', clock))
  const settings = await loadSettings().catch(() => UNKNOWN)
  const problem = await comeBack(session, settings)
  if (problem !== undefined) session.ask()
  const root = document.querySelector('#console')
  if (root !== null) render(<App session={session} now={clock.now} settings={settings} problem={problem} />, root)
}

/** Ends a sign-in whose provider has sent somebody back here; says why when it did not work. */
async function comeBack(session: Session, { signIn }: ServerSettings): Promise<string | undefined> {
  if (location.pathname !== RETURN_PATH) return undefined
  const { origin, search } = location
  // The code has no business in the address bar, whatever comes of it.
  history.replaceState(null, '', '/console')
  if (signIn === undefined) return undefined
  try {
    const { token, from } = await tokenFor(signIn, sessionStorage, { origin, search })
    session.signIn(token)
    history.replaceState(null, '', from)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

await start()
