// Reads the text format of Prometheus.

/** What a scrape says, by name: `# HELP` and `# TYPE` of each metric. */
export interface Described {
  readonly name: string
  readonly type: string
  readonly help: string
}

/** The metrics that a text describes, in its order. */
export function describedIn(text: string): Described[] {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  return [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => ({ name, help, type: types.get(name) ?? '' }))
}

/** The value of a series, written as in the text: `name{label="value"}`; undefined when there is none. */
export function valueIn(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
