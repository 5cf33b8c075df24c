// The `grpc-timeout` header. Source: "Timeout" in PROTOCOL-HTTP2 of gRPC.

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 }

/** Milliseconds of `100m` or `5S`, up to 8 digits and a unit; undefined when it is no such text. */
export function parseTimeout(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text)
  return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 0)
}
