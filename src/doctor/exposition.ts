// Values out of the text format of Prometheus, as far as checks need them.

/** The value of the series `name` without labels; undefined when there is none. */
export function valueOf(text: string, name: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}

/** The labels of the first series of `name`; none when there is none. */
export function labelsOf(text: string, name: string): Readonly<Record<string, string>> {
  const labels = text.split('\n').find((line) => line.startsWith(`${name}{`))
  return Object.fromEntries([...(labels ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]))
}
