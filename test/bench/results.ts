// What was measured, as a table of medians and ratios.
import type { Load } from './load.js'
import { median } from './median.js'
import type { Work } from './works.js'

/** Gathers measurements. */
export class Results {
  private readonly costs = new Map<string, number[]>()
  private readonly tails = new Map<string, number[]>()

  /** Adds one measurement. Throws when a request failed: what fails costs little. */
  add({ name }: Work, { requests, failures, p99 }: Load, cpuMicroseconds: number): void {
    if (failures > 0 || requests === 0) throw new Error(`${name}: ${failures} of ${requests} requests failed`)
    push(this.costs, name, cpuMicroseconds / requests)
    if (p99 !== undefined) push(this.tails, name, p99)
  }

  /** A table in Markdown: microseconds of processor time for a request, and how many times its floor that is. */
  table(works: readonly Work[]): string {
    const rows = works.map(({ name, target }) => {
      const cost = this.cost(name)
      const [floor, times] = target ?? []
      const ratio = floor === undefined ? '' : `${(cost / this.cost(floor)).toFixed(2)} x ${floor}`
      const tail = this.tails.has(name) ? median(this.tails.get(name)).toFixed(2) : ''
      return `| ${name} | ${cost.toFixed(1)} | ${ratio} | ${times === undefined ? '' : `at most ${times}`} | ${tail} |`
    })
    return ['| work | CPU us | ratio | target | p99 ms, saturated |', '|---|---|---|---|---|', ...rows, ''].join('\n')
  }

  private cost(name: string): number {
    return median(this.costs.get(name))
  }
}

function push(series: Map<string, number[]>, name: string, value: number): void {
  series.set(name, [...(series.get(name) ?? []), value])
}
