// How V8 has to treat what a call leaves behind. Read docs/decisions/0035 before you change a flag.
import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8 from putting the objects of calls where only a full collection finds them. It watches which lines make objects that
 * last, and a thousand streams that stay open make it think so of everything that any call allocates. To be called before a
 * process serves.
 */
export function keepCallsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
