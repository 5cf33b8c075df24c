// A gauge that is asked for its value when somebody looks.
import { Gauge, type Registry } from 'prom-client'

/** Adds the gauge `name` to `registry`; its value is what `value` gives then. */
export function addSampledGauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value())
    },
  })
}
